package sdscsv_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// A record with a disabled code is unknown, not gone (rules 1); where the code is
// optional, it is left out and marked.
func TestDisabledCodes(t *testing.T) {
	codes := roster.DefaultCodes()
	for _, c := range []struct {
		list, code string
		sortIndex  int
	}{{roster.RefRole, "teacher", 200}, {roster.RefGradeLevel, "09", 140}} {
		var err error
		if codes, err = codes.Define(c.list, c.code, "", c.sortIndex, true); err != nil {
			t.Fatal(err)
		}
	}
	r, problems, err := sdscsv.Read(context.Background(), rostertest.Deliver(rostertest.Parse(t, "testdata/base.txtar")), codes)
	if err != nil {
		t.Fatal(err)
	}
	want := `warning InvalidReferenceCode courses.csv:2:27 record="K1" field="grade" value="09"
    "09" is disabled in RefGradeLevel.
warning InvalidReferenceCode roles.csv:2:18 record="P1/O1" field="grade" value="9"
    "9" is disabled in RefGradeLevel.
error InvalidReferenceCode roles.csv:3:7 record="P2/O1" field="role" value="teacher"
    "teacher" is disabled in RefRole.
error InvalidReferenceCode enrollments.csv:3:7 record="C1/P2" field="role" value="teacher"
    "teacher" is disabled in RefRole.
error InvalidReferenceCode enrollments.csv:4:7 record="C2/P2" field="role" value="teacher"
    "teacher" is disabled in RefRole.
2 orgs, 3 people, 1 roles, 1 sessions, 1 courses, 2 classes, 1 enrollments, 1 contacts
unknown role "P2" "O1" ""
unknown enrollment "C1" "P2"
unknown enrollment "C2" "P2"
courses.csv:2: grade unknown
roles.csv:2: grade unknown
`
	if diff := cmp.Diff(want, rostertest.Outcome(r, problems)); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}
