package roster

import "strings"

// Layout is what the rows of a file have in common: the fields that the file has.
// It does not change.
type Layout struct {
	fields  []Field
	at      [fieldCount]int8 // position in fields, counted from 1; 0 for those that are not there
	headers [fieldCount]string
}

// NewLayout returns the layout of a file. Header tells how the file spells a
// field, or would.
func NewLayout(fields []Field, header func(Field) string) *Layout {
	l := &Layout{fields: fields}
	for i, f := range fields {
		l.at[f] = int8(i + 1)
	}
	for f := range fieldCount {
		l.headers[f] = header(f)
	}
	return l
}

// Row is one data row on its way from a format to the Builder. A format can fill
// rows in another goroutine than the Builder's.
type Row struct {
	Line int // counted from 1
	// Fault is what makes the row unusable; nil for one that is in order. The
	// cells then hold what could still be read.
	Fault *RowFault

	layout  *Layout
	cells   []string // by position in the layout
	columns []int32  // where the cells begin
	plain   bool     // no cell needs a closer look
	several bool     // the row runs over several lines and may have swallowed others
	remarks []rowRemark
}

// Fill makes it a row of a file, without fault or remark. Cells and columns stand
// in the order of the layout's fields; a column tells where in its line the cell
// begins, counted from 1, and is 0 when that is not known. The row keeps both
// slices.
func (r *Row) Fill(layout *Layout, line int, cells []string, columns []int32) {
	r.Line, r.Fault = line, nil
	r.layout, r.cells, r.columns = layout, cells, columns
	r.plain, r.several = true, false
	for _, cell := range cells {
		r.plain = r.plain && plain(cell)
	}
	r.remarks = r.remarks[:0]
}

// plain reports whether a cell has nothing that clean would have to look at.
func plain(cell string) bool {
	if cell == "" {
		return true
	}
	if len(cell) > longestValue || space(cell[0]) || space(cell[len(cell)-1]) {
		return false
	}
	for i := range len(cell) {
		if control(cell[i]) {
			return false
		}
	}
	return true
}

// Remark is what a format found about one value.
type Remark struct {
	Rule      Rule
	Severity  Severity // of a value that is refused: a warning blanks it, an error drops the row
	Deviation bool     // the value is not refused, only written in another way than the format's
	Message   string   // a sentence; those that are equal are of one kind
}

type rowRemark struct {
	*Remark
	field Field
	value string // as it stands in the file
}

// RowFault is a defect of a whole row: its quotes or the number of its cells.
type RowFault struct {
	Rule    Rule
	Column  int // of the defect in the line, counted from 1; 0 for the whole row
	Message string
	Several bool // the row ran over several lines and may have swallowed others
}

// Remark notes what was found about the value of a field, as it stands in the
// file.
func (r *Row) Remark(f Field, value string, remark *Remark) {
	r.remarks = append(r.remarks, rowRemark{remark, f, value})
}

// Cell returns the cell of a field, "" for a field that the file does not have.
func (r *Row) Cell(f Field) string {
	if at := r.layout.at[f]; at > 0 {
		return r.cells[at-1]
	}
	return ""
}

// Set changes the cell of a field that the file has.
func (r *Row) Set(f Field, cell string) {
	r.cells[r.layout.at[f]-1] = cell
	r.plain = r.plain && plain(cell)
}

// header returns how the file spells a field.
func (r *Row) header(f Field) string { return r.layout.headers[f] }

// column returns where in its line the cell of a field begins; 0 when that is not
// known.
func (r *Row) column(f Field) int {
	if at := r.layout.at[f]; at > 0 {
		return int(r.columns[at-1])
	}
	return 0
}

// has reports whether the file has a field.
func (r *Row) has(f Field) bool { return r.layout.at[f] > 0 }

// record names the record for people: by its own id, else by those that it relates.
func (r *Row) record() string {
	if r.has(ID) {
		return r.Cell(ID)
	}
	var parts []string
	for _, f := range [...]Field{ClassField, PersonField, ContactField, OrgField} {
		if id := r.Cell(f); id != "" {
			parts = append(parts, id)
		}
	}
	return strings.Join(parts, "/")
}
