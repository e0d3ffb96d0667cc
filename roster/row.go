package roster

import (
	"slices"
	"strings"
)

// Row is one data row on its way from a format to the Builder. A format makes
// one for a file and fills it again for every row.
type Row struct {
	Line int // counted from 1
	// Fault is what makes the row unusable; nil for one that is in order. The
	// cells then hold what could still be read.
	Fault *RowFault

	fields  []Field // those that the file has
	cells   [fieldCount]string
	columns Columns
	several bool // the row runs over several lines and may have swallowed others
	remarks []rowRemark
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

// Columns tells of the row that was read last where a field stands. It is asked
// only when there is a problem.
type Columns interface {
	Header(Field) string // as the file spells it
	Column(Field) int    // of the first byte of the cell in its line, counted from 1; 0 when not known
}

// NewRow returns a row for a file that has the fields.
func NewRow(fields []Field, columns Columns) *Row {
	return &Row{fields: fields, columns: columns}
}

// Set gives a field its cell.
func (r *Row) Set(f Field, cell string) { r.cells[f] = cell }

// Remark notes what was found about the value of a field, as it stands in the
// file.
func (r *Row) Remark(f Field, value string, remark *Remark) {
	r.remarks = append(r.remarks, rowRemark{remark, f, value})
}

// Cell returns the cell of a field.
func (r *Row) Cell(f Field) string { return r.cells[f] }

// has reports whether the file has a field.
func (r *Row) has(f Field) bool { return slices.Contains(r.fields, f) }

// record names the record for people: by its own id, else by those that it relates.
func (r *Row) record() string {
	if r.has(ID) {
		return r.cells[ID]
	}
	var parts []string
	for _, f := range [...]Field{ClassField, PersonField, ContactField, OrgField} {
		if r.cells[f] != "" {
			parts = append(parts, r.cells[f])
		}
	}
	return strings.Join(parts, "/")
}
