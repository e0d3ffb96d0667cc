package roster

import (
	"cmp"
	"slices"
)

// A file with a million bad rows is told by its first problems: after so many of
// one rule, further ones are only counted.
const problemLimit = 10_000

// findings collects problems while a roster is built.
type findings struct {
	list         []finding
	tallies      map[tallyKey]*tally
	catastrophic bool
}

type finding struct {
	Problem
	file int // position in Roster.Files; -1 for none
}

type tallyKey struct {
	file      int
	rule      Rule
	deviation string // its kind; "" for problems that are told one by one
}

type tally struct {
	count int
	last  int // position in list of the problem that stands for the rest
}

func newFindings() findings {
	return findings{tallies: make(map[tallyKey]*tally)}
}

// full counts one more problem of a rule in a file and reports whether it is one
// too many to be told. The last that was told then stands for it too.
func (f *findings) full(file int, rule Rule) bool {
	t := f.tally(tallyKey{file, rule, ""})
	t.count++
	if t.count <= problemLimit {
		t.last = len(f.list)
		return false
	}
	f.list[t.last].Count = t.count - problemLimit + 1
	return true
}

// add tells a problem that full has let through.
func (f *findings) add(file int, p Problem) {
	if p.Remedy == "" {
		p.Remedy = p.Rule.remedy()
	}
	if p.Severity == Catastrophic {
		f.catastrophic = true
	}
	f.list = append(f.list, finding{p, file})
}

// deviate tells the first problem of a rule and kind in a file and counts the
// others (rules 6).
func (f *findings) deviate(file int, kind string, p Problem) {
	t := f.tally(tallyKey{file, p.Rule, kind})
	t.count++
	if t.count == 1 {
		t.last = len(f.list)
		f.add(file, p)
		return
	}
	f.list[t.last].Count = t.count
}

func (f *findings) tally(k tallyKey) *tally {
	t := f.tallies[k]
	if t == nil {
		t = &tally{}
		f.tallies[k] = t
	}
	return t
}

// problems returns what was found, by file, line and column.
func (f *findings) problems() []Problem {
	slices.SortStableFunc(f.list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	problems := make([]Problem, len(f.list))
	for i, p := range f.list {
		problems[i] = p.Problem
	}
	return problems
}
