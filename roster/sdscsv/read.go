package sdscsv

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
)

// Detect reports whether the files look like SDS V2.1, be it with faults: one of
// the ten files is there by name, in any case, and no manifest, which would make
// it OneRoster.
func Detect(snapshot roster.Snapshot) bool {
	found := false
	for _, name := range snapshot.Names() {
		if strings.EqualFold(name, "manifest.csv") {
			return false
		}
		found = found || slices.ContainsFunc(files(), func(f file) bool { return strings.EqualFold(f.name, name) })
	}
	return found
}

// Read reads a snapshot into a roster that is checked against the lists of
// values, and returns the problems that it found. With a catastrophic one there
// is no roster. An error means that the bytes could not be read, or that the
// context was done.
func Read(ctx context.Context, snapshot roster.Snapshot, codes *roster.Codes) (*roster.Roster, []roster.Problem, error) {
	b := roster.NewBuilder(codes)
	present := checkNames(b, snapshot.Names())
	tables := make([]*table, 0, len(present))
	for _, f := range present {
		t, err := openTable(snapshot, f)
		if err != nil {
			return nil, nil, err
		}
		defer t.close()
		for _, p := range t.catastrophes {
			b.Report(p)
		}
		tables = append(tables, t)
	}
	for _, t := range tables {
		if b.Failed() {
			break
		}
		if err := t.read(ctx, b, snapshot.Lines(t.file.name)); err != nil {
			return nil, nil, err
		}
	}
	r, problems := b.Build(Format, snapshot.SHA256())
	return r, problems, nil
}

// checkNames returns the files that are there and reports those that are
// missing, misspelled, or of no use.
func checkNames(b *roster.Builder, names []string) []file {
	var present []file
	var known []string
	for _, f := range files() {
		if slices.Contains(names, f.name) {
			present = append(present, f)
			known = append(known, f.name)
			continue
		}
		if at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, f.name) }); at >= 0 {
			known = append(known, names[at])
			b.Report(roster.Problem{
				Rule: roster.FileNotFound, Severity: roster.Catastrophic, File: f.name,
				Message: fmt.Sprintf("Found %q; names of files are case-sensitive.", names[at]),
				Remedy:  fmt.Sprintf("Rename the file to %s.", f.name),
			})
			continue
		}
		if f.required {
			b.Report(roster.Problem{
				Rule: roster.FileNotFound, Severity: roster.Catastrophic, File: f.name,
				Message: "The file is missing; the format cannot do without it.",
			})
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			b.Report(roster.Problem{
				Rule: roster.InvalidFileFormat, Severity: roster.Warning, File: name,
				Message: "The file is no part of the format and is not read.",
				Remedy:  "Remove the file, or correct its name.",
			})
		}
	}
	return present
}
