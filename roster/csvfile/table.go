package csvfile

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
)

const (
	bufferSize  = 64 << 10 // bytes read at once
	rowsBetween = 4096     // looks at the context
)

// table reads one file. It is asked by the Builder where a field stands.
type table struct {
	file    File
	source  io.Closer
	text    *textReader
	csv     *csv.Reader
	header  []string
	found   []foundColumn  // in the order of the format
	fields  []roster.Field // those that the file has
	cells   []int          // by position in fields: the cell in the record
	formed  []formed       // those whose values have a form
	at      map[roster.Field]int
	unknown []string // headers that the format does not know

	catastrophes []roster.Problem // of the header

	record []string // read last
}

// foundColumn is a column and its position in the header.
type foundColumn struct {
	column *Column
	at     int
}

// formed is a cell whose value is read in a form. It remembers the last value:
// mostly the next is the same.
type formed struct {
	field roster.Field
	form  Form
	at    int // position in the record

	last, became string
	remark       *roster.Remark
}

// openTable opens a file and reads its header.
func openTable(snapshot roster.Snapshot, f File) (*table, error) {
	source, err := snapshot.Open(f.Name)
	if err != nil {
		return nil, err
	}
	t := &table{file: f, source: source, text: &textReader{source: source}, at: make(map[roster.Field]int)}
	t.csv = csv.NewReader(bufio.NewReaderSize(t.text, bufferSize))
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	if err := t.readHeader(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *table) close() { _ = t.source.Close() } // only read: nothing is lost

// Header returns the header of a field.
func (t *table) Header(f roster.Field) string {
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

// Column returns where the cell of a field begins in its line.
func (t *table) Column(f roster.Field) int {
	cell, ok := t.at[f]
	if !ok || cell >= len(t.record) {
		return 0
	}
	_, column := t.csv.FieldPos(cell)
	return column
}

// read gives all rows to the builder.
func (t *table) read(ctx context.Context, b *roster.Builder) error {
	t.reportHeader(b)
	if err := t.rows(ctx, b); err != nil {
		return err
	}
	if b.Rows() == 0 && !b.Failed() {
		t.reportEmpty(b)
	}
	return nil
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
	b.Report(p)
}

func (t *table) rows(ctx context.Context, b *roster.Builder) error {
	row := roster.NewRow(t.fields, t)
	for n := 1; ; n++ {
		if n%rowsBetween == 0 && ctx.Err() != nil {
			return fault.Wrap(ctx.Err(), fault.Canceled, "Reading the roster was stopped")
		}
		more, err := t.next(b, row)
		if !more || err != nil {
			return err
		}
	}
}

// next gives the next row to the builder and reports whether there may be more.
func (t *table) next(b *roster.Builder, row *roster.Row) (more bool, err error) {
	row.Fault = nil
	if t.record, err = t.csv.Read(); err != nil {
		if more, err = t.recover(b, row, err); !more || err != nil {
			return false, err
		}
	} else if row.Line, _ = t.csv.FieldPos(0); t.skip(b, row) {
		return true, nil
	}
	t.fill(row)
	t.file.Add(b, row)
	return true, nil
}

// recover looks at what stopped a row from being read. After a defect of that
// row alone there is more; the row then holds the cells before the defect.
func (t *table) recover(b *roster.Builder, row *roster.Row, cause error) (more bool, err error) {
	if errors.Is(cause, io.EOF) {
		return false, nil
	}
	if text, ok := errors.AsType[*textError](cause); ok {
		b.Report(t.catastrophe(roster.EncodingInvalid, text.line, text.message))
		return false, nil
	}
	bad, ok := errors.AsType[*csv.ParseError](cause)
	if !ok {
		return false, t.unreadable(cause)
	}
	if t.unclosed(bad) {
		b.Report(t.catastrophe(roster.UnbalancedQuote, bad.StartLine, "A quote that opens in this row never closes; nothing behind it can be read."))
		return false, nil
	}
	row.Line, row.Fault = bad.StartLine, quoteFault(bad)
	return true, nil
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

// skip reports whether a row has nothing in it, and finds a fault in one that has
// the wrong number of cells.
func (t *table) skip(b *roster.Builder, row *roster.Row) bool {
	if blankCell(t.record[0]) && blank(t.record) {
		b.Deviate("blank", roster.Problem{
			Rule: roster.RequiredValueMissing, Severity: roster.Warning, File: t.file.Name, Line: row.Line,
			Message: "A row without any value was passed over.", Remedy: "Remove the empty rows at the end of the export.",
		})
		return true
	}
	if len(t.record) != len(t.header) {
		row.Fault = &roster.RowFault{
			Rule:    roster.ColumnCountMismatch,
			Message: fmt.Sprintf("The row has %d values; the header has %d.", len(t.record), len(t.header)),
		}
	}
	return false
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

// fill puts the cells into the row.
func (t *table) fill(row *roster.Row) {
	for i, f := range t.fields {
		row.Set(f, t.cell(t.cells[i]))
	}
	for i := range t.formed {
		c := &t.formed[i]
		value := t.cell(c.at)
		if value == "" {
			continue
		}
		c.read(value)
		row.Set(c.field, c.became)
		if c.remark != nil {
			row.Remark(c.field, value, c.remark)
		}
	}
}

// cell returns a cell of the record, "" when the row is too short.
func (t *table) cell(at int) string {
	if at >= len(t.record) {
		return ""
	}
	return t.record[at]
}

// read reads a value as the format writes it.
func (c *formed) read(value string) {
	if value == c.last {
		return
	}
	trimmed := strings.TrimSpace(value)
	c.last, c.became = value, value // with its spaces, of which the builder tells
	became, remark := c.form(trimmed)
	if c.remark = remark; became != trimmed {
		c.became = became
	}
}

func (t *table) catastrophe(rule roster.Rule, line int, message string) roster.Problem {
	return roster.Problem{Rule: rule, Severity: roster.Catastrophic, File: t.file.Name, Line: line, Message: message}
}
