package csvfile

import (
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
)

// Read reads files into a builder, in their order. The headers of all are looked
// at before the first row. An error means that the bytes could not be read, or
// that the context was done; all else is a problem.
//
// Rows are read in one goroutine and checked in another. The builder gets them in
// the order of the files all the same, so that nothing depends on which is faster.
func Read(ctx context.Context, b *roster.Builder, snapshot roster.Snapshot, files []File) error {
	return read(ctx, b, snapshot, files, ahead)
}

// read reads files into a builder. Rows are given to it as the pace has them read.
func read(ctx context.Context, b *roster.Builder, snapshot roster.Snapshot, files []File, pace func(iter.Seq[*block]) iter.Seq[*block]) error {
	tables := make([]*table, 0, len(files))
	for _, f := range files {
		t, err := openTable(snapshot, f)
		if err != nil {
			return err
		}
		defer t.close()
		for _, p := range t.catastrophes {
			b.Report(p)
		}
		tables = append(tables, t)
	}
	if b.Failed() {
		return nil
	}
	return give(ctx, b, pace(blocksOf(tables)))
}

// blocksOf yields the rows of tables.
func blocksOf(tables []*table) iter.Seq[*block] {
	return func(yield func(*block) bool) {
		for _, t := range tables {
			for b := range t.blocks {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// give gives blocks to a builder, and says what is to be said of their tables. A
// catastrophe in one table ends it before the next.
func give(ctx context.Context, to *roster.Builder, blocks iter.Seq[*block]) error {
	var current *table
	for b := range blocks {
		if ctx.Err() != nil {
			return fault.Wrap(ctx.Err(), fault.Canceled, "Reading the roster was stopped")
		}
		if b.table != current {
			if to.Failed() {
				return nil
			}
			current = b.table
			current.begin(to)
		}
		b.give(to)
		if b.end != nil && b.end.err != nil {
			return b.end.err
		}
		if b.end != nil {
			current.finish(to)
		}
		b.free()
	}
	return nil
}

// ReadAside reads a file that is about the delivery and holds no records.
func ReadAside(ctx context.Context, b *roster.Builder, snapshot roster.Snapshot, f File) error {
	t, err := openTable(snapshot, f)
	if err != nil {
		return err
	}
	defer t.close()
	for _, p := range t.catastrophes {
		b.Report(p)
	}
	if b.Failed() {
		return nil
	}
	t.aside = true
	return give(ctx, b, t.blocks)
}

// Header returns the first line of a file; nil when there is no such file, or
// when it cannot be read as CSV.
func Header(snapshot roster.Snapshot, name string) []string {
	at := slices.IndexFunc(snapshot.Names(), func(n string) bool { return strings.EqualFold(n, name) })
	if at < 0 {
		return nil
	}
	file, err := snapshot.Open(snapshot.Names()[at])
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // only read: nothing is lost
	header, err := csv.NewReader(&textReader{source: file}).Read()
	if err != nil {
		return nil
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	return header
}

// Present returns the files of a format that are there by name. It reports those
// that are missing, misspelled, or, unless they are among the ignored, of no use.
func Present(b *roster.Builder, files []File, names, ignored []string) []File {
	var present []File
	known := slices.Clone(ignored)
	for _, f := range files {
		name, found := named(names, f.Name)
		switch {
		case found && name == f.Name:
			present = append(present, f)
		case found && f.lenient():
			b.Deviate(f.Name, roster.Problem{
				Rule: roster.NotStandard, Severity: roster.Warning, File: name,
				Message: fmt.Sprintf("The file was read as %s, its name in %s.", f.Name, f.Standard),
			})
			f.Name = name
			present = append(present, f)
		case found:
			b.Report(roster.Problem{
				Rule: roster.FileNotFound, Severity: roster.Catastrophic, File: f.Name,
				Message: fmt.Sprintf("Found %q; names of files are case-sensitive.", name),
				Remedy:  fmt.Sprintf("Rename the file to %s.", f.Name),
			})
		case f.Required:
			b.Report(roster.Problem{
				Rule: roster.FileNotFound, Severity: roster.Catastrophic, File: f.Name,
				Message: "The file is missing; the format cannot do without it.",
			})
		}
		known = append(known, name)
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

// named returns the name that is spelled so, or, without one, the first that
// differs only in case.
func named(names []string, name string) (string, bool) {
	if slices.Contains(names, name) {
		return name, true
	}
	at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if at < 0 {
		return "", false
	}
	return names[at], true
}
