package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones for machines that come without, such as Windows

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/notice"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// config is what homeroom.yaml says. examples/homeroom.yaml explains it.
type config struct {
	Settings flow.Settings
	Limits   plan.Limits
	Codes    *roster.Codes // with the definitions of the file
	Rollover period        // between two school years
	Leavers  int           // days after which a cleanup disables accounts of people without a role; 0 for never
	Runs     runLimits     // of a server
	Reused   plan.Choice   // what is done with a class group whose id came back for another class
	Expires  roster.Date   // the last day on which rosters are taken; 0 for no last one
	Keeping  keeping       // of copies of rosters, and of runs
	Target   string        // localTarget or ldapTarget
	LDAP     *ldapServer   // of ldapTarget
	Calls    int           // to the target that all servers together may make a second; 0 for any number
	TimeZone *time.Location
	Notices  []notice.Channel // where they go
}

// maxConfig is how long a configuration file can be, in bytes.
const maxConfig = 1 << 20

// loadConfig reads a configuration file. What is wrong with it is said in a
// fault.Invalid, with file and line.
func loadConfig(path string) (*config, error) {
	text, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	return parseConfig(path, text, os.LookupEnv)
}

func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "There is no file %s. Name the configuration with -c; examples/homeroom.yaml is one to begin with.", path)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The configuration %s cannot be opened", path)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The configuration %s cannot be read", path)
	}
	if len(text) > maxConfig {
		return nil, fault.New(fault.Invalid, "%s is larger than 1 MiB and so hardly a configuration. Name another file with -c.", path)
	}
	return text, nil
}

// configReader reads a configuration file into a config.
type configReader struct {
	config
	environment func(string) (string, bool)
	priorities  []int // of Settings.Matching
	honour      string
	reused      string
	mails       []*notice.Email // of Notices
}

func newConfigReader(environment func(string) (string, bool)) *configReader {
	codes := roster.DefaultCodes()
	return &configReader{
		environment: environment,
		config: config{
			Settings: flow.Settings{
				RoleGroups: defaultRoleGroups(codes),
				Passwords:  flow.PasswordsConfigured,
				Names:      flow.DefaultNames(),
			},
			Limits:   plan.DefaultLimits(),
			Codes:    codes,
			Runs:     defaultRunLimits(),
			Keeping:  defaultKeeping(),
			Target:   localTarget,
			TimeZone: time.Local,
		},
	}
}

// defaultRoleGroups returns the role groups that every tenant has: the roles of
// each as the code list assigns them.
func defaultRoleGroups(codes *roster.Codes) []flow.RoleGroup {
	groups := []flow.RoleGroup{
		{ID: flow.Students, DisplayName: "Students"},
		{ID: flow.Staff, DisplayName: "Staff"},
	}
	for _, code := range codes.List(roster.RefRole) {
		for i := range groups {
			if groups[i].ID == code.RoleGroup {
				groups[i].Roles = append(groups[i].Roles, code.Code)
			}
		}
	}
	return groups
}

// parseConfig reads a configuration that says all.
func parseConfig(path string, text []byte, environment func(string) (string, bool)) (*config, error) {
	c, err := readSettings(path, text, environment)
	if err == nil && len(c.Settings.Sets) == 0 {
		return nil, failAt(path, 1, "The file has no flow sets, so nothing would be done. List at least one under outboundProvisioningFlowSets.")
	}
	return c, err
}

// readSettings reads a configuration that may leave the flow sets to the API.
func readSettings(path string, text []byte, environment func(string) (string, bool)) (*config, error) {
	document, filled, err := parseYAML(path, text)
	if err != nil {
		return nil, err
	}
	r := newConfigReader(environment)
	if filled {
		if err := r.read(document); err != nil {
			return nil, err
		}
	}
	r.Settings.HonourDates = r.honour == "honour"
	r.Reused = plan.Choice(r.reused)
	for _, m := range r.mails {
		m.Zone = r.TimeZone
	}
	return &r.config, nil
}

func (r *configReader) read(document value) error {
	s := &r.Settings
	return document.object(fields{
		"target":                       r.target,
		"timeZone":                     r.timeZone,
		"userMatchingSettings":         r.matchingSettings,
		"outboundProvisioningFlowSets": r.flowSets,
		"referenceDefinitions":         r.definitions,
		"schedule":                     r.schedule,
		"starts":                       r.starts,
		"snapshots":                    r.snapshots,
		"history":                      r.history,
		"guard":                        r.guard,
		"displayNames":                 r.displayNames,
		"passwords":                    oneOfTo(&s.Passwords, flow.PasswordsConfigured, flow.PasswordsGenerated),
		"useRosterPasswords":           boolTo(&s.UseRosterPasswords),
		"domains":                      listTo(&s.Domains, readDomain),
		"usageLocation":                usageLocationTo(&s.UsageLocation),
		"usageLocations":               r.usageLocations,
		"dates":                        oneOfTo(&r.honour, "ignore", "honour"),
		"graceDays":                    numberTo(&s.GraceDays),
		"fallbackOwners":               r.fallbackOwners,
		"idReused":                     oneOfTo(&r.reused, choices()...),
		"inbound":                      r.inbound,
		"authoritative":                r.authoritative,
		"exclude":                      r.exclude,
		"leavers":                      r.leavers,
		"retired":                      r.retired,
		"pin":                          r.pins,
		"notices":                      r.notices,
	})
}

// target reads the name of the target, alone or as its type.
func (r *configReader) target(v value) error {
	if !v.isObject() {
		name, err := v.oneOf(localTarget, ldapTarget)
		if err == nil && name == ldapTarget {
			err = v.fail("An LDAP server needs settings of its own, as in target: {type: ldap, url: …}.")
		}
		return err
	}
	// What else may stand there depends on the type, which need not come first.
	known := r.ldapFields(&ldapServer{})
	for name := range known {
		known[name] = func(value) error { return nil }
	}
	known["callsPerSecond"], known["type"] = r.calls, oneOfTo(&r.Target, localTarget, ldapTarget)
	if err := v.object(known); err != nil {
		return err
	}
	if r.Target == ldapTarget {
		return r.ldap(v)
	}
	return v.object(fields{"type": anyText, "callsPerSecond": r.calls})
}

// mostCalls is how many calls a second a limit may allow: the time that one of them takes up
// is then told in microseconds.
const mostCalls = 10_000

func (r *configReader) calls(v value) error {
	if err := numberTo(&r.Calls)(v); err != nil {
		return err
	}
	if r.Calls == 0 || r.Calls > mostCalls {
		return v.fail("callsPerSecond is a number from 1 to %d; without it, there is no limit.", mostCalls)
	}
	return nil
}

func (r *configReader) timeZone(v value) error {
	name, err := v.text()
	if err != nil {
		return err
	}
	if r.TimeZone, err = time.LoadLocation(name); err != nil {
		return v.fail("There is no time zone %q. Write one as in Europe/Berlin or America/Chicago.", name)
	}
	return nil
}

func (r *configReader) guard(v value) error {
	l := &r.Limits
	return v.object(fields{
		"removals":                 numberTo(&l.Removals),
		"removalShare":             numberTo(&l.RemovalShare),
		"removalOrganizationShare": numberTo(&l.RemovalOrgShare),
		"creations":                numberTo(&l.Creations),
		"creationShare":            numberTo(&l.CreationShare),
		"renames":                  numberTo(&l.Renames),
		"renameShare":              numberTo(&l.RenameShare),
		"rollover":                 r.rollover,
	})
}

// period is a run of days, both ends included. The zero period has none.
type period struct{ from, to roster.Date }

func (p period) has(day roster.Date) bool { return p.from != 0 && p.from <= day && day <= p.to }

// rollover reads the days between two school years, as FROM..TO.
func (r *configReader) rollover(v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	first, last, _ := strings.Cut(text, "..")
	from, ok := roster.ParseDate(strings.TrimSpace(first))
	to, alsoOK := roster.ParseDate(strings.TrimSpace(last))
	if !ok || !alsoOK || to < from {
		return v.fail("rollover is the first and the last day, as in 2026-07-01..2026-08-31.")
	}
	r.Rollover = period{from, to}
	return nil
}

// matchingSettings reads the rules by which people are matched and sorts them by
// priority. One without a priority has its position in the list.
func (r *configReader) matchingSettings(v value) error {
	if err := v.items(r.matchingSetting); err != nil {
		return err
	}
	type ranked struct {
		flow.Matching
		priority int
	}
	var all []ranked
	for i, m := range r.Settings.Matching {
		all = append(all, ranked{m, r.priorities[i]})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.priority, b.priority) })
	for i := range all {
		r.Settings.Matching[i] = all[i].Matching
	}
	return nil
}

func (r *configReader) matchingSetting(v value) error {
	m := flow.Matching{Target: "userPrincipalName"}
	priority := len(r.priorities)
	err := v.typed("userMatchingSetting", fields{
		"roleGroup":        r.roleGroupTo(&m.RoleGroup),
		"sourceIdentifier": codeTo("identifierTypeReferenceValue", oneOfTo(&m.Source, "username", "email", "activeDirectoryMatchId")),
		"matchTarget":      codeTo("userMatchTargetReferenceValue", oneOfTo(&m.Target, "userPrincipalName", "mail")),
		"priorityOrder":    numberTo(&priority),
		"domainName":       domainTo(&m.Domain),
	})
	switch {
	case err != nil:
		return err
	case m.RoleGroup == "":
		return v.fail("This matching setting has no roleGroup. Write one, as in roleGroup: {id: students}.")
	case m.Source == "":
		return v.fail("This matching setting has no sourceIdentifier. Write one, as in sourceIdentifier: {code: username}.")
	case slices.ContainsFunc(r.Settings.Matching, func(other flow.Matching) bool { return other.RoleGroup == m.RoleGroup }):
		return v.fail("The role group %s has a matching setting already. Keep one of the two.", m.RoleGroup)
	}
	r.Settings.Matching = append(r.Settings.Matching, m)
	r.priorities = append(r.priorities, priority)
	return nil
}

// roleGroupTo reads {id: students}.
func (r *configReader) roleGroupTo(to *string) func(value) error {
	var ids []string
	for _, g := range r.Settings.RoleGroups {
		ids = append(ids, g.ID)
	}
	return func(v value) error {
		if err := v.typed("roleGroup", fields{"id": oneOfTo(to, ids...)}); err != nil {
			return err
		}
		if *to == "" {
			return v.fail("roleGroup has no id. Write one, as in roleGroup: {id: students}.")
		}
		return nil
	}
}

// codeTo reads {code: username}.
func codeTo(typeName string, code func(value) error) func(value) error {
	return func(v value) error {
		there := false
		err := v.typed(typeName, fields{"code": func(c value) error {
			there = true
			return code(c)
		}})
		if err == nil && !there {
			err = v.fail("%s has no code. Write it as in {code: …}.", v.name)
		}
		return err
	}
}

// definitions reads codes that are added to the lists of values, or changed.
func (r *configReader) definitions(v value) error { return v.items(r.definition) }

func (r *configReader) definition(v value) error {
	var list, code string
	var given roster.Code
	given.SortIndex = -1
	err := v.typed("referenceDefinition", fields{
		"referenceType": oneOfTo(&list, r.Codes.Types()...),
		"code":          textTo(&code),
		"displayName":   textTo(&given.DisplayName),
		"sortIndex":     numberTo(&given.SortIndex),
		"isDisabled":    boolTo(&given.Disabled),
	})
	if err != nil {
		return err
	}
	if list == "" || code == "" {
		return v.fail("A reference definition needs a referenceType and a code.")
	}
	known, ok := r.Codes.Find(list, code)
	if given.SortIndex < 0 && !ok {
		return v.fail("%s of %s is new and needs a sortIndex that no other code of the list has.", code, list)
	}
	if given.SortIndex < 0 {
		given.SortIndex = known.SortIndex
	}
	given.DisplayName = cmp.Or(given.DisplayName, known.DisplayName)
	codes, err := r.Codes.Define(list, code, given.DisplayName, given.SortIndex, given.Disabled)
	if err != nil {
		return v.fail("%s", err)
	}
	r.Codes = codes
	return nil
}

// usageLocations reads {organization: two letters}.
func (r *configReader) usageLocations(v value) error {
	r.Settings.UsageLocations = make(map[string]string)
	return v.entries(func(_, of value) error {
		var location string
		err := usageLocationTo(&location)(of)
		r.Settings.UsageLocations[of.name] = location
		return err
	})
}

func usageLocationTo(to *string) func(value) error {
	return func(v value) error {
		location, err := v.text()
		if err != nil {
			return err
		}
		location = strings.ToUpper(location)
		letter := func(b byte) bool { return b >= 'A' && b <= 'Z' }
		if len(location) != 2 || !letter(location[0]) || !letter(location[1]) {
			return v.fail("%s must be the two letters of a country, such as US.", v.name)
		}
		*to = location
		return nil
	}
}

// fallbackOwners reads {organization: [person, …]}.
func (r *configReader) fallbackOwners(v value) error {
	r.Settings.FallbackOwners = make(map[string][]string)
	return v.entries(func(_, of value) error {
		var people []string
		err := textsTo(&people)(of)
		r.Settings.FallbackOwners[of.name] = people
		return err
	})
}

// readDomain reads a domain, such as school.edu.
func readDomain(v value) (string, error) {
	name, err := v.text()
	if err == nil && strings.ContainsAny(name, "@ /") {
		err = v.fail("%s takes a domain such as school.edu, without @.", v.name)
	}
	return name, err
}

func domainTo(to *string) func(value) error {
	return func(v value) (err error) {
		*to, err = readDomain(v)
		return err
	}
}

// displayNames reads the templates of display names.
func (r *configReader) displayNames(v value) error {
	n := &r.Settings.Names
	return v.object(fields{
		"user":                                 templateTo(&n.User, "givenName", "familyName"),
		"classGroup":                           templateTo(&n.ClassGroup, "title", "org"),
		"securityGroupOfRoleGroup":             templateTo(&n.RoleGroup, "roleGroup"),
		"securityGroupOfOrgPlusRoleGroup":      templateTo(&n.OrgRoleGroup, "org", "roleGroup"),
		"administrativeUnitOfOrg":              templateTo(&n.Org, "org"),
		"administrativeUnitOfOrgPlusRoleGroup": templateTo(&n.AdministrativeUnitOfRole, "org", "roleGroup"),
	})
}

// templateTo reads a template with names in braces.
func templateTo(to *string, names ...string) func(value) error {
	return func(v value) error {
		template, err := v.text()
		if err != nil {
			return err
		}
		rest := template
		for _, name := range names {
			rest = strings.ReplaceAll(rest, "{"+name+"}", "")
		}
		if strings.ContainsAny(rest, "{}") {
			return v.fail("%s can have {%s} in it, and no other braces.", v.name, strings.Join(names, "}, {"))
		}
		*to = template
		return nil
	}
}
