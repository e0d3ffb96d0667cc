package csvfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
)

const bufferSize = 64 << 10 // bytes read at once

// table reads one file, whose lines become blocks of rows.
type table struct {
	file    File
	aside   bool // it is about the delivery and holds no records
	lines   int  // about how many there are
	source  io.Closer
	text    *textReader
	csv     *csv.Reader
	header  []string
	found   []foundColumn  // in the order of the format
	fields  []roster.Field // those that the file has
	cells   []int          // by position in fields: the cell in the record
	formed  []formed       // those whose values have a form
	layout  *roster.Layout
	at      map[roster.Field]int
	unknown []string // headers that the format does not know

	catastrophes []roster.Problem // of the header
	spare        sync.Pool        // of blocks
}

// foundColumn is a column and its position in the header.
type foundColumn struct {
	column *Column
	at     int
}

// openTable opens a file and reads its header.
func openTable(snapshot roster.Snapshot, f File) (*table, error) {
	source, err := snapshot.Open(f.Name)
	if err != nil {
		return nil, err
	}
	t := &table{file: f, lines: snapshot.Lines(f.Name), source: source, text: &textReader{source: source}, at: make(map[roster.Field]int)}
	t.csv = csv.NewReader(bufio.NewReaderSize(t.text, bufferSize))
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	if err := t.readHeader(); err != nil {
		t.close()
		return nil, err
	}
	t.layout = roster.NewLayout(t.fields, t.headerOf)
	return t, nil
}

func (t *table) close() { _ = t.source.Close() } // only read: nothing is lost

// headerOf returns the header of a field.
func (t *table) headerOf(f roster.Field) string {
	if at, ok := t.at[f]; ok {
		return t.header[at]
	}
	for _, c := range t.file.Columns {
		if c.Field == f && !c.Unread {
			return c.Header
		}
	}
	return ""
}

// blocks yields all rows.
func (t *table) blocks(yield func(*block) bool) {
	for more := true; more; {
		b := t.newBlock()
		for b.end == nil && !b.full() {
			t.next(b)
		}
		more = b.end == nil
		if !yield(b) {
			return
		}
	}
}

// next adds the next row to a block, or the end.
func (t *table) next(b *block) {
	record, err := t.csv.Read()
	if err != nil {
		t.recover(b, record, err)
		return
	}
	line, _ := t.csv.FieldPos(0)
	if blankCell(record[0]) && blank(record) {
		b.blank = append(b.blank, line)
		return
	}
	row := b.add(line, record)
	if len(record) != len(t.header) {
		row.Fault = &roster.RowFault{
			Rule: roster.ColumnCountMismatch, Message: t.mismatch(record),
		}
	}
}

// mismatch says how many values a row has. Commas at the end of the rows are the
// likely cause where the last value is blank, but not the only one: a comma without
// quotes before them moves the others, too.
func (t *table) mismatch(record []string) string {
	n, most := len(record), len(t.header)
	switch {
	case n == 1:
		return fmt.Sprintf("The row has one value; the header has %d.", most)
	case n > most && blankCell(record[n-1]):
		return fmt.Sprintf("The row has %d values, the last one blank; the header has %d.", n, most)
	}
	return fmt.Sprintf("The row has %d values; the header has %d.", n, most)
}

func blank(record []string) bool {
	for _, cell := range record {
		if !blankCell(cell) {
			return false
		}
	}
	return true
}

// blankCell reports whether a cell has nothing in it, or only the character that
// some old systems end a file with.
func blankCell(cell string) bool { return cell == "\x1a" || strings.TrimSpace(cell) == "" }

// recover looks at what stopped a row from being read. A defect of that row alone
// leaves the cells before it; anything else is the end.
func (t *table) recover(b *block, record []string, cause error) {
	if errors.Is(cause, io.EOF) {
		b.end = &ending{}
		return
	}
	if text, ok := errors.AsType[*textError](cause); ok {
		b.end = &ending{catastrophe: t.catastrophe(roster.EncodingInvalid, text.line, text.message)}
		return
	}
	bad, ok := errors.AsType[*csv.ParseError](cause)
	if !ok {
		b.end = &ending{err: t.unreadable(cause)}
		return
	}
	if t.unclosed(bad) {
		b.end = &ending{catastrophe: t.catastrophe(roster.UnbalancedQuote, bad.StartLine, "A quote that opens in this row never closes; nothing behind it can be read.")}
		return
	}
	b.add(bad.StartLine, record).Fault = quoteFault(bad)
}

// unreadable keeps the sentence of a source that says what happened.
func (t *table) unreadable(cause error) error {
	if _, ok := errors.AsType[*fault.Error](cause); ok {
		return cause
	}
	return fault.Wrap(cause, fault.Internal, "%s cannot be read", t.file.Name)
}

// unclosed reports whether a quote ran to the end of the file: the defect is then
// behind the last byte, and not a quote before it.
func (t *table) unclosed(bad *csv.ParseError) bool {
	return errors.Is(bad.Err, csv.ErrQuote) && t.csv.InputOffset() == t.text.size && int64(bad.Column) >= t.text.lastLine()
}

func quoteFault(bad *csv.ParseError) *roster.RowFault {
	return &roster.RowFault{
		Rule: roster.UnbalancedQuote, Column: bad.Column, Several: bad.Line != bad.StartLine,
		Message: "A quote stands where none may be; the row cannot be read.",
	}
}

func (t *table) catastrophe(rule roster.Rule, line int, message string) *roster.Problem {
	return &roster.Problem{Rule: rule, Severity: roster.Catastrophic, File: t.file.Name, Line: line, Message: message}
}

// begin tells a builder of the table, before its rows.
func (t *table) begin(b *roster.Builder) {
	if !t.aside {
		b.File(t.file.Name, t.file.Required, t.lines)
	}
	t.reportHeader(b)
}

// finish tells a builder what is to be said after all rows.
func (t *table) finish(b *roster.Builder) {
	if !t.aside && b.Rows() == 0 && !b.Failed() {
		t.reportEmpty(b)
	}
}

// reportEmpty reports that a file has no rows, where it must have some or where
// its standard wants such a file to be left out.
func (t *table) reportEmpty(b *roster.Builder) {
	p := t.catastrophe(roster.EmptyFile, 0, "The file has a header and no rows.")
	if !t.file.Required && t.file.Standard == "" {
		return
	}
	if !t.file.Required {
		p.Message = fmt.Sprintf("The file has a header and no rows; %s leaves such a file out.", t.file.Standard)
		p.Remedy = "Check that the export is complete."
	}
	if !t.file.Required && !t.file.Strict {
		p.Severity = roster.Warning
	}
	b.Report(*p)
}
