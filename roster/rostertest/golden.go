package rostertest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// outcome is how the names of sections begin that tell what comes of a delivery.
const outcome = "outcome"

// Tell reads a delivery and tells what comes of it, in the way that the rest of
// the name of the outcome asks for: "outcome strict" asks for strict reading.
type Tell func(t testing.TB, files Delivery, way string) string

// Golden compares every golden file of a folder with what comes of it. Files that
// a delivery does not give are those of base.txtar. Update writes what comes of it
// into the files.
func Golden(t *testing.T, folder string, update bool, tell Tell) {
	base := Parse(t, filepath.Join(folder, "base.txtar"))
	paths, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d golden files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive := Parse(t, path)
			for _, name := range outcomes(archive) {
				way := strings.TrimSpace(strings.TrimPrefix(name, outcome))
				got := tell(t, Deliver(base, archive), way)
				if update {
					replace(archive, name, got)
				} else if diff := cmp.Diff(string(section(archive, name)), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// outcomes returns the names of the outcomes that a golden file has, and that of
// the ordinary one at least.
func outcomes(a *txtar.Archive) []string {
	var names []string
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, outcome) {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		names = append(names, outcome)
	}
	return names
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func replace(a *txtar.Archive, name, text string) {
	at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if at < 0 {
		at = len(a.Files)
		a.Files = append(a.Files, txtar.File{Name: name})
	}
	a.Files[at].Data = []byte(text)
}
