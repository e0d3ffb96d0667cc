package oneroster_test

import (
	"context"
	"flag"
	"testing"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/oneroster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
)

var update = flag.Bool("update", false, "write what was read into the golden files")

// read reads a snapshot that can be read.
func read(t testing.TB, snapshot roster.Snapshot, strict bool) (*roster.Roster, []roster.Problem) {
	t.Helper()
	if oneroster.Detect(snapshot) != roster.Surely {
		t.Fatal("not detected")
	}
	r, problems, err := oneroster.Read(context.Background(), snapshot, roster.DefaultCodes(), strict)
	if err != nil {
		t.Fatal(err)
	}
	return r, problems
}

// Each file of testdata/*.txtar shows a rule or an alias.
func TestGolden(t *testing.T) {
	rostertest.Golden(t, "testdata", *update, func(t testing.TB, files rostertest.Delivery, way string) string {
		r, problems := read(t, files, way == "strict")
		if way == "roster" {
			return rostertest.Dump(r)
		}
		return rostertest.Outcome(r, problems)
	})
}
