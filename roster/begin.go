package roster

import (
	"fmt"
	"strings"
)

const (
	longestValue = 4096       // bytes of a cell
	mostText     = 4095 << 20 // bytes of all texts that a roster holds: a Text has 32 bits
)

// begin counts a row, looks at its cells and reports whether it can be used.
// What cannot be read of it is blank afterwards.
func (b *Builder) begin(row *Row) bool {
	b.roster.Files[b.file].Rows++
	b.left = max(b.left-1, 0)
	if b.roster.arena.size() >= mostText {
		b.overflow()
		return false
	}
	ok := true
	if row.Fault != nil {
		b.reportFault(row)
		ok = false
	}
	if !row.plain && !b.cleanAll(row) {
		ok = false
	}
	if len(row.remarks) > 0 && !b.heed(row) {
		ok = false
	}
	return ok
}

// heed reports the remarks about a row and reports whether it can be used.
func (b *Builder) heed(row *Row) bool {
	ok := true
	for _, r := range row.remarks {
		p := b.describe(row, r.field, r.Rule, r.Severity, r.Message)
		p.Value = shown(r.field, r.value)
		if r.Deviation {
			b.Deviate(r.Message, p)
			continue
		}
		b.Report(p)
		row.Set(r.field, "")
		ok = ok && r.Severity == Warning
	}
	row.remarks = row.remarks[:0]
	return ok
}

func (b *Builder) overflow() {
	if !b.found.catastrophic {
		b.found.add(b.file, Problem{
			Rule: InvalidFileFormat, Severity: Catastrophic, File: b.roster.Files[b.file].Name,
			Message: "The roster holds more than 4 GiB of names and ids.", Remedy: "Split the roster.",
		})
	}
}

func (b *Builder) reportFault(row *Row) {
	row.several = row.Fault.Several
	if b.found.full(b.file, row.Fault.Rule) {
		return
	}
	b.found.add(b.file, Problem{
		Rule: row.Fault.Rule, Severity: Error,
		File: b.roster.Files[b.file].Name, Line: row.Line, Column: row.Fault.Column,
		Record: shorten(row.record()), Message: row.Fault.Message,
	})
}

func (b *Builder) cleanAll(row *Row) bool {
	ok := true
	for _, f := range row.layout.fields {
		if row.Cell(f) != "" && !b.clean(row, f) {
			ok = false
		}
	}
	return ok
}

// clean checks one cell for what no field may hold. A cell that it refuses is
// blank afterwards: an id that is damaged is not the id of a record.
func (b *Builder) clean(row *Row, f Field) bool {
	value := row.Cell(f)
	if space(value[0]) || space(value[len(value)-1]) {
		b.trim(row, f)
		value = row.Cell(f)
	}
	if most := f.longest(); len(value) > most {
		b.fail(row, f, ValueTooLong, fmt.Sprintf("The value is %d bytes long; %d is the most.", len(value), most))
		row.Set(f, "")
		return false
	}
	for i := range len(value) {
		if control(value[i]) {
			return b.cleanControl(row, f)
		}
	}
	return true
}

func (b *Builder) cleanControl(row *Row, f Field) bool {
	value := row.Cell(f)
	switch {
	case strings.ContainsAny(value, "\r\n"):
		row.several = true
		b.fail(row, f, LineBreakInValue, "The value holds a line break.")
	case f.identifier():
		b.fail(row, f, InvalidIdentifier, "The id holds a control character.")
	default:
		return true
	}
	row.Set(f, "")
	return false
}

// trim removes the spaces around a value. Text keeps them, unless it is nothing
// else.
func (b *Builder) trim(row *Row, f Field) {
	value := strings.Trim(row.Cell(f), " \t")
	if f.text() {
		if value == "" {
			row.Set(f, "")
		}
		return
	}
	if value != "" {
		b.Deviate("space", b.describe(row, f, SpaceAroundValue, Warning, "Spaces around values were removed."))
	}
	row.Set(f, value)
}

func space(c byte) bool { return c == ' ' || c == '\t' }

func control(c byte) bool { return c < ' ' || c == 0x7f }
