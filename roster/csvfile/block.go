package csvfile

import "github.com/homeroomhq/homeroom/roster"

// blockRows is how many rows a block holds: few enough for the processor's cache.
const blockRows = 512

// block is rows of one table, one after the other. They are read by one goroutine
// and checked by another.
type block struct {
	table *table
	rows  []roster.Row
	blank []int   // lines of rows without any value
	end   *ending // nil: more blocks of the table follow

	cells   []string // of all rows
	columns []int32
}

// ending is how a table ends; the zero one is the end of the file.
type ending struct {
	catastrophe *roster.Problem // nothing behind it can be read
	err         error           // of the source
}

func (t *table) newBlock() *block {
	if b, ok := t.spare.Get().(*block); ok {
		b.rows, b.blank, b.cells, b.columns = b.rows[:0], b.blank[:0], b.cells[:0], b.columns[:0]
		return b
	}
	n := blockRows * len(t.fields)
	return &block{table: t, rows: make([]roster.Row, 0, blockRows), cells: make([]string, 0, n), columns: make([]int32, 0, n)}
}

// free gives a block back, to be filled again.
func (b *block) free() { b.table.spare.Put(b) }

func (b *block) full() bool { return len(b.rows) == blockRows || len(b.blank) == blockRows }

// add adds a row, of which there are the cells of a record.
func (b *block) add(line int, record []string) *roster.Row {
	t, first := b.table, len(b.cells)
	end := first + len(t.cells)
	b.cells, b.columns = b.cells[:end], b.columns[:end]
	cells, columns := b.cells[first:], b.columns[first:]
	for i, at := range t.cells {
		cells[i], columns[i] = "", 0
		if at < len(record) {
			_, column := t.csv.FieldPos(at)
			cells[i], columns[i] = record[at], int32(column)
		}
	}
	b.rows = b.rows[:len(b.rows)+1] // what was there is filled again
	row := &b.rows[len(b.rows)-1]
	row.Fill(t.layout, line, cells, columns)
	for i := range t.formed {
		t.formed[i].apply(row)
	}
	return row
}

// give gives all of a block to the builder.
func (b *block) give(to *roster.Builder) {
	t := b.table
	for _, line := range b.blank {
		to.Deviate("blank", roster.Problem{
			Rule: roster.RequiredValueMissing, Severity: roster.Warning, File: t.file.Name, Line: line,
			Message: "A row without any value was passed over.", Remedy: "Remove the empty rows at the end of the export.",
		})
	}
	to.Expect(b.rows)
	for i := range b.rows {
		t.file.Add(to, &b.rows[i])
	}
	if b.end != nil && b.end.catastrophe != nil {
		to.Report(*b.end.catastrophe)
	}
}
