package plan_test

import (
	"io"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// TestRewrite shows a class of which everything but a person who is gone, one who came
// and a code that changed is written again. The guard lets it pass: nothing is renamed.
func TestRewrite(t *testing.T) {
	w := class("112001", "2")
	w.Rewrite = true
	w.Attributes = directory.Attributes{directory.DisplayName: "Algebra", directory.SectionNumber: "7b", directory.Description: ""}
	w.Owners, w.Members = []string{"User_3"}, []string{"User_1", "User_2", "User_3"}
	have := had(directory.ClassGroup, w.Key, directory.Attributes{
		directory.DisplayName: "Algebra", directory.SectionNumber: "7a", directory.Description: "old", directory.Team: "true",
	})
	have.Owners, have.Members = []string{"User_3"}, []string{"User_0", "User_1", "User_3"}
	p := compute(t, []directory.Want{w}, nil, []directory.Have{have})
	guard := plan.Guard{
		Limits:     plan.Limits{Removals: 10, Creations: 10},
		Approved:   func(string) bool { return false },
		Privileged: func(string) bool { return false },
	}
	if err := guard.Hold(p); err != nil {
		t.Fatal(err)
	}
	golden(t, "rewrite.json", func(w io.Writer) error { return plan.WriteJSON(w, p) })
	golden(t, "rewrite.txt", func(w io.Writer) error { return plan.WriteText(w, p, plan.TextOptions{}) })
	golden(t, "rewrite.csv", func(w io.Writer) error { return plan.WriteCSV(w, p, calledSo) })
	golden(t, "rewrite.html", func(w io.Writer) error { return writePage(w, p) })
}
