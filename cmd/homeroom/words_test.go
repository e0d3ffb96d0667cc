package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the demonstration says to type is what works where it was started: a path,
// where it was called by one.
func TestNamedAsCalled(t *testing.T) {
	own := os.Args[0]
	t.Cleanup(func() { os.Args[0] = own })
	for called, typed := range map[string]string{
		"homeroom": "homeroom", "./homeroom": "./homeroom", "/opt/my tools/homeroom": `"/opt/my tools/homeroom"`,
	} {
		os.Args[0] = called
		var out bytes.Buffer
		if code := execute(t.Context(), []string{"demo", "--dir", filepath.Join(t.TempDir(), "demo")}, nil, &out, &out); code != exitDone {
			t.Fatalf("exit code %d: %s", code, &out)
		}
		for _, line := range []string{"\n$ " + typed + " sync ", "\n  " + typed + " directory ls ", "\n  " + typed + " plan "} {
			if !strings.Contains(out.String(), line) {
				t.Errorf("called %s, it does not say %q", called, line)
			}
		}
	}
}
