package sdscsv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/roster/rostertest"
)

// Text is kept as received, a password above all; addresses are lower case, codes
// are canonical, ids lose the spaces around them.
func TestValues(t *testing.T) {
	files := rostertest.Deliver(rostertest.Parse(t, "testdata/base.txtar"))
	files["users.csv"] = []byte("sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms,userNumber\n" +
		" P1 ,Ann@X.example, Ann ,Lee, secret ,M1,ANN@x.example,+1 (425) 555-0100,5550100,0042\n" +
		"P2,bob,,,,,\"Bob.Ray@X.example\",,,\nP3,eve,Eve,Lee,,,eve@x.example,,,\n")
	files["classes.csv"] = []byte("sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code\nC1,O1, Algebra 1 ,\"Y1,Y1\",K1,MA-1\n")
	files["enrollments.csv"] = []byte("classSourcedId,userSourcedId,role\nC1,P1,STUDENT\n")
	r, _ := read(t, files)
	p := r.People[r.Person("P1")]
	class := r.Classes[r.Class("C1")]
	got := []string{
		r.Str(p.Username), r.Str(p.GivenName), r.Str(p.Password), r.Str(p.MatchID), r.Str(p.Email), r.Str(p.Phone), r.Str(p.SMS), r.Str(p.Number),
		r.Str(r.People[r.Person("P2")].Email), r.Str(class.Title), r.Str(class.Code), r.RoleName(r.Enrollments[0].Code), r.Str(r.RolesOf(r.Person("P1"))[0].Grade),
		r.RolesOf(r.Person("P1"))[0].End.String(), r.Str(r.Orgs[r.Org("D1")].Type), r.Str(r.Contacts[0].Relationship),
	}
	want := []string{
		"Ann@X.example", " Ann ", " secret ", "M1", "ann@x.example", "+1 (425) 555-0100", "5550100", "0042",
		"bob.ray@x.example", " Algebra 1 ", "MA-1", "student", "09", "2027-06-11", "district", "guardian",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if sessions := r.SessionsOf(r.Class("C1")); len(sessions) != 1 || r.Sessions[sessions[0]].Year != 2027 {
		t.Errorf("sessions %v", sessions)
	}
}
