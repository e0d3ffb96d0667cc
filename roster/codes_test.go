package roster_test

import (
	"testing"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
)

func TestFindCode(t *testing.T) {
	codes := roster.DefaultCodes()
	for _, c := range []struct{ list, code, want string }{
		{roster.RefRole, "TEACHER", "teacher"},
		{roster.RefRole, "teacherassistant", "teacherAssistant"},
		{roster.RefGradeLevel, "1", "01"},
		{roster.RefGradeLevel, "01", "01"},
		{roster.RefGradeLevel, "PS1", "ps1"},
		{roster.RefOrgType, "ministryofeducation", "ministryOfEducation"},
		{roster.RefAcademicSubject, "24", "24"},
		{roster.RefAcademicYear, "2027", "2027"},
		{roster.RefRole, "pupil", ""},
		{roster.RefRole, "", ""},
		{roster.RefAcademicSubject, "1", ""}, // only grades lose a zero
		{roster.RefAcademicYear, "27", ""},
		{"RefNothing", "teacher", ""},
	} {
		got, ok := codes.Find(c.list, c.code)
		if ok != (c.want != "") || ok && got.Code != c.want {
			t.Errorf("%s %q: got %q, %v; want %q", c.list, c.code, got.Code, ok, c.want)
		}
	}
}

// Priority decides what a person with several roles is; the three roles without
// a number come last.
func TestRoles(t *testing.T) {
	codes := roster.DefaultCodes()
	roles := codes.List(roster.RefRole)
	if len(roles) != 31 || roles[0].Code != "principal" {
		t.Fatalf("%d roles, the first is %q", len(roles), roles[0].Code)
	}
	for i, want := range []struct{ code, group string }{{"aide", "staff"}, {"student", "students"}, {"other", ""}} {
		if got := roles[28+i]; got.Code != want.code || got.RoleGroup != want.group {
			t.Errorf("role %d is %+v, want %+v", 28+i, got, want)
		}
	}
	if codes.RoleRank("teacher") >= codes.RoleRank("student") || codes.RoleRank("pupil") <= codes.RoleRank("other") {
		t.Error("the ranks are out of order")
	}
}

func TestDefineCode(t *testing.T) {
	codes := roster.DefaultCodes()
	for _, c := range []struct {
		list, code string
		sortIndex  int
		disabled   bool
		ok         bool
	}{
		{roster.RefGradeLevel, "prep", 300, false, true},
		{roster.RefGradeLevel, "prep", 60, false, false}, // taken by 01
		{roster.RefGradeLevel, "", 300, false, false},
		{roster.RefRole, "pupil", 320, false, false}, // not extensible
		{roster.RefRole, "Teacher", 200, true, true},
		{"RefNothing", "x", 10, false, false},
	} {
		derived, err := codes.Define(c.list, c.code, "name", c.sortIndex, c.disabled)
		if (err == nil) != c.ok || !c.ok && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if !c.ok {
			continue
		}
		if got, found := derived.Find(c.list, c.code); !found || got.Disabled != c.disabled {
			t.Errorf("%+v: found %+v, %v", c, got, found)
		}
		if got, _ := codes.Find(c.list, c.code); got.Disabled {
			t.Errorf("%+v: the old lists changed", c)
		}
	}
	if len(codes.List(roster.RefGradeLevel)) != 31 {
		t.Error("the old list of grades grew")
	}
}

// TestDefineCodes lets codes take each other's place, and no two have one.
func TestDefineCodes(t *testing.T) {
	codes := roster.DefaultCodes()
	teacher, _ := codes.Find(roster.RefRole, "teacher")
	student, _ := codes.Find(roster.RefRole, "student")
	teacher.SortIndex, student.SortIndex = student.SortIndex, teacher.SortIndex
	teacher.Code, teacher.RoleGroup = "TEACHER", "" // which is not theirs to say
	swapped, err := codes.DefineAll(roster.RefRole, []roster.Code{teacher, student})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := swapped.Find(roster.RefRole, "teacher")
	if got.Code != "teacher" || got.RoleGroup != "staff" || got.SortIndex != teacher.SortIndex {
		t.Errorf("the teacher is %+v", got)
	}
	if swapped.RoleRank("teacher") <= swapped.RoleRank("student") {
		t.Error("they have not taken each other's place")
	}
	if _, err := codes.DefineAll(roster.RefRole, []roster.Code{teacher}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("two in one place: %v", err)
	}
}
