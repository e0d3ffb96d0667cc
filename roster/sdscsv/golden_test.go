package sdscsv_test

import (
	"flag"
	"testing"

	"github.com/homeroomhq/homeroom/roster/rostertest"
)

var update = flag.Bool("update", false, "write what was read into the golden files")

// Each file of testdata/*.txtar shows a rule.
func TestGolden(t *testing.T) {
	rostertest.Golden(t, "testdata", *update, func(t testing.TB, files rostertest.Delivery, _ string) string {
		return rostertest.Outcome(read(t, files))
	})
}
