package roster_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/roster"
)

func TestReport(t *testing.T) {
	problems := []roster.Problem{
		{Rule: roster.HeaderUnknown, Severity: roster.Warning, File: "users.csv", Line: 1, Count: 2, Message: "Columns are not read."},
		{Rule: roster.FileNotFound, Severity: roster.Catastrophic, File: "roles.csv", Message: "The file is missing.", Remedy: "Export it."},
		{Rule: roster.InvalidEmail, Severity: roster.Warning, File: "users.csv", Line: 3, Column: 9, Record: "P1", Field: "email", Value: "x", Message: `"x" is not an email address.`, Remedy: "Write it as name@domain."},
	}
	for i := range 22 {
		problems = append(problems, roster.Problem{
			Rule: roster.ReferenceNotFound, Severity: roster.Error, File: "enrollments.csv", Line: i + 2, Column: 1,
			Record: fmt.Sprintf("C%d/P1", i), Field: "classSourcedId", Message: fmt.Sprintf("There is no class %q.", fmt.Sprint("C", i)), Remedy: "Export the class.",
		})
	}
	problems[len(problems)-1].Count = 5
	var got strings.Builder
	if err := roster.Report(&got, problems); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/report.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestReportOfNothing(t *testing.T) {
	var got strings.Builder
	if err := roster.Report(&got, nil); err != nil || got.String() != "No problems.\n" {
		t.Errorf("got %q, %v", got.String(), err)
	}
}
