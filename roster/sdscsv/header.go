package sdscsv

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
)

// readHeader reads the first line and finds the columns. What makes the file
// unusable is kept in catastrophes.
func (t *table) readHeader() error {
	record, err := t.csv.Read()
	if err == nil {
		t.header = slices.Clone(record)
		t.findColumns()
		return nil
	}
	if errors.Is(err, io.EOF) {
		t.refuse(roster.HeaderMissing, "The file is empty; it has no header.")
		return nil
	}
	if text, ok := errors.AsType[*textError](err); ok {
		t.catastrophes = append(t.catastrophes, t.catastrophe(roster.EncodingInvalid, text.line, text.message))
		return nil
	}
	if _, ok := errors.AsType[*csv.ParseError](err); ok {
		t.refuse(roster.UnbalancedQuote, "The quotes of the header are not balanced.")
		return nil
	}
	return t.unreadable(err)
}

func (t *table) refuse(rule roster.Rule, message string) {
	t.catastrophes = append(t.catastrophes, t.catastrophe(rule, 1, message))
}

func (t *table) findColumns() {
	if strings.Contains(strings.Join(t.header, ""), "\r") {
		t.refuse(roster.HeaderMissing, "The lines end with a carriage return alone; they must end with CR LF or LF.")
		return
	}
	for i, name := range t.header {
		name = strings.TrimSpace(name)
		t.header[i] = name
		if name != "" && slices.Contains(t.header[:i], name) {
			t.refuse(roster.HeaderDuplicate, fmt.Sprintf("The column %q is there twice.", name))
			continue
		}
		at := slices.IndexFunc(t.file.columns, func(c column) bool { return c.header == name })
		if at < 0 {
			t.unknown = append(t.unknown, name)
			continue
		}
		field := t.file.columns[at].field
		t.fields = append(t.fields, field)
		t.cells = append(t.cells, i)
		t.at[field] = i
	}
	if len(t.fields) == 0 {
		t.refuse(roster.HeaderMissing, t.noHeader())
		return
	}
	for _, c := range t.file.columns {
		if _, found := t.at[c.field]; c.required && !found {
			t.refuse(roster.HeaderMissing, t.missing(c))
		}
	}
}

// noHeader says why the first line has no column that the format knows.
func (t *table) noHeader() string {
	line := strings.Join(t.header, ",")
	for _, separator := range []struct{ sign, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if first, _, found := strings.Cut(line, separator.sign); found && t.knows(strings.TrimSpace(first)) {
			return fmt.Sprintf("The columns are separated by %s; they must be separated by commas.", separator.name)
		}
	}
	for _, c := range t.file.columns {
		if name, found := t.nearMiss(c); found {
			return fmt.Sprintf("The column %q is missing; found %q, and headers are case-sensitive.", c.header, name)
		}
	}
	return fmt.Sprintf("The first line is no header; it must name the columns, among them %q.", t.file.columns[0].header)
}

func (t *table) missing(c column) string {
	if name, found := t.nearMiss(c); found {
		return fmt.Sprintf("The column %q is missing; found %q, and headers are case-sensitive.", c.header, name)
	}
	return fmt.Sprintf("The column %q is missing.", c.header)
}

// nearMiss returns a header that differs from a column's only in case.
func (t *table) nearMiss(c column) (string, bool) {
	for _, name := range t.unknown {
		if strings.EqualFold(name, c.header) {
			return name, true
		}
	}
	return "", false
}

func (t *table) knows(header string) bool {
	return slices.ContainsFunc(t.file.columns, func(c column) bool { return strings.EqualFold(c.header, header) })
}

// reportUnknown reports the columns that are passed over, in one problem.
func (t *table) reportUnknown(b *roster.Builder) {
	if len(t.unknown) == 0 {
		return
	}
	names := make([]string, len(t.unknown))
	for i, name := range t.unknown {
		names[i] = fmt.Sprintf("%q", name)
		if t.knows(name) {
			names[i] += " (misspelled: headers are case-sensitive)"
		}
	}
	count := 0
	if len(names) > 1 {
		count = len(names)
	}
	b.Report(roster.Problem{
		Rule: roster.HeaderUnknown, Severity: roster.Warning, File: t.file.name, Line: 1, Count: count,
		Message: fmt.Sprintf("Columns that the format does not know are not read: %s.", strings.Join(names, ", ")),
	})
}
