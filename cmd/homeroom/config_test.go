package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

const exampleConfig = "../../examples/homeroom.yaml"

// What the example writes down is what holds without it.
func TestExampleConfig(t *testing.T) {
	got, err := loadConfig(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	owners, members := flow.DefaultOwnerRoles(), flow.DefaultMemberRoles()
	want := newConfigReader(nil).config
	want.Settings.Matching = []flow.Matching{
		{RoleGroup: "staff", Source: "username", Target: "userPrincipalName", Domain: "school.example"},
		{RoleGroup: "students", Source: "username", Target: "userPrincipalName", Domain: "school.example"},
	}
	want.Settings.Passwords = flow.PasswordsGenerated
	want.Settings.Sets = []flow.Set{{
		ID: flowSetID(0), DisplayName: "All schools",
		User: &flow.UserFlow{CreateUnmatched: true, Configurations: []flow.UserConfiguration{
			{RoleGroup: "staff", LicenseSKUs: []string{}}, {RoleGroup: "students", LicenseSKUs: []string{}},
		}},
		ClassGroup:         &flow.ClassGroupFlow{Attributes: []string{}, OwnerRoles: &owners, MemberRoles: &members},
		SecurityGroup:      &flow.SecurityGroupFlow{ByRoleGroup: true, ByOrgRoleGroup: true},
		AdministrativeUnit: &flow.AdministrativeUnitFlow{ByOrg: true},
	}}
	if diff := cmp.Diff(want.Settings, got.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if got.Runs.Schedule.text != defaultSchedule || got.Runs.Starts != defaultRunLimits().Starts {
		t.Errorf("runs %v", got.Runs)
	}
	if got.Limits != plan.DefaultLimits() || got.Target != localTarget || got.TimeZone != time.Local {
		t.Errorf("limits %v, target %s, time zone %s", got.Limits, got.Target, got.TimeZone)
	}
}

// Every setting that the example has switched off can be switched on.
func TestExampleConfigSwitchedOn(t *testing.T) {
	text, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`(?m)^( *)#((  )*("@|- |[a-z]).*)$`).ReplaceAllString(string(text), "$1$2")
	got, err := parseConfig("homeroom.yaml", []byte(whole), environment)
	if err != nil {
		t.Fatal(err)
	}
	set := got.Settings.Sets[0]
	if diff := cmp.Diff(&flow.Filter{In: []string{"110001", "110002"}}, set.Filter); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
	if got := string(set.User.Configurations[1].Password); got != "from the environment" {
		t.Errorf("password %q", got)
	}
	if set.ID != "5f0c4c1e-6f51-4f0e-9c58-0d7d1d0a4a11" || set.User.StudentAgeGroup != "minor" {
		t.Errorf("id %s, age group %s", set.ID, set.User.StudentAgeGroup)
	}
	if got.TimeZone.String() != "America/Chicago" || got.Settings.UsageLocation != "US" || len(got.Settings.Domains) != 2 {
		t.Errorf("time zone %s, usage location %s, domains %s", got.TimeZone, got.Settings.UsageLocation, got.Settings.Domains)
	}
	if diff := cmp.Diff(map[string]string{"110002": "CA"}, got.Settings.UsageLocations); diff != "" {
		t.Errorf("usage locations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"110001": {"114003"}}, got.Settings.FallbackOwners); diff != "" {
		t.Errorf("fallback owners (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(flow.Exclude{People: []string{"100000024"}, Classes: []string{"112001"}}, got.Settings.Exclude); diff != "" {
		t.Errorf("exclude (-want +got):\n%s", diff)
	}
	pins := []flow.Pin{{Person: "114001", Group: "Section_112001"}, {Person: "114003", Group: "RoleGroup_staff_110001"}}
	if diff := cmp.Diff(pins, got.Settings.Pins); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
	if code, ok := got.Codes.Find(roster.RefGradeLevel, "Nursery"); !ok || code.SortIndex != 5 {
		t.Errorf("definition: %v", code)
	}
}

func environment(name string) (string, bool) {
	if name == "STUDENT_PASSWORD" {
		return "from the environment", true
	}
	return "", false
}

func parse(text string) (*config, error) {
	return parseConfig("homeroom.yaml", []byte(text), environment)
}

func TestConfig(t *testing.T) {
	got, err := parse(`
target: {type: Local}
dates: HONOUR
graceDays: 3
schedule: "@every 6h"
starts: 3
guard: {removals: 0, removalShare: 5}
usageLocation: de
referenceDefinitions:
  - {"@odata.type": microsoft.graph.industryData.referenceDefinition, referenceType: refgradelevel, code: it, isDisabled: true}
userMatchingSettings:
  - {roleGroup: {id: Students}, sourceIdentifier: {code: USERNAME}, priorityOrder: 2}
  - {roleGroup: {id: staff}, sourceIdentifier: {code: email}, matchTarget: {code: Mail}, priorityOrder: 1, domainName: null}
outboundProvisioningFlowSets:
  - displayName: 2026
    filter: {"@odata.type": microsoft.graph.industryData.basicFilter, attribute: OrgExternalId, in: [007, 007, 1.10]}
    provisioningFlows:
      - configuration:
          "@odata.type": "#microsoft.graph.industryData.classGroupConfiguration"
          additionalAttributes: [COURSETITLE, courseTitle, classCode]
          enrollmentMappings:
            ownerEnrollmentMappings: [{code: paraProfessional}, {code: paraprofessional}, {code: Other}]
            memberEnrollmentMappings: []
        "@odata.type": microsoft.graph.industryData.classGroupProvisioningFlow
      - "@odata.type": microsoft.graph.industryData.userProvisioningFlow
        creationOptions:
          configurations:
            - roleGroup: {id: students}
              defaultPasswordSettings: {password: 12345}
        managementOptions:
          additionalAttributes: [userGradeLevel, userNumber]
          additionalOptions: {markAllStudentsAsMinors: true, studentAgeGroup: null}
  - displayName: Second
    provisioningFlows:
      - "@odata.type": microsoft.graph.industryData.classGroupProvisioningFlow
        configuration: {enrollmentMappings: {ownerEnrollmentMappings: null}}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := newConfigReader(nil).config.Settings
	want.HonourDates, want.GraceDays, want.UsageLocation = true, 3, "DE"
	want.Matching = []flow.Matching{
		{RoleGroup: "staff", Source: "email", Target: "mail"},
		{RoleGroup: "students", Source: "username", Target: "userPrincipalName"},
	}
	want.Sets = []flow.Set{{
		ID: flowSetID(0), DisplayName: "2026",
		Filter: &flow.Filter{In: []string{"007", "1.10"}},
		User: &flow.UserFlow{
			Configurations: []flow.UserConfiguration{{RoleGroup: "students", Password: "12345"}},
			GradeLevel:     true, Number: true, StudentAgeGroup: "minor",
		},
		ClassGroup: &flow.ClassGroupFlow{
			Attributes: []string{"courseTitle", "classCode"},
			OwnerRoles: &[]string{"paraprofessional", "other"}, MemberRoles: &[]string{},
		},
	}, {
		ID: flowSetID(1), DisplayName: "Second", ClassGroup: &flow.ClassGroupFlow{},
	}}
	if diff := cmp.Diff(want, got.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if got.Runs.Schedule.text != "@every 6h" || got.Runs.Starts != 3 {
		t.Errorf("runs %v", got.Runs)
	}
	limits := plan.DefaultLimits()
	limits.Removals, limits.RemovalShare = 0, 5
	if got.Limits != limits {
		t.Errorf("limits %+v", got.Limits)
	}
	if code, _ := got.Codes.Find(roster.RefGradeLevel, "it"); !code.Disabled || code.DisplayName == "" {
		t.Errorf("definition: %+v", code)
	}
}

// Files that Windows wrote are read, too.
func TestConfigFromWindows(t *testing.T) {
	got, err := parse("\ufeffoutboundProvisioningFlowSets:\r\n- displayName: All\r\n")
	if err != nil || got.Settings.Sets[0].DisplayName != "All" {
		t.Error(got, err)
	}
}

func TestRoleGroups(t *testing.T) {
	groups := defaultRoleGroups(roster.DefaultCodes())
	if diff := cmp.Diff([]string{"student"}, groups[0].Roles); diff != "" {
		t.Error(diff)
	}
	if len(groups[1].Roles) != 29 {
		t.Errorf("staff are %s", groups[1].Roles)
	}
}

// Each mistake is named with its line in one sentence or two.
func TestConfigMistakes(t *testing.T) {
	const prefix = `"@odata.type": "#microsoft.graph.industryData.`
	flows := func(text string) string {
		return "outboundProvisioningFlowSets:\n- displayName: All\n  provisioningFlows:\n" + text
	}
	user := func(text string) string { return flows("  - " + prefix + "userProvisioningFlow\"\n    " + text) }
	class := func(text string) string { return flows("  - " + prefix + "classGroupProvisioningFlow\"\n    " + text) }
	tests := []struct{ name, text, want string }{
		{"empty", "", "1: The file has no flow sets"},
		{"only comments", "# nothing\n", "1: The file has no flow sets"},
		{"no flow sets", "target: local\n", "1: The file has no flow sets"},
		{"empty flow sets", "outboundProvisioningFlowSets: []\n", "1: The file has no flow sets"},
		{"not a mapping", "- a\n", "1: homeroom.yaml must have settings"},
		{"unknown key", "target: local\ntimezone: UTC\n", `2: "timezone" is not a setting of homeroom.yaml. Did you mean timeZone? Known here: authoritative, dates,`},
		{"unknown key far from all", "guard:\n  xyz: 1\n", `2: "xyz" is not a setting of guard. Known here: creationShare,`},
		{"wrong case of a key", user("CreateUnmatchedUsers: true"), `5: "CreateUnmatchedUsers" is not a setting of provisioningFlows. Did you mean createUnmatchedUsers?`},
		{"key twice", "dates: ignore\n\ndates: ignore\n", `3: "dates" stands here a second time`},
		{"key twice below", "guard: {removals: 1,\n removals: 2}\n", `2: "removals" stands here a second time`},
		{"key that is no text", "guard: {[a]: 1}\n", "1: A key in guard must be plain text."},
		{"syntax", "target: local\n  dates: ignore\n", "2: This is not YAML: mapping values are not allowed in this context."},
		{"tab", "guard:\n\tremovals: 1\n", "2: This is not YAML: found character that cannot start any token."},
		{"two documents", "target: local\n---\ntarget: local\n", "2: A second document begins here."},
		{"alias", "target: &t local\ndates: *t\n", "2: A value begins with *."},
		{"unknown alias", "target: local\ndates: *secret\n", "2: A value that begins with * must stand in quotes."},
		{"UTF-16", "t\x00a\x00", "1: The file is not plain text in UTF-8."},
		{"Latin-1", "target: local\n# caf\xe9\n", "2: The file is not plain text in UTF-8."},
		{"wrong type for text", "target: [local]\n", "1: target must be text"},
		{"truth value for text", "outboundProvisioningFlowSets:\n- displayName: true\n", "2: displayName must be text"},
		{"wrong type for truth value", "useRosterPasswords: yes please\n", "1: useRosterPasswords must be true or false."},
		{"wrong type for number", "graceDays: two\n", "1: graceDays must be a whole number."},
		{"fraction", "graceDays: 1.5\n", "1: graceDays must be a whole number."},
		{"number beyond all bounds", "graceDays: 99999999999999999999\n", "1: graceDays must be a whole number."},
		{"negative number", "guard: {removalShare: -1}\n", "1: removalShare must not be negative."},
		{"text for a list", "domains: school.edu\n", "1: domains must be a list"},
		{"empty item", "domains: [school.edu, ]\nx: 1\n", `2: "x" is not a setting`},
		{"null item", "domains:\n- school.edu\n-\n", "3: An item of domains is empty."},
		{"text for a mapping", "guard: none\n", "1: guard must have settings of its own"},
		{"text for an item", "outboundProvisioningFlowSets: [all]\n", "1: An item of outboundProvisioningFlowSets must have settings of its own"},
		{"target", "target: entra\n", `1: target cannot be "entra". Known here: local, ldap.`},
		{"no calls", "target: {type: local, callsPerSecond: 0}\n", "1: callsPerSecond is a number from 1 to 10000; without it, there is no limit."},
		{"too many calls", "target: {type: local, callsPerSecond: 10001}\n", "1: callsPerSecond is a number from 1 to 10000"},
		{"target without type", "target: {name: local}\n", `1: "name" is not a setting of target.`},
		{"dates", "dates: maybe\n", `1: dates cannot be "maybe". Known here: ignore, honour.`},
		{"id reused", "idReused: never\n", `1: idReused cannot be "never". Known here: hold, same, new.`},
		{"last day", "inbound: {expires: 2027}\n", "1: expires is the last day on which a roster is taken, as in 2027-07-31."},
		{"time zone", "timeZone: Mars/Olympus\n", `1: There is no time zone "Mars/Olympus".`},
		{"schedule", "schedule: hourly\n", `1: "hourly" is no schedule. Write minute, hour,`},
		{"no starts", "starts: 0\n", "1: With no starts at all clients could start nothing"},
		{"usage location", "usageLocation: USA\n", "1: usageLocation must be the two letters of a country"},
		{"usage location of an organization", "usageLocations: {1: U1}\n", "1: 1 must be the two letters of a country"},
		{"domain", "domains: ['@school.edu']\n", "1: domains takes a domain such as school.edu, without @."},
		{"display name", "displayNames: {classGroup: '{name}'}\n", "1: classGroup can have {title}, {org} in it, and no other braces."},
		{"unknown role group", "userMatchingSettings:\n- roleGroup: {id: parents}\n", `2: id cannot be "parents". Known here: students, staff.`},
		{"no role group", "userMatchingSettings:\n- sourceIdentifier: {code: email}\n", "2: This matching setting has no roleGroup."},
		{"empty role group", "userMatchingSettings:\n- roleGroup: {}\n", "2: roleGroup has no id."},
		{"no source", "userMatchingSettings:\n- roleGroup: {id: staff}\n", "2: This matching setting has no sourceIdentifier."},
		{"source without code", "userMatchingSettings:\n- roleGroup: {id: staff}\n  sourceIdentifier: {}\n", "3: sourceIdentifier has no code."},
		{"unknown source", "userMatchingSettings:\n- sourceIdentifier: {code: number}\n", `2: code cannot be "number".`},
		{"two matching settings", "userMatchingSettings:\n- {roleGroup: {id: staff}, sourceIdentifier: {code: email}}\n- {roleGroup: {id: staff}, sourceIdentifier: {code: username}}\n", "3: The role group staff has a matching setting already."},
		{"definition without code", "referenceDefinitions:\n- {referenceType: RefRace}\n", "2: A reference definition needs a referenceType and a code."},
		{"definition without sort index", "referenceDefinitions:\n- {referenceType: RefRace, code: x}\n", "2: x of RefRace is new and needs a sortIndex"},
		{"definition with a taken sort index", "referenceDefinitions:\n- {referenceType: RefGradeLevel, code: x, sortIndex: 10}\n", "2: The sort index 10 of RefGradeLevel is taken by"},
		{"definition of a role", "referenceDefinitions:\n- {referenceType: RefRole, code: x, sortIndex: 1}\n", "2: RefRole takes no codes of a tenant"},
		{"no display name", "outboundProvisioningFlowSets:\n- provisioningFlows: []\n", "2: This flow set has no displayName."},
		{"empty display name", "outboundProvisioningFlowSets:\n- displayName: ' '\n", "2: displayName must not be empty."},
		{"same id", "outboundProvisioningFlowSets:\n- {displayName: a, id: 1}\n- {displayName: b, id: 1}\n", "3: Two flow sets have the id 1."},
		{"filter without in", "outboundProvisioningFlowSets:\n- displayName: a\n  filter: {attribute: orgExternalId}\n", "3: The filter names no organization."},
		{"filter with empty in", "outboundProvisioningFlowSets:\n- displayName: a\n  filter: {in: []}\n", "3: The filter names no organization."},
		{"filter by another attribute", "outboundProvisioningFlowSets:\n- filter: {attribute: name}\n", `2: attribute cannot be "name".`},
		{"filter of another type", "outboundProvisioningFlowSets:\n- filter: {" + prefix + "filter\"}\n", "2: @odata.type must be #microsoft.graph.industryData.basicFilter here."},
		{"flow without type", flows("  - createUnmatchedUsers: true\n"), "4: This flow has no @odata.type"},
		{"flow of an unknown type", flows("  - " + prefix + "parentFlow\"\n"), `4: There is no flow of the type "parentFlow".`},
		{"type of another namespace", flows("  - \"@odata.type\": '#microsoft.graph.user'\n"), "4: @odata.type must begin with #microsoft.graph.industryData."},
		{"two flows of one type", class("") + "\n  - " + prefix + "classGroupProvisioningFlow\"\n", "6: The flow set can have one classGroupProvisioningFlow, and has it already"},
		{"setting of another flow", class("createUnmatchedUsers: true"), `5: "createUnmatchedUsers" is not a setting of provisioningFlows.`},
		{"two configurations", user("creationOptions: {configurations: [{roleGroup: {id: staff}},\n      {roleGroup: {id: Staff}}]}"), "6: The role group staff has a configuration in this flow already."},
		{"configuration without role group", user("creationOptions: {configurations: [{licenseSkus: [a]}]}"), "5: This configuration has no roleGroup."},
		{"unknown attribute", user("managementOptions: {additionalAttributes: [shoeSize]}"), `5: An item of additionalAttributes cannot be "shoeSize". Known here: userGradeLevel, userNumber.`},
		{"unknownFutureValue", user("managementOptions: {additionalAttributes: [unknownFutureValue]}"), `5: An item of additionalAttributes cannot be`},
		{"age groups that contradict", user("managementOptions: {additionalOptions: {markAllStudentsAsMinors: true, studentAgeGroup: adult}}"), "5: markAllStudentsAsMinors and studentAgeGroup: adult contradict each other."},
		{"unknown role", class("configuration: {enrollmentMappings: {ownerEnrollmentMappings: [{code: techer}]}}"), `5: There is no role "techer". Did you mean teacher?`},
		{"unknown role far from all", class("configuration: {enrollmentMappings: {ownerEnrollmentMappings: [{code: xyz}]}}"), `5: There is no role "xyz". Known here: principal,`},
		{"role without code", class("configuration: {enrollmentMappings: {memberEnrollmentMappings: [student]}}"), "5: An item of memberEnrollmentMappings must have settings of its own"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(test.text)
			if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "homeroom.yaml:"+test.want) {
				t.Errorf("got  %v\nwant homeroom.yaml:%s", err, test.want)
			}
		})
	}
}

// Whatever is wrong about a password, no message repeats it.
func TestConfigKeepsPasswords(t *testing.T) {
	for _, settings := range []string{
		"Hunter2", "{Hunter2: null}", "{Hunter2: 1, Hunter2: 1}", "{password: [Hunter2]}", "{password: {Hunter2: 1}}",
		"{password: *Hunter2}", "{password: &a Hunter2, x: *a}", "{password: Hunter2, Hunter2x: y}",
		"{password: 'Hunter2}", "{password: @Hunter2}", "{password: %Hunter2}", "{password: !Hunter2 x}",
		"{password: \"\\Hunter2\"}", "{password: true, \"@odata.type\": Hunter2.}",
	} {
		_, err := parse(`outboundProvisioningFlowSets:
- displayName: All
  provisioningFlows:
  - "@odata.type": "#microsoft.graph.industryData.userProvisioningFlow"
    creationOptions:
      configurations:
      - roleGroup: {id: students}
        defaultPasswordSettings: ` + settings)
		switch {
		case err == nil:
			t.Errorf("%s is taken", settings)
		case strings.Contains(err.Error(), "Hunter2"):
			t.Errorf("%s: %v", settings, err)
		}
	}
}

func TestConfigPasswordFromEnvironment(t *testing.T) {
	_, err := parse(`outboundProvisioningFlowSets:
- displayName: All
  provisioningFlows:
  - "@odata.type": "#microsoft.graph.industryData.userProvisioningFlow"
    creationOptions:
      configurations:
      - roleGroup: {id: students}
        defaultPasswordSettings: {password: "${NOT_SET}"}`)
	const want = "homeroom.yaml:8: The password is to come from the environment variable NOT_SET, which is not set. Set it, or write passwords: generate."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestConfigFiles(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("#", maxConfig+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing.yaml"): "There is no file ",
		large:                              "is larger than 1 MiB",
		dir:                                "cannot be read",
	} {
		_, err := loadConfig(path)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// No file makes the reader fail in another way than it should.
func FuzzConfig(f *testing.F) {
	example, err := os.ReadFile(exampleConfig)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	f.Add("target: &t [*t]\n--- !x\n? [a]\n: <<: *t\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse(text); err != nil && !strings.HasPrefix(err.Error(), "homeroom.yaml:") {
			t.Error(err)
		}
	})
}
