package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// problemsAt returns what was found about the row at a place.
func (x *Explainer) problemsAt(rec roster.Record) []Reason {
	if rec == 0 {
		return nil
	}
	file, line := x.roster.Files[rec.File()].Name, rec.Line()
	return x.problems(func(p *roster.Problem) bool { return p.File == file && p.Line == line })
}

// problemsOf returns what was found about a record that is in the roster: about
// its own row, and about others that have its id.
func (x *Explainer) problemsOf(rec roster.Record, others []Reason) []Reason {
	reasons := x.problemsAt(rec)
	for _, r := range others {
		if !slices.Contains(reasons, r) {
			reasons = append(reasons, r)
		}
	}
	return reasons
}

// droppedBy returns why the record with an id is not in the roster although a row
// has it. The record's noun is told by the file in which others of it stand.
func (x *Explainer) droppedBy(id string, files ...string) []Reason {
	return x.problems(func(p *roster.Problem) bool {
		return p.Severity == roster.Error && p.Record == id && (len(files) == 0 || slices.Contains(files, p.File))
	})
}

func (x *Explainer) problems(about func(*roster.Problem) bool) []Reason {
	var reasons []Reason
	for i := range x.Problems {
		if p := &x.Problems[i]; about(p) {
			reasons = append(reasons, reasonOf(x, p))
		}
	}
	return reasons
}

func reasonOf(x *Explainer, p *roster.Problem) Reason {
	text := p.Message
	if p.Field != "" {
		text = p.Field + ": " + text
	}
	where := p.File
	if p.Line > 0 {
		where = x.where(x.record(p))
	}
	return say("%s", text).by(string(p.Rule)).at(where).todo(p.Remedy)
}

// record returns the place of a problem.
func (x *Explainer) record(p *roster.Problem) roster.Record {
	at := slices.IndexFunc(x.roster.Files, func(f roster.File) bool { return f.Name == p.File })
	return roster.NewRecord(max(at, 0), p.Line)
}

// filesOf returns the names of the files in which records stand, so that of two
// records with one id the right one is meant. Without records it may be any.
func filesOf[T any](r *roster.Roster, table []T, record func(*T) roster.Record) []string {
	if len(table) == 0 {
		return nil
	}
	return []string{r.Files[record(&table[0]).File()].Name}
}

// dropped reports whether the row of a person or a class was dropped.
func (x *Explainer) dropped(s Subject) bool {
	u := &x.roster.Unknown
	switch s.Kind {
	case directory.User:
		id, _ := strings.CutPrefix(s.Key, flow.UserKey(""))
		return slices.Contains(u.People, id)
	case directory.ClassGroup:
		id, _ := strings.CutPrefix(s.Key, flow.ClassKey(""))
		return slices.Contains(u.Classes, id)
	}
	return false
}

func (x *Explainer) droppedPerson(id string) []Reason {
	return x.droppedBy(id, filesOf(x.roster, x.roster.People, func(p *roster.Person) roster.Record { return p.Record })...)
}

func (x *Explainer) droppedClass(id string) []Reason {
	return x.droppedBy(id, filesOf(x.roster, x.roster.Classes, func(c *roster.Class) roster.Record { return c.Record })...)
}

func (x *Explainer) droppedOrg(id string) []Reason {
	return x.droppedBy(id, filesOf(x.roster, x.roster.Orgs, func(o *roster.Org) roster.Record { return o.Record })...)
}
