package oneroster_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/oneroster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// sheets are the rows of one roster as both formats write it.
type sheets struct{ sds, oneRoster map[string][]string }

func newSheets() sheets {
	return sheets{
		sds: map[string][]string{
			"orgs.csv":             {"sourcedId,name,type,parentSourcedId,status"},
			"academicSessions.csv": {"sourcedId,title,type,schoolYear,startDate,endDate,status"},
			"users.csv":            {"sourcedId,username,givenName,familyName,email,userNumber,enabledUser,status"},
			"roles.csv":            {"userSourcedId,orgSourcedId,role,grade,isPrimary,status"},
			"courses.csv":          {"sourcedId,orgSourcedId,title,grade,schoolYearSourcedId,status"},
			"classes.csv":          {"sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,status"},
			"enrollments.csv":      {"classSourcedId,userSourcedId,role,status"},
			"relationships.csv":    {"userSourcedId,relationshipUserSourcedId,relationshipRole"},
		},
		oneRoster: map[string][]string{
			"manifest.csv":         {"propertyName,value", "oneroster.version,1.1"},
			"orgs.csv":             {"sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"},
			"academicSessions.csv": {"sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear"},
			"users.csv":            {"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"},
			"courses.csv":          {"sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes"},
			"classes.csv":          {"sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"},
			"enrollments.csv":      {"sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"},
		},
	}
}

func add(sheet map[string][]string, file string, cells ...string) {
	sheet[file] = append(sheet[file], strings.Join(cells, ","))
}

func deliver(sheet map[string][]string) rostertest.Delivery {
	files := make(rostertest.Delivery)
	for name, rows := range sheet {
		files[name] = []byte(strings.Join(rows, "\n") + "\n")
	}
	return files
}

// draw draws a roster of what both formats can say, now and then with something
// that is wrong in both.
func draw(t *rapid.T) sheets {
	s := newSheets()
	d := drawer{t}
	status := func() string { return d.one("status", "", "", "", "active", "tobedeleted") }
	for i := range d.number("orgs", 1, 4) {
		id, name, kind, parent, st := fmt.Sprint("O", i), d.one("name", "North", "South", ""), d.one("type", "school", "school", "district", "tent"), d.id("parent", "O", 4, true), status()
		add(s.sds, "orgs.csv", id, name, kind, parent, st)
		add(s.oneRoster, "orgs.csv", id, st, "", name, kind, "", parent)
	}
	for i := range 3 {
		id, st, end := fmt.Sprint("Y", i), status(), d.one("end", "2027-06-11", "2027-06-11", "2026-06-11")
		add(s.sds, "academicSessions.csv", id, "Title", "term", "2027", "2026-08-24", end, st)
		add(s.oneRoster, "academicSessions.csv", id, st, "", "Title", "term", "2026-08-24", end, "", "2027")
	}
	for i := range d.number("people", 1, 9) {
		d.person(s, fmt.Sprint("P", i), status())
	}
	for i := range 3 {
		id, org, grade, year, st := fmt.Sprint("K", i), d.id("org", "O", 4, false), d.one("grade", "", "09", `"9,10"`, "99"), d.id("year", "Y", 4, true), status()
		add(s.sds, "courses.csv", id, org, "Course", grade, year, st)
		add(s.oneRoster, "courses.csv", id, st, "", year, "Course", "", grade, org, "", "")
	}
	for i := range d.number("classes", 1, 5) {
		id, org, title, course, st := fmt.Sprint("C", i), d.id("org", "O", 4, false), d.one("title", "Algebra", "Algebra", ""), d.id("course", "K", 4, true), status()
		sessions := d.one("sessions", "", "Y1", `"Y2,Y1"`, `"Y9,Y1"`)
		add(s.sds, "classes.csv", id, org, title, sessions, course, st)
		add(s.oneRoster, "classes.csv", id, st, "", title, "", course, "", "scheduled", "", org, sessions, "", "", "")
	}
	for i := range d.number("enrollments", 0, 20) {
		class, person, role, st := d.id("class", "C", 5, false), d.id("person", "P", 9, false), d.one("role", "student", "student", "teacher", "aide", "wizard"), status()
		add(s.sds, "enrollments.csv", class, person, role, st)
		add(s.oneRoster, "enrollments.csv", fmt.Sprint("E", i), st, "", class, "O0", person, role, "", "", "")
	}
	return s
}

type drawer struct{ t *rapid.T }

func (d drawer) number(name string, least, most int) int {
	return rapid.IntRange(least, most).Draw(d.t, name)
}

func (d drawer) one(name string, values ...string) string {
	return rapid.SampledFrom(values).Draw(d.t, name)
}

// id draws an id, which may be one that is not there, or none.
func (d drawer) id(name, prefix string, n int, optional bool) string {
	if optional && rapid.Bool().Draw(d.t, name+" none") {
		return ""
	}
	return fmt.Sprint(prefix, d.number(name, 0, n))
}

// person adds a person with roles and contacts.
func (d drawer) person(s sheets, id, status string) {
	username, email, enabled := d.one("username", "u"+id, "u"+id, ""), d.one("email", "", id+"@x.example", "none"), d.one("enabled", "true", "true", "false")
	role, grade := d.one("role", "student", "student", "teacher", "administrator", "parent", "guardian", "wizard"), d.one("grade", "", "09", "9", "99")
	ours, kin := role, "other"
	if role == "parent" || role == "guardian" {
		ours, kin, username = "other", role, "u"+id // contacts of OneRoster can do without, others not
	}
	orgs := rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 1, 3, rapid.ID).Draw(d.t, "orgs")
	var ids []string
	for i, org := range orgs {
		ids = append(ids, fmt.Sprint("O", org))
		add(s.sds, "roles.csv", id, ids[i], ours, grade, fmt.Sprint(i == 0), status)
	}
	agents := ""
	if role == "student" {
		agents = d.id("agent", "P", 9, true)
	}
	add(s.sds, "users.csv", id, username, "Given", "Family", email, "7", enabled, status)
	add(s.oneRoster, "users.csv", id, status, "", enabled, `"`+strings.Join(ids, ",")+`"`, role, username, "", "Given", "Family", "", "7", email, "", "", agents, grade, "")
	if agents != "" {
		add(s.sds, "relationships.csv", id, agents, "kin of "+agents)
	}
	add(s.sds, "kin", id, kin)
}

// settle writes what every contact is to the student, when all are known.
func (s sheets) settle() {
	for _, pair := range s.sds["kin"] {
		id, kin, _ := strings.Cut(pair, ",")
		for i, row := range s.sds["relationships.csv"] {
			s.sds["relationships.csv"][i] = strings.Replace(row, "kin of "+id, kin, 1)
		}
	}
	for i, row := range s.sds["relationships.csv"] {
		if at := strings.Index(row, "kin of "); at >= 0 {
			s.sds["relationships.csv"][i] = row[:at] + "other" // of nobody
		}
	}
	delete(s.sds, "kin")
}

// What both formats can say is the same roster, unknown records included.
func TestSameAsSDS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		s.settle()
		want, problems, err := sdscsv.Read(context.Background(), deliver(s.sds), roster.DefaultCodes())
		if err != nil {
			t.Fatal(err)
		}
		got, others, err := oneroster.Read(context.Background(), deliver(s.oneRoster), roster.DefaultCodes(), false)
		if err != nil || (got == nil) != (want == nil) {
			t.Fatal(err, problems, others)
		}
		if got == nil {
			return
		}
		rostertest.CheckApart(t, got)
		if diff := cmp.Diff(rostertest.Dump(want), rostertest.Dump(got)); diff != "" {
			t.Fatalf("roster (-SDS +OneRoster):\n%s\n%v\n%v", diff, problems, others)
		}
	})
}

// The order of rows means nothing.
func TestOrderOfRowsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		before, _, err := oneroster.Read(context.Background(), deliver(s.oneRoster), roster.DefaultCodes(), false)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(s.oneRoster)) {
			rows := s.oneRoster[name]
			s.oneRoster[name] = append(rows[:1:1], rapid.Permutation(rows[1:]).Draw(t, name)...)
		}
		after, _, err := oneroster.Read(context.Background(), deliver(s.oneRoster), roster.DefaultCodes(), false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rostertest.Dump(before), rostertest.Dump(after)); diff != "" {
			t.Fatalf("roster (-before +after):\n%s", diff)
		}
	})
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := newSheets()
	add(s.oneRoster, "orgs.csv", "O1", "", "", "Name", "school", "", "")
	for i := range 5000 {
		add(s.oneRoster, "users.csv", fmt.Sprint("P", i), "", "", "true", "O1", "student", "u", "", "", "", "", "", "", "", "", "", "", "")
	}
	if _, _, err := oneroster.Read(ctx, deliver(s.oneRoster), roster.DefaultCodes(), false); fault.KindOf(err) != fault.Canceled {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes are, reading ends, and nothing is both there and unknown.
func FuzzRead(f *testing.F) {
	base := rostertest.Parse(f, "testdata/base.txtar")
	files := rostertest.Deliver(base)
	f.Add(files["manifest.csv"], files["orgs.csv"], files["users.csv"], files["classes.csv"], files["enrollments.csv"], false)
	f.Add([]byte("propertyName,value\nfile.users,delta\n"), []byte("SourcedID,name,type\nO1,x,School\no1,\"a\nb\",school\n"),
		[]byte("sourcedId,orgSourcedId,role,username,agents\n\"P\"1,x\nP2,O1,parent,u,P3\nP3,O1,student,v,\"P2,P9\n"),
		[]byte("sourcedId,schoolSourcedId,title,termSourcedId\nC1,O1,\"x\n"),
		[]byte("\xef\xbb\xbfclassSourcedIds,userSourcedId,role,endDate\nC1,P3,Student,8/24/2026\n,,,\n"), true)
	f.Fuzz(func(t *testing.T, manifest, orgs, users, classes, enrollments []byte, strict bool) {
		files := rostertest.Deliver(base)
		files["manifest.csv"], files["orgs.csv"], files["users.csv"], files["classes.csv"], files["enrollments.csv"] = manifest, orgs, users, classes, enrollments
		r, problems, err := oneroster.Read(context.Background(), files, roster.DefaultCodes(), strict)
		if err != nil {
			t.Fatal(err)
		}
		catastrophic := slices.ContainsFunc(problems, func(p roster.Problem) bool { return p.Severity == roster.Catastrophic })
		if catastrophic != (r == nil) {
			t.Fatalf("roster: %v, problems: %v", r != nil, problems)
		}
		if r != nil {
			rostertest.CheckApart(t, r)
		}
	})
}
