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
	row.several = false
	if row.Fault != nil {
		b.reportFault(row)
		ok = false
	}
	for _, f := range row.fields {
		if row.cells[f] != "" && !b.clean(row, f) {
			ok = false
		}
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
		row.cells[r.field] = ""
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

// clean checks one cell for what no field may hold. A cell that it refuses is
// blank afterwards: an id that is damaged is not the id of a record.
func (b *Builder) clean(row *Row, f Field) bool {
	value := row.cells[f]
	if space(value[0]) || space(value[len(value)-1]) {
		b.trim(row, f)
		value = row.cells[f]
	}
	if most := f.longest(); len(value) > most {
		b.fail(row, f, ValueTooLong, fmt.Sprintf("The value is %d bytes long; %d is the most.", len(value), most))
		row.cells[f] = ""
		return false
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] == 0x7f {
			return b.cleanControl(row, f)
		}
	}
	return true
}

func (b *Builder) cleanControl(row *Row, f Field) bool {
	value := row.cells[f]
	switch {
	case strings.ContainsAny(value, "\r\n"):
		row.several = true
		b.fail(row, f, LineBreakInValue, "The value holds a line break.")
	case f.identifier():
		b.fail(row, f, InvalidIdentifier, "The id holds a control character.")
	default:
		return true
	}
	row.cells[f] = ""
	return false
}

// trim removes the spaces around a value. Text keeps them, unless it is nothing
// else.
func (b *Builder) trim(row *Row, f Field) {
	value := strings.Trim(row.cells[f], " \t")
	if f.text() {
		if value == "" {
			row.cells[f] = ""
		}
		return
	}
	if value != "" {
		b.Deviate("space", b.describe(row, f, SpaceAroundValue, Warning, "Spaces around values were removed."))
	}
	row.cells[f] = value
}

func space(c byte) bool { return c == ' ' || c == '\t' }
