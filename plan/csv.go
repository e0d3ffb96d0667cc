package plan

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// byteOrderMark begins a CSV file, or else Excel takes it for another encoding.
const byteOrderMark = "\ufeff"

// WriteCSV writes a plan as a table for people: a row for each value that a step
// sets and for each owner and member whom it adds, removes or releases; one row for
// a step without any. names gives what objects are called, "" for those that it does
// not know; it may be nil. The rows come in the order of the steps and are written
// one after the other.
func WriteCSV(w io.Writer, p *Plan, names func(directory.Kind, string) string) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	t := table{out: csv.NewWriter(w), plan: p, names: names}
	t.write("seq", "action", "kind", "key", "name", "organization", "organizationName", "change", "attribute", "from", "to",
		"person", "flowSet", "record", "held", "outcome", "message")
	for step, err := range p.All() {
		if err != nil {
			return err
		}
		t.step(&step)
		if err := t.out.Error(); err != nil {
			return err
		}
	}
	t.out.Flush()
	return t.out.Error()
}

// table writes the rows of a plan.
type table struct {
	out   *csv.Writer
	plan  *Plan
	names func(directory.Kind, string) string
}

// write writes a row; the writer keeps the first error.
func (t *table) write(cells ...string) {
	for i := range cells {
		cells[i] = inert(clean(cells[i]))
	}
	_ = t.out.Write(cells)
}

// inert makes text of what a spreadsheet would take for a formula: a roster's names
// are not to be carried out.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// cell is what differs between the rows of a step.
type cell struct{ change, attribute, from, to, person string }

func (t *table) step(s *Step) {
	rows := t.cells(s)
	if len(rows) == 0 {
		rows = []cell{{}}
	}
	held, record := "", ""
	if s.Held != nil {
		held = s.Held.Rule
	}
	if len(s.Why) > 0 {
		record = s.Why[0].Record
	}
	var outcome Outcome
	if t.plan.Outcome != nil {
		outcome = t.plan.Outcome(s)
	}
	for _, c := range rows {
		t.write(strconv.Itoa(s.Seq), string(s.Action), string(s.Kind), s.Key, called(t.names, s), s.Org, t.plan.Orgs[s.Org],
			c.change, c.attribute, c.from, c.to, c.person, s.flowSets(), record, held, string(outcome.Status), outcome.Message)
	}
}

// cells returns the rows of a step.
func (t *table) cells(s *Step) []cell {
	var rows []cell
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		d := s.Set[name]
		c := cell{change: "set", attribute: name}
		if d.From != "" {
			c.from = shown(name, d.From)
		}
		if d.To != "" {
			c.to = shown(name, d.To)
		} else {
			c.change = "clear"
		}
		rows = append(rows, c)
	}
	people := func(change, what string, keys []string) {
		for _, key := range keys {
			c := cell{change: change, attribute: what}
			if change == "add" {
				c.to = key
			} else {
				c.from = key
			}
			if t.names != nil {
				c.person = t.names(directory.User, key)
			}
			rows = append(rows, c)
		}
	}
	people("add", "owner", s.Owners.Add)
	people("add", "member", s.Members.Add)
	people("remove", "owner", s.Owners.Remove)
	people("remove", "member", s.Members.Remove)
	if s.Released != nil {
		people("release", "owner", s.Released.Owners)
		people("release", "member", s.Released.Members)
	}
	return rows
}

// called returns what a step's object is called, by the step itself or else by names,
// which may be nil.
func called(names func(directory.Kind, string) string, s *Step) string {
	if name := s.Set[directory.DisplayName].To; name != "" {
		return name
	}
	if names == nil {
		return ""
	}
	return names(s.Kind, s.Key)
}
