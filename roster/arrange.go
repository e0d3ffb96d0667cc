package roster

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// moved tells where the records of a table went when it was sorted; nil when
// they stayed.
type moved []Ref

func (m moved) of(ref Ref) Ref {
	if m == nil || ref == None {
		return ref
	}
	return m[ref]
}

// sort brings the tables that have ids into the order of those and corrects all
// references.
func (b *Builder) sort() {
	r := b.roster
	orgs := sortByID(r, r.Orgs, func(o *Org) Text { return o.ID })
	sessions := sortByID(r, r.Sessions, func(s *Session) Text { return s.ID })
	people := sortByID(r, r.People, func(p *Person) Text { return p.ID })
	courses := sortByID(r, r.Courses, func(c *Course) Text { return c.ID })
	classes := sortByID(r, r.Classes, func(c *Class) Text { return c.ID })

	for i := range r.Orgs {
		r.Orgs[i].Parent = orgs.of(r.Orgs[i].Parent)
	}
	for i := range r.Courses {
		c := &r.Courses[i]
		c.Org, c.Year = orgs.of(c.Org), sessions.of(c.Year)
	}
	for i := range r.Classes {
		c := &r.Classes[i]
		c.Org, c.Course = orgs.of(c.Org), courses.of(c.Course)
	}
	for i, s := range r.classSessions {
		r.classSessions[i] = sessions.of(s)
	}
	for i := range r.Roles {
		o := &r.Roles[i]
		o.Person, o.Org, o.Session = people.of(o.Person), orgs.of(o.Org), sessions.of(o.Session)
	}
	for i := range r.Enrollments {
		e := &r.Enrollments[i]
		e.Class, e.Person = classes.of(e.Class), people.of(e.Person)
	}
	for i := range r.Contacts {
		c := &r.Contacts[i]
		c.Student, c.Person = people.of(c.Student), people.of(c.Person)
	}
}

// sortByID sorts a table by id, in place, and tells where each record went.
func sortByID[T any](r *Roster, table []T, id func(*T) Text) moved {
	keys := make([]sortKey, len(table))
	for i := range table {
		text := id(&table[i])
		keys[i] = sortKey{prefix(r.Str(text)), text, Ref(i)}
	}
	byID := func(a, b sortKey) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return strings.Compare(r.Str(a.id), r.Str(b.id))
	}
	if slices.IsSortedFunc(keys, byID) {
		return nil
	}
	slices.SortFunc(keys, byID)
	to := make(moved, len(table))
	for i, k := range keys {
		to[k.was] = Ref(i)
	}
	permute(table, to)
	return to
}

type sortKey struct {
	prefix uint64 // the first bytes of the id, which mostly decide
	id     Text
	was    Ref
}

// prefix returns the first eight bytes of s as a number of the same order.
func prefix(s string) uint64 {
	var first [8]byte
	copy(first[:], s)
	return binary.BigEndian.Uint64(first[:])
}

// permute moves every record to its place, along the cycles of the permutation,
// without a second table.
func permute[T any](table []T, to moved) {
	done := make([]bool, len(table))
	for i := range table {
		if done[i] {
			continue
		}
		carried := table[i]
		for at := to[i]; !done[at]; at = to[at] {
			table[at], carried = carried, table[at]
			done[at] = true
		}
	}
}

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

// settle orders every group, takes repeated records out and returns what is left
// and where each group begins then. Repeated is told of each one taken out.
func settle[T any](records []T, begin []int32, order, same func(a, b T) int, repeated func(*T)) []T {
	kept := int32(0)
	for g := range len(begin) - 1 {
		first, end := begin[g], begin[g+1]
		begin[g] = kept
		members := records[first:end]
		slices.SortFunc(members, order)
		for i := range members {
			if kept > begin[g] && same(records[kept-1], members[i]) == 0 {
				repeated(&members[i])
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
	r := b.roster
	repeats := newRepeats(r)

	begin := group(r.Roles, len(r.People), func(o *Role) Ref { return o.Person })
	same := func(x, y Role) int { return compareRoles(r, &x, &y) }
	order := func(x, y Role) int { return cmp.Or(same(x, y), cmp.Compare(x.Record, y.Record)) }
	r.Roles = settle(r.Roles, begin, order, same, func(o *Role) { repeats.add(o.Record) })
	for i := range r.People {
		r.People[i].Roles = Span{begin[i], begin[i+1]}
	}

	begin = group(r.Enrollments, len(r.Classes), func(e *Enrollment) Ref { return e.Class })
	sameEnrollment := func(x, y Enrollment) int { return compareEnrollments(r, &x, &y) }
	orderEnrollments := func(x, y Enrollment) int {
		if x.Person != y.Person {
			return cmp.Compare(x.Person, y.Person)
		}
		return cmp.Or(sameEnrollment(x, y), cmp.Compare(x.Record, y.Record))
	}
	r.Enrollments = settle(r.Enrollments, begin, orderEnrollments, sameEnrollment, func(e *Enrollment) { repeats.add(e.Record) })
	for i := range r.Classes {
		r.Classes[i].Enrollments = Span{begin[i], begin[i+1]}
	}

	begin = group(r.Contacts, len(r.People), func(c *Contact) Ref { return c.Student })
	sameContact := func(x, y Contact) int {
		return cmp.Or(cmp.Compare(x.Person, y.Person), strings.Compare(r.Str(x.Relationship), r.Str(y.Relationship)))
	}
	orderContacts := func(x, y Contact) int { return cmp.Or(sameContact(x, y), cmp.Compare(x.Record, y.Record)) }
	r.Contacts = settle(r.Contacts, begin, orderContacts, sameContact, func(c *Contact) {
		if !b.agents.mutual {
			repeats.add(c.Record)
		}
	})
	for i := range r.People {
		r.People[i].Contacts = Span{begin[i], begin[i+1]}
	}
	repeats.report(b)
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

func (p *repeats) add(record Record) {
	file := record.File()
	p.counts[file]++
	if p.first[file] == 0 || record < p.first[file] {
		p.first[file] = record
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
