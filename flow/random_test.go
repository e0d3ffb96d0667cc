package flow_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// sheet is the rows of the files of a delivery. It is a snapshot, too.
type sheet map[string][][]string

// column draws the cells of one column; i is the number of the row.
type column struct {
	header string
	draw   func(t *rapid.T, i int) string
}

// tables tells how each file is drawn.
func tables() map[string][]column {
	status := column{"status", mostly("", "", "", "", "", "", "inactive", "tobedeleted", "active")}
	flag := column{"enabledUser", mostly("", "", "", "", "", "", "true", "false")}
	return map[string][]column{
		"orgs.csv": {{"sourcedId", numbered("O")}, {"name", mostly("North", "South")}, {"type", mostly("school", "school", "school", "school", "school", "skool")}, status},
		"academicSessions.csv": {
			{"sourcedId", numbered("Y")}, {"title", mostly("Autumn", "Spring")}, {"type", mostly("term")}, {"schoolYear", mostly("2027")},
			{"startDate", mostly("2026-08-24", "2026-08-24", "2027-01-01")}, {"endDate", mostly("2027-06-11", "2027-06-11", "soon")},
		},
		"users.csv": {
			{"sourcedId", numbered("U")}, {"username", username}, {"givenName", mostly("Ada", "Bo", "Cy", "")}, {"familyName", mostly("Lee", "May", "Ray", "Lee", "")},
			{"email", mostly("", "a@x.example", "b@x.example", "c@x.example", "no address")}, {"userNumber", mostly("", "7", "8")},
			{"password", mostly("", "secret")}, status, flag,
		},
		"courses.csv": {
			{"sourcedId", numbered("K")}, {"orgSourcedId", oneOf("O", 3)}, {"title", mostly("Maths", "Art")}, {"code", mostly("", "M1")},
			{"subject", mostly("", "02", "Alchemy")}, {"grade", mostly("", "09", "99")}, status,
		},
		"classes.csv": {
			{"sourcedId", numbered("C")}, {"orgSourcedId", oneOf("O", 4)}, {"title", mostly("Algebra", "Drawing", "")}, {"code", mostly("", "c1")},
			{"sessionSourcedIds", mostly("", "Y1", "Y2", `"Y2,Y1"`, `"Y1,Y9"`)}, {"courseSourcedId", mostly("", "K1", "K2", "K9")}, status,
		},
		"roles.csv": {
			{"userSourcedId", oneOf("U", 9)}, {"orgSourcedId", oneOf("O", 4)}, {"role", mostly("student", "student", "student", "teacher", "teacher", "aide", "principal", "other", "wizard")},
			{"grade", mostly("", "", "09", "10", "99")}, {"isPrimary", mostly("", "", "true", "false", "perhaps")}, status,
			{"sessionSourcedId", mostly("", "", "Y1", "Y9")}, {"roleStartDate", mostly("", "", "2026-08-24", "2026-12-24", "soon")}, {"roleEndDate", mostly("", "", "2026-09-30", "2027-06-11")},
		},
		"enrollments.csv": {
			{"classSourcedId", oneOf("C", 5)}, {"userSourcedId", oneOf("U", 9)},
			{"role", mostly("student", "student", "student", "teacher", "teacher", "aide", "proctor", "wizard")}, status,
		},
		"relationships.csv": {{"userSourcedId", oneOf("U", 9)}, {"relationshipUserSourcedId", oneOf("U", 9)}, {"relationshipRole", mostly("guardian", "parent", "wizard")}},
	}
}

// mostly draws one of the values, now and then an empty one.
func mostly(values ...string) func(*rapid.T, int) string {
	return func(t *rapid.T, _ int) string {
		if oneIn(t, 40) {
			return ""
		}
		return rapid.SampledFrom(values).Draw(t, "value")
	}
}

// numbered gives ids in order, now and then the same one twice.
func numbered(prefix string) func(*rapid.T, int) string {
	return func(t *rapid.T, i int) string {
		if i > 0 && oneIn(t, 25) {
			return fmt.Sprint(prefix, i)
		}
		return fmt.Sprint(prefix, i+1)
	}
}

// oneOf draws an id, now and then one that is not there or none.
func oneOf(prefix string, n int) func(*rapid.T, int) string {
	return func(t *rapid.T, _ int) string {
		if oneIn(t, 50) {
			return ""
		}
		return fmt.Sprint(prefix, rapid.IntRange(1, n).Draw(t, "id"))
	}
}

func username(t *rapid.T, i int) string {
	if oneIn(t, 15) {
		return rapid.SampledFrom([]string{"", "u1", "U2", "u3@x.example", "u3@y.example"}).Draw(t, "username")
	}
	return fmt.Sprint("u", i+1)
}

// oneIn is rarely true, and false where rapid looks for simpler cases.
func oneIn(t *rapid.T, n int) bool { return rapid.IntRange(1, n).Draw(t, "rarely") == n }

// fileNames returns the names of all files in the order in which they are drawn.
func fileNames() []string {
	return []string{"orgs.csv", "academicSessions.csv", "users.csv", "courses.csv", "classes.csv", "roles.csv", "enrollments.csv", "relationships.csv"}
}

func drawSheet(t *rapid.T) sheet {
	least := map[string]int{"orgs.csv": 1, "users.csv": 1, "roles.csv": 1}
	most := map[string]int{
		"orgs.csv": 4, "academicSessions.csv": 2, "users.csv": 9, "courses.csv": 2, "classes.csv": 5,
		"roles.csv": 14, "enrollments.csv": 20, "relationships.csv": 3,
	}
	s := make(sheet)
	for _, name := range fileNames() {
		for i := range rapid.IntRange(least[name], most[name]).Draw(t, name) {
			s[name] = append(s[name], drawRow(t, name, i))
		}
	}
	return s
}

func drawRow(t *rapid.T, name string, i int) []string {
	var row []string
	for _, c := range tables()[name] {
		row = append(row, c.draw(t, i))
	}
	if oneIn(t, 60) {
		row = append(row, "too much")
	}
	return row
}

// edit returns the delivery with some changes: a cell is drawn anew, a row is
// taken out, a row is added.
func (s sheet) edit(t *rapid.T) sheet {
	edited := make(sheet)
	for name, rows := range s {
		for _, row := range rows {
			edited[name] = append(edited[name], slices.Clone(row))
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		name := rapid.SampledFrom(fileNames()).Draw(t, "file")
		rows := edited[name]
		if len(rows) < 2 {
			continue
		}
		i := rapid.IntRange(0, len(rows)-1).Draw(t, "row")
		switch rapid.IntRange(0, 5).Draw(t, "edit") {
		case 0:
			edited[name] = slices.Delete(rows, i, i+1)
		case 1:
			edited[name] = append(rows, drawRow(t, name, len(rows)))
		default:
			at := rapid.IntRange(0, len(tables()[name])-1).Draw(t, "column")
			rows[i][at] = tables()[name][at].draw(t, i)
		}
	}
	return edited
}

// Names, Lines, Open and SHA256 make the sheet a snapshot.
func (s sheet) Names() []string {
	names := fileNames()
	slices.Sort(names)
	return names
}

func (s sheet) Lines(name string) int { return len(s[name]) + 1 }

func (s sheet) Open(name string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.text(name))), nil
}

func (s sheet) SHA256() string { return "not asked for" }

func (s sheet) text(name string) string {
	var headers []string
	for _, c := range tables()[name] {
		headers = append(headers, c.header)
	}
	lines := []string{strings.Join(headers, ",")}
	for _, row := range s[name] {
		lines = append(lines, strings.Join(row, ","))
	}
	return strings.Join(lines, "\n") + "\n"
}

// String shows a failed example.
func (s sheet) String() string {
	var text strings.Builder
	for _, name := range fileNames() {
		fmt.Fprintf(&text, "-- %s --\n%s", name, s.text(name))
	}
	return text.String()
}

// read reads the sheet; nil when it cannot be used at all.
func (s sheet) read(t *rapid.T, codes *roster.Codes) *roster.Roster {
	r, _, err := sdscsv.Read(context.Background(), s, codes)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drawCodes draws the lists of values: in some, students go before staff.
func drawCodes(t *rapid.T) *roster.Codes {
	codes := roster.DefaultCodes()
	if oneIn(t, 4) {
		var err error
		if codes, err = codes.Define(roster.RefRole, "student", "Student", 5, false); err != nil {
			t.Fatal(err)
		}
	}
	return codes
}

// roleGroups are those that every tenant has.
func roleGroups() []flow.RoleGroup {
	students := flow.RoleGroup{ID: flow.Students, DisplayName: "Students"}
	staff := flow.RoleGroup{ID: flow.Staff, DisplayName: "Staff"}
	for _, role := range roster.DefaultCodes().List(roster.RefRole) {
		switch role.RoleGroup {
		case flow.Students:
			students.Roles = append(students.Roles, role.Code)
		case flow.Staff:
			staff.Roles = append(staff.Roles, role.Code)
		}
	}
	return []flow.RoleGroup{students, staff}
}

func drawSettings(t *rapid.T) flow.Settings {
	s := flow.Settings{
		RoleGroups: roleGroups(), Names: flow.DefaultNames(),
		Passwords:          rapid.SampledFrom([]string{flow.PasswordsGenerated, flow.PasswordsConfigured}).Draw(t, "passwords"),
		UseRosterPasswords: rapid.Bool().Draw(t, "useRosterPasswords"),
		UsageLocation:      rapid.SampledFrom([]string{"US", ""}).Draw(t, "usageLocation"),
		UsageLocations:     map[string]string{"O2": "CA"},
		FallbackOwners:     drawFallback(t),
		Matching:           drawMatching(t),
		HonourDates:        oneIn(t, 4),
		GraceDays:          rapid.SampledFrom([]int{0, 10}).Draw(t, "graceDays"),
	}
	if oneIn(t, 4) {
		s.Domains = []string{"x.example"}
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "sets") {
		s.Sets = append(s.Sets, drawSet(t, i))
	}
	return s
}

func drawFallback(t *rapid.T) map[string][]string {
	fallback := make(map[string][]string)
	for _, org := range []string{"O1", "O2"} {
		if oneIn(t, 3) {
			fallback[org] = rapid.SliceOfN(rapid.SampledFrom([]string{"U1", "U2", "U3", "U9"}), 1, 2).Draw(t, "fallback")
		}
	}
	return fallback
}

func drawMatching(t *rapid.T) []flow.Matching {
	var rules []flow.Matching
	for _, group := range []string{flow.Students, flow.Staff} {
		if oneIn(t, 10) {
			continue
		}
		rules = append(rules, flow.Matching{
			RoleGroup: group,
			Source:    rapid.SampledFrom([]string{"username", "username", "email"}).Draw(t, "source"),
			Target:    rapid.SampledFrom([]string{directory.UserPrincipalName, directory.UserPrincipalName, directory.Mail}).Draw(t, "target"),
			Domain:    rapid.SampledFrom([]string{"x.example", "x.example", "y.example", ""}).Draw(t, "domain"),
		})
	}
	return rules
}

func drawSet(t *rapid.T, i int) flow.Set {
	set := flow.Set{ID: fmt.Sprint("set", i), DisplayName: fmt.Sprint("Set ", i), Filter: drawFilter(t)}
	on := func(name string) bool { return rapid.Bool().Draw(t, name) }
	if !oneIn(t, 4) {
		set.User = drawUserFlow(t)
	}
	if !oneIn(t, 4) {
		set.ClassGroup = &flow.ClassGroupFlow{
			CreateTeam: on("team"), DisplayNameOnCreate: oneIn(t, 3), OwnerRoles: drawRoles(t), MemberRoles: drawRoles(t),
			Attributes: rapid.SliceOfDistinct(rapid.SampledFrom(flow.ClassAttributes()), rapid.ID).Draw(t, "attributes"),
		}
	}
	if !oneIn(t, 4) {
		set.SecurityGroup = &flow.SecurityGroupFlow{ByRoleGroup: on("roleGroup"), ByOrgRoleGroup: on("orgRoleGroup")}
	}
	if !oneIn(t, 4) {
		set.AdministrativeUnit = &flow.AdministrativeUnitFlow{ByOrg: on("org"), ByOrgRoleGroup: on("orgRoleGroup")}
	}
	return set
}

func drawFilter(t *rapid.T) *flow.Filter {
	if rapid.Bool().Draw(t, "filter") {
		return nil
	}
	return &flow.Filter{In: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"O1", "O2", "O3", "O9"}), 1, 2, rapid.ID).Draw(t, "in")}
}

func drawUserFlow(t *rapid.T) *flow.UserFlow {
	on := func(name string) bool { return rapid.Bool().Draw(t, name) }
	f := &flow.UserFlow{
		CreateUnmatched: !oneIn(t, 3), GradeLevel: on("grade"), Number: on("number"), StudentContacts: on("contacts"),
		StudentAgeGroup: rapid.SampledFrom([]string{"", "minor", "adult"}).Draw(t, "ageGroup"),
	}
	for _, group := range []string{flow.Students, flow.Staff} {
		if oneIn(t, 6) {
			continue
		}
		f.Configurations = append(f.Configurations, flow.UserConfiguration{
			RoleGroup: group, Password: directory.Secret(rapid.SampledFrom([]string{"pass", ""}).Draw(t, "password")),
			LicenseSKUs: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A1", "A3"}), 0, 2, rapid.ID).Draw(t, "licences"),
		})
	}
	return f
}

// drawRoles draws a mapping: none, nobody, or some roles.
func drawRoles(t *rapid.T) *[]string {
	if rapid.Bool().Draw(t, "default") {
		return nil
	}
	roles := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"teacher", "student", "aide", "proctor"}), 0, 3, rapid.ID).Draw(t, "roles")
	return &roles
}

// editSettings changes one thing.
func editSettings(t *rapid.T, s flow.Settings) flow.Settings {
	if len(s.Sets) == 0 {
		s.Sets = []flow.Set{drawSet(t, 0)}
		return s
	}
	s.Sets = slices.Clone(s.Sets)
	i := rapid.IntRange(0, len(s.Sets)-1).Draw(t, "set")
	set := &s.Sets[i]
	fresh := drawSet(t, i)
	switch rapid.IntRange(0, 7).Draw(t, "change") {
	case 0:
		s.Sets = slices.Delete(s.Sets, i, i+1)
	case 1:
		set.Filter = fresh.Filter
	case 2:
		set.User = fresh.User
	case 3:
		set.ClassGroup = fresh.ClassGroup
	case 4:
		set.SecurityGroup = fresh.SecurityGroup
	case 5:
		set.AdministrativeUnit = fresh.AdministrativeUnit
	case 6:
		s.FallbackOwners = drawFallback(t)
	case 7:
		s.Sets = append(s.Sets, drawSet(t, len(s.Sets)+1))
	}
	return s
}

// drawUsers draws the users that a directory had before Homeroom came.
func drawUsers(t *rapid.T) []directory.Object {
	var users []directory.Object
	for i := range rapid.IntRange(0, 6).Draw(t, "users") {
		a := directory.Attributes{
			directory.UserPrincipalName: fmt.Sprintf("u%d@%s", i+1, rapid.SampledFrom([]string{"x.example", "X.example", "y.example"}).Draw(t, "domain")),
			directory.MailNickname:      fmt.Sprint("u", i+1),
			directory.AccountEnabled:    "true",
		}
		optional := func(name string, values ...string) {
			if value := mostly(append(values, "", "")...)(t, i); value != "" {
				a[name] = value
			}
		}
		optional(directory.Mail, "a@x.example", "b@x.example", "A@x.example")
		optional(directory.GivenName, "Ada", "Bo", "ada")
		optional(directory.Surname, "Lee", "May", "lee")
		optional(directory.AnchorID, "", "", "", "User_U1", "User_U2", "user_U1")
		u := directory.Object{Kind: directory.User, ID: fmt.Sprint("old", i+1), Attributes: a}
		u.Guest, u.Deleted, u.DirectoryRole = oneIn(t, 15), oneIn(t, 15), oneIn(t, 15)
		if oneIn(t, 15) {
			a[directory.AccountEnabled] = "false"
		}
		users = append(users, u)
	}
	return users
}

func drawAbilities(t *rapid.T) directory.Abilities {
	return directory.Abilities{
		Name: "test", Kinds: directory.Kinds(), PerCall: 10, Members: 10, Owners: true,
		Teams: !oneIn(t, 5), Hidden: !oneIn(t, 5), Contacts: !oneIn(t, 5),
		Units: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "units"),
	}
}
