package flow_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/oneroster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// sheet is the rows of the files of a delivery, which is OneRoster when it has a
// manifest. It is a snapshot, too.
type sheet map[string][][]string

// column draws the cells of one column; i is the number of the row.
type column struct {
	header string
	draw   func(t *rapid.T, i int) string
}

// tables tells how each file is drawn.
func (s sheet) tables() map[string][]column {
	if s.isOneRoster() {
		return oneRosterTables()
	}
	return sdsTables()
}

func sdsTables() map[string][]column {
	status := column{"status", cell("|||active", "inactive", "tobedeleted", "ended")}
	return map[string][]column{
		"orgs.csv": {{"sourcedId", numbered("O")}, {"name", cell("North|South", "")}, {"type", cell("school", "skool", "")}, status},
		"academicSessions.csv": {
			{"sourcedId", numbered("Y")}, {"title", cell("Autumn|Spring")}, {"type", cell("term")}, {"schoolYear", cell("2027|2027|2027|2026")},
			{"startDate", cell("2026-08-24|2026-08-24|2027-01-01")}, {"endDate", cell("2027-06-11", "soon")},
		},
		"users.csv": {
			{"sourcedId", numbered("U")}, {"username", username}, {"givenName", cell("Ada|Bo|Cy", "")}, {"familyName", cell("Lee|May|Ray", "")},
			{"email", cell("|a@x.example|b@x.example|c@x.example", "no address")}, {"userNumber", cell("|7|8")},
			{"password", cell("|secret")}, status, {"enabledUser", cell("|true", "false")},
		},
		"courses.csv": {
			{"sourcedId", numbered("K")}, {"orgSourcedId", oneOf("O", 3)}, {"title", cell("Maths|Art", "")}, {"code", cell("|M1")},
			{"subject", cell("|02", "Alchemy")}, {"grade", cell("|09", "99")}, {"schoolYearSourcedId", cell("|Y1|Y2", "Y9")}, status,
		},
		"classes.csv": {
			{"sourcedId", numbered("C")}, {"orgSourcedId", oneOf("O", 3)}, {"title", cell("Algebra|Drawing", "")}, {"code", cell("|c1")},
			{"sessionSourcedIds", cell(`||Y1|Y2|"Y2,Y1"`, "Y9", `"Y1,Y9"`)}, {"courseSourcedId", cell("|K1|K2", "K9")}, status,
		},
		"roles.csv": {
			{"userSourcedId", oneOf("U", 8)}, {"orgSourcedId", oneOf("O", 3)},
			{"role", cell("student|student|student|teacher|teacher|aide|principal", "other", "wizard", "")},
			{"grade", cell("||09|10", "99")}, {"isPrimary", cell("||true|false", "perhaps")}, status,
			{"sessionSourcedId", cell("||Y1", "Y9")}, {"roleStartDate", cell("||2026-08-24", "2026-12-24", "soon")}, {"roleEndDate", cell("||2027-06-11", "2026-09-30")},
		},
		"enrollments.csv": {
			{"classSourcedId", oneOf("C", 4)}, {"userSourcedId", oneOf("U", 8)},
			{"role", cell("student|student|student|teacher|teacher|aide", "proctor", "wizard", "")}, status,
		},
		"relationships.csv": {{"userSourcedId", oneOf("U", 8)}, {"relationshipUserSourcedId", oneOf("U", 8)}, {"relationshipRole", cell("guardian|parent", "wizard")}},
	}
}

// cell draws one of the usual values, which bars part, and now and then an odd one.
func cell(usual string, odd ...string) func(*rapid.T, int) string {
	values := strings.Split(usual, "|")
	return func(t *rapid.T, _ int) string {
		if len(odd) > 0 && oneIn(t, 50) {
			return chosen(t, odd...)
		}
		return chosen(t, values...)
	}
}

// numbered gives ids in order, now and then the same one twice.
func numbered(prefix string) func(*rapid.T, int) string {
	return func(t *rapid.T, i int) string {
		if i > 0 && oneIn(t, 40) {
			return fmt.Sprint(prefix, i)
		}
		return fmt.Sprint(prefix, i+1)
	}
}

// oneOf draws an id, now and then one that is not there or none.
func oneOf(prefix string, n int) func(*rapid.T, int) string {
	return func(t *rapid.T, _ int) string {
		switch pick(t, 40) {
		case 38:
			return ""
		case 39:
			return prefix + "9"
		}
		return fmt.Sprint(prefix, pick(t, n)+1)
	}
}

func username(t *rapid.T, i int) string {
	if oneIn(t, 30) {
		return chosen(t, "", "u1", "U2", "u3@x.example", "u3@y.example")
	}
	return fmt.Sprint("u", i+1)
}

// oneIn is rarely true, and false where rapid looks for simpler cases.
func oneIn(t *rapid.T, n int) bool { return pick(t, n) == n-1 }

// pick draws a number below n, each as often as any other: the numbers that rapid
// draws by itself are mostly the least and the greatest.
func pick(t *rapid.T, n int) int {
	return rapid.Custom(func(t *rapid.T) int {
		bits := 0
		for range 8 {
			bits *= 2
			if rapid.Bool().Draw(t, "bit") {
				bits++
			}
		}
		return bits * n / 256
	}).Draw(t, "pick")
}

// chosen draws one of some values.
func chosen[T any](t *rapid.T, values ...T) T { return values[pick(t, len(values))] }

// some draws a few of some values, each once.
func some(t *rapid.T, least, most int, values ...string) []string {
	out := make([]string, 0, most)
	for range least + pick(t, most-least+1) {
		if v := chosen(t, values...); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// fileNames returns the names of all files in the order in which they are drawn.
func (s sheet) fileNames() []string {
	if s.isOneRoster() {
		return []string{"manifest.csv", "orgs.csv", "academicSessions.csv", "users.csv", "courses.csv", "classes.csv", "enrollments.csv"}
	}
	return []string{"orgs.csv", "academicSessions.csv", "users.csv", "courses.csv", "classes.csv", "roles.csv", "enrollments.csv", "relationships.csv"}
}

func drawSheet(t *rapid.T) sheet {
	least := map[string]int{"orgs.csv": 1, "academicSessions.csv": 1, "users.csv": 3, "courses.csv": 1, "classes.csv": 2, "roles.csv": 8, "enrollments.csv": 4}
	most := map[string]int{
		"orgs.csv": 4, "academicSessions.csv": 2, "users.csv": 9, "courses.csv": 2, "classes.csv": 4,
		"roles.csv": 20, "enrollments.csv": 24, "relationships.csv": 3,
	}
	s := make(sheet)
	if oneIn(t, 3) {
		s["manifest.csv"] = [][]string{{"oneroster.version", "1.1"}}
	}
	for _, name := range s.fileNames() {
		for i := range least[name] + pick(t, most[name]-least[name]+1) {
			s[name] = append(s[name], s.drawRow(t, name, i))
		}
	}
	return s
}

func (s sheet) drawRow(t *rapid.T, name string, i int) []string {
	var row []string
	for _, c := range s.tables()[name] {
		row = append(row, c.draw(t, i))
	}
	if oneIn(t, 60) {
		row = append(row, "too much")
	}
	return row
}

// edit returns the delivery with some changes: a row is taken out, added, broken,
// or no longer active, or a cell is drawn anew.
func (s sheet) edit(t *rapid.T) sheet {
	edited := make(sheet)
	for name, rows := range s {
		for _, row := range rows {
			edited[name] = append(edited[name], slices.Clone(row))
		}
	}
	if pick(t, 4) == 0 {
		edited.turnYear()
	}
	often := []string{"orgs.csv", "users.csv", "classes.csv", "roles.csv", "roles.csv", "enrollments.csv", "enrollments.csv", "enrollments.csv"}
	for range 1 + pick(t, 6) {
		name := chosen(t, append(often, s.fileNames()...)...)
		rows := edited[name]
		if len(rows) < 2 {
			continue
		}
		i := pick(t, len(rows))
		columns := s.tables()[name]
		at := pick(t, len(columns))
		switch pick(t, 6) {
		case 0:
			edited[name] = slices.Delete(rows, i, i+1)
		case 1:
			edited[name] = append(rows, s.drawRow(t, name, len(rows)))
		case 2:
			rows[i][at] = chosen(t, "", "odd")
		case 3:
			if status := slices.IndexFunc(columns, func(c column) bool { return c.header == "status" }); status >= 0 {
				rows[i][status] = "inactive"
			}
		default:
			rows[i][at] = columns[at].draw(t, i)
		}
	}
	return edited
}

// turnYear puts all sessions into the next school year.
func (s sheet) turnYear() {
	const sessions = "academicSessions.csv"
	at := slices.IndexFunc(s.tables()[sessions], func(c column) bool { return c.header == "schoolYear" })
	for _, row := range s[sessions] {
		if year, err := strconv.Atoi(row[at]); err == nil {
			row[at] = strconv.Itoa(year + 1)
		}
	}
}

// Names, Lines, Open and SHA256 make the sheet a snapshot.
func (s sheet) Names() []string {
	names := s.fileNames()
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
	for _, c := range s.tables()[name] {
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
	for _, name := range s.fileNames() {
		fmt.Fprintf(&text, "-- %s --\n%s", name, s.text(name))
	}
	return text.String()
}

// read reads the sheet; nil when it cannot be used at all.
func (s sheet) read(t *rapid.T, codes *roster.Codes) *roster.Roster {
	r, _, err := sdscsv.Read(context.Background(), s, codes)
	if s.isOneRoster() {
		r, _, err = oneroster.Read(context.Background(), s, codes, false)
	}
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
		Passwords:          chosen(t, flow.PasswordsGenerated, flow.PasswordsGenerated, flow.PasswordsConfigured),
		UseRosterPasswords: oneIn(t, 2),
		UsageLocation:      chosen(t, "US", "US", ""),
		UsageLocations:     map[string]string{"O2": "CA"},
		FallbackOwners:     drawFallback(t),
		Matching:           drawMatching(t),
		HonourDates:        oneIn(t, 6),
		GraceDays:          chosen(t, 0, 10),
	}
	if oneIn(t, 4) {
		s.Domains = []string{"x.example"}
	}
	s.Exclude, s.Pins = drawExclude(t), drawPins(t)
	for i := range 1 + pick(t, 3) {
		s.Sets = append(s.Sets, drawSet(t, i))
	}
	return s
}

func drawFallback(t *rapid.T) map[string][]string {
	fallback := make(map[string][]string)
	for _, org := range []string{"O1", "O2"} {
		if !oneIn(t, 3) {
			fallback[org] = some(t, 1, 2, "U1", "U2", "U3", "U4", "U5", "U9")
		}
	}
	return fallback
}

func drawExclude(t *rapid.T) flow.Exclude {
	if !oneIn(t, 4) {
		return flow.Exclude{}
	}
	return flow.Exclude{People: some(t, 0, 2, "U1", "U2", "U3", "U9"), Classes: some(t, 0, 1, "C1", "C2", "C9")}
}

func drawPins(t *rapid.T) []flow.Pin {
	var pins []flow.Pin
	for oneIn(t, 3) {
		pins = append(pins, flow.Pin{
			Person: chosen(t, "U1", "U2", "U3", "U9"),
			Group:  chosen(t, "Section_C1", "Section_C2", "RoleGroup_students", "RoleGroup_students_O1", "School_O1", "School_O9"),
		})
	}
	return pins
}

func drawMatching(t *rapid.T) []flow.Matching {
	var rules []flow.Matching
	for _, group := range []string{flow.Students, flow.Staff} {
		if oneIn(t, 20) {
			continue
		}
		rules = append(rules, flow.Matching{
			RoleGroup: group,
			Source:    chosen(t, "username", "username", "username", "email"),
			Target:    chosen(t, directory.UserPrincipalName, directory.UserPrincipalName, directory.Mail),
			Domain:    cell("x.example", "y.example", "")(t, 0),
		})
	}
	return rules
}

func drawSet(t *rapid.T, i int) flow.Set {
	set := flow.Set{ID: fmt.Sprint("set", i), DisplayName: fmt.Sprint("Set ", i), Filter: drawFilter(t)}
	on := func() bool { return !oneIn(t, 3) }
	if !oneIn(t, 4) {
		set.User = drawUserFlow(t)
	}
	if !oneIn(t, 4) {
		set.ClassGroup = &flow.ClassGroupFlow{
			CreateTeam: on(), DisplayNameOnCreate: oneIn(t, 3), OwnerRoles: drawRoles(t), MemberRoles: drawRoles(t),
			Attributes: some(t, 0, 8, flow.ClassAttributes()...),
		}
	}
	if !oneIn(t, 4) {
		set.SecurityGroup = &flow.SecurityGroupFlow{ByRoleGroup: on(), ByOrgRoleGroup: on()}
	}
	if !oneIn(t, 4) {
		set.AdministrativeUnit = &flow.AdministrativeUnitFlow{ByOrg: on(), ByOrgRoleGroup: on()}
	}
	return set
}

func drawFilter(t *rapid.T) *flow.Filter {
	if oneIn(t, 2) {
		return nil
	}
	return &flow.Filter{In: some(t, 1, 3, "O1", "O1", "O2", "O3", "O9")}
}

func drawUserFlow(t *rapid.T) *flow.UserFlow {
	on := func() bool { return oneIn(t, 2) }
	f := &flow.UserFlow{
		CreateUnmatched: !oneIn(t, 5), GradeLevel: on(), Number: on(), StudentContacts: on(),
		StudentAgeGroup: chosen(t, "", "minor", "adult"),
	}
	for _, group := range []string{flow.Students, flow.Staff} {
		if oneIn(t, 12) {
			continue
		}
		f.Configurations = append(f.Configurations, flow.UserConfiguration{
			RoleGroup: group, Password: directory.Secret(chosen(t, "pass", "pass", "")),
			LicenseSKUs: some(t, 0, 2, "A1", "A3"),
		})
	}
	return f
}

// drawRoles draws a mapping: none, nobody, or some roles.
func drawRoles(t *rapid.T) *[]string {
	if !oneIn(t, 3) {
		return nil
	}
	roles := some(t, 0, 3, "teacher", "teacher", "student", "aide", "proctor")
	return &roles
}

// editSettings changes one thing.
func editSettings(t *rapid.T, s flow.Settings) flow.Settings {
	if len(s.Sets) == 0 {
		s.Sets = []flow.Set{drawSet(t, 0)}
		return s
	}
	s.Sets = slices.Clone(s.Sets)
	i := pick(t, len(s.Sets))
	set := &s.Sets[i]
	fresh := drawSet(t, i)
	switch pick(t, 9) {
	case 8:
		s.Exclude, s.Pins = drawExclude(t), drawPins(t)
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
	for i := range pick(t, 6) {
		a := directory.Attributes{
			directory.UserPrincipalName: fmt.Sprintf("u%d@%s", i+1, cell("x.example|x.example|X.example", "y.example")(t, i)),
			directory.MailNickname:      fmt.Sprint("u", i+1),
			directory.Mail:              cell("|a@x.example|b@x.example", "A@x.example")(t, i),
			directory.GivenName:         cell("|||Ada|Bo|ada")(t, i),
			directory.Surname:           cell("|||Lee|May|lee")(t, i),
			directory.AnchorID:          cell("", "User_U1", "User_U2", "User_u1")(t, i),
			directory.AccountEnabled:    cell("true", "false")(t, i),
		}
		u := directory.Object{Kind: directory.User, ID: fmt.Sprint("old", i+1), Attributes: a}
		u.Guest, u.Deleted, u.DirectoryRole = oneIn(t, 30), oneIn(t, 30), oneIn(t, 30)
		users = append(users, u)
	}
	return users
}

func drawAbilities(t *rapid.T) directory.Abilities {
	return directory.Abilities{
		Name: "test", Kinds: directory.Kinds(), PerCall: 10, Members: 10, Owners: true,
		Teams: !oneIn(t, 5), Hidden: !oneIn(t, 5), Contacts: !oneIn(t, 5), Licences: !oneIn(t, 5),
		Units: chosen(t, 0, 0, 0, 1, 2, 3),
	}
}
