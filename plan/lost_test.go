package plan_test

import (
	"io"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// TestLost shows a class to which much was sent that was never answered: what is still wanted
// of it is sent once more, and what is not is taken away. Nothing is renamed.
func TestLost(t *testing.T) {
	w := class("112001", "2")
	w.Attributes = directory.Attributes{directory.DisplayName: "Algebra", directory.SectionNumber: "7b", directory.Description: ""}
	w.Owners, w.Members = []string{"User_3"}, []string{"User_1", "User_2", "User_3"}
	have := had(directory.ClassGroup, w.Key, directory.Attributes{
		directory.DisplayName: "Algebra", directory.SectionNumber: "7a", directory.Description: "old",
	})
	have.Owners, have.Members = []string{"User_3", "User_4"}, []string{"User_1", "User_2", "User_3", "User_4"}
	have.Lost = directory.Lost{
		Values: []string{directory.Description, directory.DisplayName, directory.SectionNumber},
		Owners: []string{"User_4"}, Members: []string{"User_2", "User_4"},
	}
	p := compute(t, []directory.Want{w}, nil, []directory.Have{have})
	guard := plan.Guard{
		Limits:     plan.Limits{Removals: 10, Creations: 10},
		Approved:   func(string) bool { return false },
		Privileged: func(string) bool { return false },
	}
	if err := guard.Hold(p); err != nil {
		t.Fatal(err)
	}
	golden(t, "lost.json", func(w io.Writer) error { return plan.WriteJSON(w, p) })
	golden(t, "lost.txt", func(w io.Writer) error { return plan.WriteText(w, p, plan.TextOptions{}) })
	golden(t, "lost.html", func(w io.Writer) error { return writePage(w, p) })
	golden(t, "lost.csv", func(w io.Writer) error { return plan.WriteCSV(w, p, calledSo) })
}
