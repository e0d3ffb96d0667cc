package csvfile

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
		t.catastrophes = append(t.catastrophes, *t.catastrophe(roster.EncodingInvalid, text.line, text.message))
		return nil
	}
	if _, ok := errors.AsType[*csv.ParseError](err); ok {
		t.refuse(roster.UnbalancedQuote, "The quotes of the header are not balanced.")
		return nil
	}
	return t.unreadable(err)
}

func (t *table) refuse(rule roster.Rule, message string) {
	t.catastrophes = append(t.catastrophes, *t.catastrophe(rule, 1, message))
}

func (t *table) findColumns() {
	if strings.Contains(strings.Join(t.header, ""), "\r") {
		t.refuse(roster.HeaderMissing, "The lines end with a carriage return alone; they must end with CR LF or LF.")
		return
	}
	for i, name := range t.header {
		name = strings.TrimSpace(strings.TrimLeft(name, byteOrderMark)) // some mark a file twice
		t.header[i] = name
		if name != "" && slices.Contains(t.header[:i], name) {
			t.refuse(roster.HeaderDuplicate, fmt.Sprintf("The column %q is there twice.", name))
		}
	}
	used := make([]bool, len(t.header)) // by position in the header
	for i := range t.file.Columns {
		t.place(&t.file.Columns[i], used)
	}
	for i, name := range t.header {
		if !used[i] && !slices.Contains(t.header[:i], name) {
			t.unknown = append(t.unknown, name)
		}
	}
	if !slices.Contains(used, true) {
		t.refuse(roster.HeaderMissing, t.noHeader())
		return
	}
	t.checkNeeds()
	t.checkOrder()
}

// place finds a column in the header: by its own name, or else by an alias.
func (t *table) place(c *Column, used []bool) {
	at := slices.Index(t.header, c.Header)
	if at < 0 && t.file.lenient() {
		at = slices.IndexFunc(t.header, func(name string) bool { return t.isAlias(c, name) })
	}
	if at < 0 {
		return
	}
	used[at] = true
	t.found = append(t.found, foundColumn{column: c, at: at})
	if !c.Unread {
		t.fields = append(t.fields, c.Field)
		t.cells = append(t.cells, at)
		t.at[c.Field] = at
		if c.Form != nil {
			t.formed = append(t.formed, formed{field: c.Field, form: c.Form})
		}
	}
}

// isAlias reports whether a header is an alias of a column, and not the name of
// another.
func (t *table) isAlias(c *Column, name string) bool {
	if slices.ContainsFunc(t.file.Columns, func(other Column) bool { return other.Header == name }) {
		return false
	}
	return strings.EqualFold(name, c.Header) ||
		slices.ContainsFunc(c.Also, func(also string) bool { return strings.EqualFold(also, name) })
}

func (t *table) checkNeeds() {
	for i := range t.file.Columns {
		c := &t.file.Columns[i]
		if t.has(c) {
			continue
		}
		if c.Need == Required || c.Need == Expected && t.file.Strict {
			t.refuse(roster.HeaderMissing, t.missing(c))
		}
	}
}

// checkOrder refuses another order than the standard's where that is strict.
func (t *table) checkOrder() {
	if t.file.Strict && !t.ordered() {
		t.refuse(roster.HeaderMissing, fmt.Sprintf("The columns stand in another order than that of %s.", t.file.Standard))
	}
}

// ordered reports whether the columns stand in the order of the format.
func (t *table) ordered() bool {
	return slices.IsSortedFunc(t.found, func(a, b foundColumn) int { return a.at - b.at })
}

func (t *table) has(c *Column) bool {
	return slices.ContainsFunc(t.found, func(f foundColumn) bool { return f.column == c })
}

// noHeader says why the first line has no column that the format knows.
func (t *table) noHeader() string {
	line := strings.Join(t.header, ",")
	for _, separator := range []struct{ sign, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if first, _, found := strings.Cut(line, separator.sign); found && t.knows(strings.TrimSpace(first)) {
			return fmt.Sprintf("The columns are separated by %s; they must be separated by commas.", separator.name)
		}
	}
	for i := range t.file.Columns {
		if c := &t.file.Columns[i]; t.nearMiss(c) != "" {
			return t.missing(c)
		}
	}
	return fmt.Sprintf("The first line is no header; it must name the columns, among them %q.", t.file.Columns[0].Header)
}

func (t *table) missing(c *Column) string {
	if name := t.nearMiss(c); name != "" {
		return fmt.Sprintf("The column %q is missing; found %q, and headers are case-sensitive.", c.Header, name)
	}
	return fmt.Sprintf("The column %q is missing.", c.Header)
}

// nearMiss returns a header that differs from a column's only in case, or "".
func (t *table) nearMiss(c *Column) string {
	for _, name := range t.unknown {
		if strings.EqualFold(name, c.Header) {
			return name
		}
	}
	return ""
}

func (t *table) knows(header string) bool {
	return slices.ContainsFunc(t.file.Columns, func(c Column) bool { return strings.EqualFold(c.Header, header) })
}

// reportHeader reports what is odd about the header and does no harm.
func (t *table) reportHeader(b *roster.Builder) {
	t.reportUnknown(b)
	if !t.file.lenient() {
		return
	}
	t.reportNames(b)
	if !t.ordered() {
		t.deviate(b, "", fmt.Sprintf("The columns stand in another order than that of %s.", t.file.Standard))
	}
	for i := range t.file.Columns {
		if c := &t.file.Columns[i]; c.Need == Expected && !t.has(c) {
			t.deviate(b, c.Header, fmt.Sprintf("The column %q is missing; %s asks for it, and Homeroom does without.", c.Header, t.file.Standard))
		}
	}
}

// reportNames reports the columns that were found by another name than the
// standard's. Those that differ only in case are of one kind.
func (t *table) reportNames(b *roster.Builder) {
	var cased []string
	for i, f := range t.found {
		name, known := t.header[f.at], f.column.Header
		switch {
		case i > 0 && f.at == t.found[i-1].at: // one column for two fields
		case name == known:
		case strings.EqualFold(name, known):
			cased = append(cased, fmt.Sprintf("%q", name))
		default:
			t.deviate(b, known, fmt.Sprintf("The column %q was read as %q, its name in %s.", name, known, t.file.Standard))
		}
	}
	if len(cased) > 0 {
		b.Report(roster.Problem{
			Rule: roster.NotStandard, Severity: roster.Warning, File: t.file.Name, Line: 1, Count: several(len(cased)),
			Message: fmt.Sprintf("Columns were read whose names %s writes in another case: %s.", t.file.Standard, strings.Join(cased, ", ")),
		})
	}
}

// several returns a count for a problem, which has none when it stands for one.
func several(n int) int {
	if n == 1 {
		return 0
	}
	return n
}

func (t *table) deviate(b *roster.Builder, header, message string) {
	b.Deviate(message, roster.Problem{
		Rule: roster.NotStandard, Severity: roster.Warning, File: t.file.Name, Line: 1, Field: header, Message: message,
	})
}

// reportUnknown reports the columns that are passed over, in one problem.
func (t *table) reportUnknown(b *roster.Builder) {
	var names []string
	for _, name := range t.unknown {
		if t.file.Free != "" && strings.HasPrefix(name, t.file.Free) {
			continue
		}
		quoted := fmt.Sprintf("%q", name)
		if name == "" {
			quoted = "one without a name"
		} else if t.knows(name) {
			quoted += " (misspelled: headers are case-sensitive)"
		}
		names = append(names, quoted)
	}
	if len(names) == 0 {
		return
	}
	b.Report(roster.Problem{
		Rule: roster.HeaderUnknown, Severity: roster.Warning, File: t.file.Name, Line: 1, Count: several(len(names)),
		Message: fmt.Sprintf("Columns that the format does not know are not read: %s.", strings.Join(names, ", ")),
	})
}
