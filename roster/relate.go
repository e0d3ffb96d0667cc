package roster

import (
	"cmp"
	"slices"
	"strings"
)

// group sorts records by the table that they belong to, in place and in linear
// time, and returns where each of the n groups begins, and the end.
func group[T any](records []T, n int, owner func(*T) Ref) []int32 {
	begin := make([]int32, n+1)
	sorted := true
	for i := range records {
		begin[owner(&records[i])+1]++
		sorted = sorted && (i == 0 || owner(&records[i-1]) <= owner(&records[i]))
	}
	for i := range n {
		begin[i+1] += begin[i]
	}
	if sorted {
		return begin
	}
	next := slices.Clone(begin)
	for g := range n {
		for next[g] < begin[g+1] {
			at := next[g]
			home := owner(&records[at])
			records[at], records[next[home]] = records[next[home]], records[at]
			next[home]++
		}
	}
	return begin
}

// settle orders every group, takes repeated records out, noting them, and returns
// what is left and where each group begins then. Of records that are the same, the
// first in the input is left.
func settle[T any](records []T, begin []int32, same func(a, b T) int, record func(T) Record, repeated *repeats) []T {
	order := func(a, b T) int {
		if order := same(a, b); order != 0 {
			return order
		}
		return cmp.Compare(record(a), record(b))
	}
	kept := int32(0)
	for g := range len(begin) - 1 {
		first, end := begin[g], begin[g+1]
		begin[g] = kept
		members := records[first:end]
		slices.SortFunc(members, order)
		for i := range members {
			if kept > begin[g] && same(records[kept-1], members[i]) == 0 {
				repeated.note(record(members[i]))
				continue
			}
			records[kept] = members[i]
			kept++
		}
	}
	begin[len(begin)-1] = kept
	return records[:kept]
}

// relate sorts what relates people, organizations and classes, and sets the
// spans.
func (b *Builder) relate() {
	var roles, enrollments, contacts *repeats
	atOnce(
		func() { enrollments = b.relateClasses() },
		func() { roles, contacts = b.relateRoles(), b.relateContacts() },
	)
	enrollments.add(roles)
	enrollments.add(contacts)
	enrollments.report(b)
}

func (b *Builder) relateRoles() *repeats {
	r, repeated := b.roster, newRepeats(b.roster)
	begin := group(r.Roles, len(r.People), func(o *Role) Ref { return o.Person })
	same := func(x, y Role) int { return compareRoles(r, &x, &y) }
	r.Roles = settle(r.Roles, begin, same, func(o Role) Record { return o.Record }, repeated)
	for i := range r.People {
		r.People[i].Roles = Span{begin[i], begin[i+1]}
	}
	return repeated
}

// partClasses is how many classes are settled together: few enough for the
// processor's cache to hold their enrollments, which go from anywhere to anywhere.
const partClasses = 1 << 11

// relateClasses settles part by part of the classes, in two goroutines: of all
// tables that of enrollments is by far the longest.
func (b *Builder) relateClasses() *repeats {
	r := b.roster
	parts := (len(r.Classes) + partClasses - 1) / partClasses
	begin := group(r.Enrollments, parts, func(e *Enrollment) Ref { return e.Class / partClasses })
	left := make([][]Enrollment, parts)
	repeated, others := newRepeats(r), newRepeats(r)
	some := func(from, to int, repeated *repeats) {
		for part := from; part < to; part++ {
			left[part] = r.settlePart(part, begin[part], begin[part+1], repeated)
		}
	}
	atOnce(
		func() { some(0, parts/2, repeated) },
		func() { some(parts/2, parts, others) },
	)
	r.closeUp(left, begin)
	repeated.add(others)
	return repeated
}

// part returns the classes of a part.
func (r *Roster) part(part int) []Class {
	first := part * partClasses
	return r.Classes[first:min(first+partClasses, len(r.Classes))]
}

// settlePart groups and settles the enrollments from first to end, which are those
// in the classes of a part, and returns those that are left.
func (r *Roster) settlePart(part int, first, end int32, repeated *repeats) []Enrollment {
	classes, all := r.part(part), r.Enrollments[first:end]
	begin := group(all, len(classes), func(e *Enrollment) Ref { return e.Class - Ref(part*partClasses) })
	same := func(x, y Enrollment) int { return compareEnrollments(r, &x, &y) }
	left := settle(all, begin, same, func(e Enrollment) Record { return e.Record }, repeated)
	for i := range classes {
		classes[i].Enrollments = Span{first + begin[i], first + begin[i+1]}
	}
	return left
}

// closeUp moves what is left of the parts, each of which began somewhere, together.
func (r *Roster) closeUp(left [][]Enrollment, begin []int32) {
	kept := int32(0)
	for part, enrollments := range left {
		if gap := begin[part] - kept; gap > 0 {
			copy(r.Enrollments[kept:], enrollments)
			each(r.part(part), func(c *Class) { c.Enrollments.First -= gap; c.Enrollments.End -= gap })
		}
		kept += int32(len(enrollments))
	}
	r.Enrollments = r.Enrollments[:kept]
}

func (b *Builder) relateContacts() *repeats {
	r, repeated := b.roster, newRepeats(b.roster)
	begin := group(r.Contacts, len(r.People), func(c *Contact) Ref { return c.Student })
	same := func(x, y Contact) int {
		return cmp.Or(cmp.Compare(x.Person, y.Person), strings.Compare(r.Str(x.Relationship), r.Str(y.Relationship)))
	}
	r.Contacts = settle(r.Contacts, begin, same, func(c Contact) Record { return c.Record }, repeated)
	for i := range r.People {
		r.People[i].Contacts = Span{begin[i], begin[i+1]}
	}
	if b.agents.mutual {
		return newRepeats(r) // two rows that name each other say the same, and should
	}
	return repeated
}

// compareRoles orders the roles of one person; roles that differ in anything but
// their place in the input are different ones.
func compareRoles(r *Roster, x, y *Role) int {
	return cmp.Or(
		cmp.Compare(x.Org, y.Org), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Session, y.Session),
		strings.Compare(r.Str(x.Grade), r.Str(y.Grade)), compareBools(x.GradeUnknown, y.GradeUnknown),
		cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End),
		compareBools(x.Primary, y.Primary), compareBools(x.Active, y.Active),
	)
}

// compareEnrollments orders the enrollments of one class.
func compareEnrollments(r *Roster, x, y *Enrollment) int {
	if x.Person != y.Person {
		return cmp.Compare(x.Person, y.Person)
	}
	if order := cmp.Or(cmp.Compare(x.Code, y.Code), compareBools(x.Active, y.Active)); order != 0 || x.period == 0 && y.period == 0 {
		return order
	}
	return comparePeriods(r.PeriodOf(x), r.PeriodOf(y))
}

func compareBools(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	default:
		return 1
	}
}

// repeats counts the rows of each file that say what another row says.
type repeats struct {
	first  []Record // by file: the first such row; 0 for none
	counts []int
}

func newRepeats(r *Roster) *repeats {
	return &repeats{first: make([]Record, len(r.Files)), counts: make([]int, len(r.Files))}
}

func (p *repeats) note(record Record) {
	file := record.File()
	p.counts[file]++
	if p.first[file] == 0 || record < p.first[file] {
		p.first[file] = record
	}
}

// add adds what was counted elsewhere.
func (p *repeats) add(others *repeats) {
	for file, count := range others.counts {
		if count > 0 {
			p.note(others.first[file])
			p.counts[file] += count - 1
		}
	}
}

func (p *repeats) report(b *Builder) {
	for file, count := range p.counts {
		if count == 0 {
			continue
		}
		problem := Problem{
			Rule: DuplicateRecord, Severity: Warning, File: b.roster.Files[file].Name, Line: p.first[file].Line(),
			Message: "The row says the same as another one.",
		}
		if count > 1 {
			problem.Count = count
		}
		b.found.add(file, problem)
	}
}
