package district

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// mistake is a kind of defect in a file, and what a reader makes of it.
type mistake struct {
	rule     string // a rule of checking (domain page B.3)
	severity string // error or warning
	column   string // the header; none for the whole row
	bad      string // the cell afterwards
	defect   defect
	empty    string // the header of a cell that must be empty; none for a mistake that suits every row
}

// fits reports whether a row can have the mistake.
func (m mistake) fits(header, row []string) bool {
	return m.empty == "" || row[slices.Index(header, m.empty)] == ""
}

// defect is what is done to a row.
type defect int

const (
	badCell   defect = iota
	twice            // the row is there once more
	otherCase        // and its id is in lower case
	tooShort         // the last cell is missing
	tooLong          // there is a cell too many
)

// planted is a mistake in its place.
type planted struct {
	mistake
	file, record string
	line         int
}

// mistakes are those of a roster.
type mistakes struct {
	path  string // of the list
	found []planted
}

// plant plants mistakes into the tables.
func plant(ctx context.Context, p *pace, dir string, d *district, o Options, tables []table) (*mistakes, error) {
	m := &mistakes{path: MistakesFile(dir)}
	rows := make([]int, len(tables)) // that can have mistakes
	all := 0
	for i, t := range tables {
		if len(kindsIn(o.Format, t.name)) == 0 {
			continue
		}
		var err error
		if rows[i], err = count(ctx, p, t.rows); err != nil {
			return nil, err
		}
		all += rows[i]
	}
	if o.Mistakes > all {
		return nil, fault.New(fault.Invalid, "%d mistakes cannot be planted: a row takes one, and there are %d rows for them.", o.Mistakes, all)
	}
	for i, n := range spread(o.Mistakes, rows) {
		if n > 0 {
			hits := newDraw(d.chance, drawMistakes+i, rows[i], n, 0)
			kinds := kindsIn(o.Format, tables[i].name)
			tables[i].rows = m.into(tables[i], kinds, d.chance.pick(askMistake, i, len(kinds)), hits)
		}
	}
	return m, nil
}

// spread gives every file as many mistakes as the others, or one for each row.
func spread(n int, rows []int) []int {
	shares := make([]int, len(rows))
	for n > 0 {
		for i := range rows {
			if n > 0 && shares[i] < rows[i] {
				shares[i]++
				n--
			}
		}
	}
	return shares
}

// into returns the rows of a table with mistakes in those that are hit, of each
// kind in turn.
func (m *mistakes) into(t table, kinds []mistake, turn int, hits draw) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		line, index := 2, 0
		for row := range t.rows {
			hit := hits.picks(index)
			index++
			if !hit {
				if line++; !yield(row) {
					return
				}
				continue
			}
			for !kinds[turn%len(kinds)].fits(t.header, row) {
				turn++
			}
			kind := kinds[turn%len(kinds)]
			turn++
			result := kind.apply(t.header, row)
			last := len(result) - 1
			m.found = append(m.found, planted{kind, t.name, recordOf(t.header, result[last]), line + last})
			for _, r := range result {
				line += 1 + strings.Count(strings.Join(r, ""), "\n")
				if !yield(r) {
					return
				}
			}
		}
	}
}

// apply returns what stands instead of a row; the last of it has the mistake.
func (m mistake) apply(header, row []string) [][]string {
	bad := slices.Clone(row)
	switch m.defect {
	case twice:
		return [][]string{row, bad}
	case otherCase:
		bad[0] = strings.ToLower(bad[0])
		return [][]string{row, bad}
	case tooShort:
		return [][]string{bad[:len(bad)-1]}
	case tooLong:
		return [][]string{append(bad, "")}
	default:
		bad[slices.Index(header, m.column)] = m.bad
		return [][]string{bad}
	}
}

// recordOf names a record by its own id, or by those that it relates.
func recordOf(header, row []string) string {
	if header[0] == "sourcedId" {
		return row[0]
	}
	var parts []string
	for _, name := range []string{"classSourcedId", "userSourcedId", "relationshipUserSourcedId", "orgSourcedId"} {
		if at := slices.Index(header, name); at >= 0 && at < len(row) && row[at] != "" {
			parts = append(parts, row[at])
		}
	}
	return strings.Join(parts, "/")
}

// list returns the list of the mistakes, to be written after the tables.
func (m *mistakes) list() table {
	return table{m.path, []string{"file", "line", "column", "rule", "severity", "record"}, func(yield func([]string) bool) {
		for _, p := range m.found {
			if !yield([]string{p.file, strconv.Itoa(p.line), p.column, p.rule, p.severity, p.record}) {
				return
			}
		}
	}}
}
