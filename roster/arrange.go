package roster

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
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
	var orgs, sessions, people, courses, classes moved
	atOnce(
		func() { classes = sortByID(r, r.Classes, func(c *Class) Text { return c.ID }) },
		func() { people = sortByID(r, r.People, func(p *Person) Text { return p.ID }) },
		func() { courses = sortByID(r, r.Courses, func(c *Course) Text { return c.ID }) },
		func() { sessions = sortByID(r, r.Sessions, func(s *Session) Text { return s.ID }) },
		func() { orgs = sortByID(r, r.Orgs, func(o *Org) Text { return o.ID }) },
	)
	atOnce(
		func() {
			each(r.Enrollments, func(e *Enrollment) { e.Class, e.Person = classes.of(e.Class), people.of(e.Person) })
		},
		func() {
			each(r.Orgs, func(o *Org) { o.Parent = orgs.of(o.Parent) })
			each(r.Courses, func(c *Course) { c.Org, c.Year = orgs.of(c.Org), sessions.of(c.Year) })
			each(r.Classes, func(c *Class) { c.Org, c.Course = orgs.of(c.Org), courses.of(c.Course) })
			each(r.classSessions, func(s *Ref) { *s = sessions.of(*s) })
			each(r.Roles, func(o *Role) {
				o.Person, o.Org, o.Session = people.of(o.Person), orgs.of(o.Org), sessions.of(o.Session)
			})
			each(r.Contacts, func(c *Contact) { c.Student, c.Person = people.of(c.Student), people.of(c.Person) })
		},
	)
}

// atOnce does tasks at the same time.
func atOnce(tasks ...func()) {
	var wait sync.WaitGroup
	for _, task := range tasks {
		wait.Go(task)
	}
	wait.Wait()
}

func each[T any](records []T, do func(*T)) {
	for i := range records {
		do(&records[i])
	}
}

// sortByID sorts a table by id, in place, and tells where each record went.
func sortByID[T any](r *Roster, table []T, id func(*T) Text) moved {
	common, sorted := survey(r, table, id)
	if sorted {
		return nil
	}
	keys := make([]sortKey, len(table))
	for i := range table {
		text := id(&table[i])
		rest := r.Str(text)[common:]
		keys[i] = sortKey{word(rest), word(rest[min(8, len(rest)):]), text, Ref(i)}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		if a.second != b.second {
			return cmp.Compare(a.second, b.second)
		}
		return strings.Compare(r.Str(a.id), r.Str(b.id))
	})
	to := make(moved, len(table))
	for i, k := range keys {
		to[k.was] = Ref(i)
	}
	permute(table, to)
	return to
}

// survey returns with how many bytes all ids of a table begin alike, and whether it
// is sorted.
func survey[T any](r *Roster, table []T, id func(*T) Text) (common int, sorted bool) {
	sorted = true
	prefix, last := "", ""
	for i := range table {
		s := r.Str(id(&table[i]))
		if i == 0 {
			prefix = s
		}
		for !strings.HasPrefix(s, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
		sorted = sorted && last <= s
		last = s
	}
	return len(prefix), sorted
}

// sortKey is a record that is to be sorted. Comparing ids costs more than all else,
// as they lie far apart in memory; the bytes by which they differ first, as
// numbers of the same order, mostly spare it.
type sortKey struct {
	first, second uint64
	id            Text
	was           Ref
}

// word returns the first eight bytes of s as a number of the same order.
func word(s string) uint64 {
	var bytes [8]byte
	copy(bytes[:], s)
	return binary.BigEndian.Uint64(bytes[:])
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
