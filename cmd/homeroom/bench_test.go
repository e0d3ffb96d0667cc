package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
)

// What a measurement prints, with its figures taken out, for either format.
func TestBenchSays(t *testing.T) {
	for _, format := range []district.Format{district.SDS, district.OneRoster} {
		compareGolden(t, "bench-"+string(format)+".txt", withoutFigures(measured(t, "--format", string(format))))
	}
}

// Programs read the names in the JSON, which therefore stay.
func TestBenchJSON(t *testing.T) {
	var report any
	if err := json.Unmarshal(measured(t, "-o", "json"), &report); err != nil {
		t.Fatal(err)
	}
	shape, err := json.MarshalIndent(shapeOf(report), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "bench.json", append(shape, '\n'))
}

// measured runs a small measurement and returns what it prints.
func measured(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("homeroom", append([]string{"bench", "--people", "200"}, args...)...)
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if left := filepath.Join(dir, "*"); len(glob(t, left)) > 0 {
		t.Errorf("there is left: %v", glob(t, left))
	}
	return out
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "bench", name)
	if *updateScripts {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// withoutFigures takes out what differs from machine to machine and run to run.
func withoutFigures(text []byte) []byte {
	for _, what := range []struct{ pattern, with string }{
		{`on \S+, \d+ cores, go\S+`, "on SYSTEM"},
		{`at peak \([^)]*\)`, "at peak (PHASE)"},
		{`([≤≥]) `, "$1"}, // goals stay
		{` +-?\d+(\.\d+)?`, " N"},
		{`([≤≥])`, "$1 "},
		{`(not )?held *\n`, "VERDICT\n"},
		{`  +`, "  "},
	} {
		text = regexp.MustCompile(what.pattern).ReplaceAll(text, []byte(what.with))
	}
	return text
}

// shapeOf puts the name of its type into the place of every value but names.
func shapeOf(value any) any {
	switch value := value.(type) {
	case map[string]any:
		isPeak := value["name"] == "memory" // in whatever phase
		for name, field := range value {
			if _, isText := field.(string); !isText || name == "system" || name == "go" || name == "phase" && isPeak {
				value[name] = shapeOf(field)
			}
		}
	case []any:
		for i := range value {
			value[i] = shapeOf(value[i])
		}
	case float64:
		return "number"
	case bool:
		return "true or false"
	case string:
		return "text"
	}
	return value
}

// Goals are compared with what was measured, those of a size only at that size.
func TestJudge(t *testing.T) {
	r := benchReport{
		Size:    referenceSize(),
		Records: district.Counts{Students: 100, Staff: 50, Guardians: 50, Classes: 10, Enrollments: 1000},
		Phases: []phase{
			{Name: scanned, Memory: 9 << 30, Ratio: 1},
			{Name: checked, Memory: 100 << 20, Ratio: 2.5},
			{Name: firstPlan, Memory: 1<<30 + 1, Ratio: 40},
			{Name: firstBare, Memory: 9 << 30},
			{Name: planUnchanged, Memory: 300 << 20, Ratio: 5.1},
		},
		Applying: []applied{{Phase: firstSync, Rate: 20_000, OfBare: 0.89, Waiting: 0.15, Journal: 0.5}},
	}
	r.judge()
	held := make(map[string]bool)
	for _, n := range r.Numbers {
		held[n.Name] = n.Held
	}
	want := map[string]bool{
		"reading": true, "referenceMemory": false, "planUnchanged": false, "memory": false,
		"changesPerSecond": true, "ofBareSpeed": false, "journal": true,
	}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	for _, n := range r.Numbers {
		if goal := 200<<20 + 200*250.0 + 10*200 + 1000*20; n.Name == "memory" && (n.Goal != goal || n.Phase != string(firstPlan)) {
			t.Errorf("memory: %+v, want the goal %f for the first plan", n, goal)
		}
	}
}

// A task that changes nothing is repeated until its time is steady.
func TestMiddleOfSeveral(t *testing.T) {
	for _, test := range []struct {
		task  task
		took  float64
		times int
	}{
		{task{}, 0.01, 1},
		{task{repeat: true}, 0.01, manyRuns},
		{task{repeat: true}, 0.3, 4},
		{task{repeat: true}, 10, 3},
		{task{repeat: true}, 40, 2},
		{task{repeat: true}, 100, 1},
	} {
		n := 0
		for spent := 0.0; again(test.task, n, spent); n++ {
			spent += test.took
		}
		if n != test.times {
			t.Errorf("%+v that takes %g s runs %d times, want %d", test.task, test.took, n, test.times)
		}
	}
	got := middle([]phase{{Seconds: 9, CPU: 1, Memory: 5}, {Seconds: 1, CPU: 3, Memory: 7}, {Seconds: 2, CPU: 2, Memory: 6}})
	if want := (phase{Runs: 3, Seconds: 2, CPU: 2, Memory: 7}); got != want {
		t.Errorf("the middle is %+v, want %+v", got, want)
	}
}

// Where there is no room nothing begins.
func TestNoRoomToMeasure(t *testing.T) {
	err := room(countrySize(), 12e9, "/tmp")
	const want = "A measurement of this size needs about "
	if fault.KindOf(err) != fault.Unavailable || !bytes.HasPrefix([]byte(err.Error()), []byte(want)) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(room(countrySize(), 1e12, "/tmp"), room(benchSize{People: benchPeople}, 12e9, "/tmp")); err != nil {
		t.Error(err)
	}
}
