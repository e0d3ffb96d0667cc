package engine

import (
	"slices"

	"github.com/homeroomhq/homeroom/roster"
)

// idLists are the hashes of ids, by what they are of; each list is sorted and has each
// once.
type idLists struct{ orgs, people, classes, enrollments []uint64 }

// lists returns the lists, to be read or changed.
func (l *idLists) lists() [4]*[]uint64 {
	return [4]*[]uint64{&l.orgs, &l.people, &l.classes, &l.enrollments}
}

// tidy sorts the lists and removes repetitions.
func (l *idLists) tidy() {
	for _, list := range l.lists() {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// has reports whether a hash is in a list.
func has(list []uint64, hash uint64) bool {
	_, found := slices.BinarySearch(list, hash)
	return found
}

// present are the ids that a roster has or may have: those of active records and
// those of records that were dropped, which are unknown and not gone.
type present struct {
	active, unknown idLists
	anyEnrollment   int // dropped enrollments that could be any
}

func presentIn(r *roster.Roster) present {
	p := present{active: idsOf(r, true)}
	p.unknown, p.anyEnrollment = unknownIn(r)
	return p
}

// idsOf returns the ids of a roster's records that are active, or of those that are
// not. An enrollment is active in an active class alone.
func idsOf(r *roster.Roster, active bool) idLists {
	var ids idLists
	for i := range r.Orgs {
		if org := &r.Orgs[i]; org.Active == active {
			ids.orgs = append(ids.orgs, idHash(r.Str(org.ID)))
		}
	}
	for i := range r.People {
		if person := &r.People[i]; person.Active == active {
			ids.people = append(ids.people, idHash(r.Str(person.ID)))
		}
	}
	if active {
		ids.enrollments = make([]uint64, 0, len(r.Enrollments)) // by far the most
	}
	for i := range r.Classes {
		class := &r.Classes[i]
		id := r.Str(class.ID)
		if class.Active == active {
			ids.classes = append(ids.classes, idHash(id))
		}
		for _, e := range r.EnrollmentsOf(roster.Ref(i)) {
			if (class.Active && e.Active) == active {
				ids.enrollments = append(ids.enrollments, idHash(id, r.Str(r.People[e.Person].ID)))
			}
		}
	}
	ids.tidy()
	return ids
}

// unknownIn returns the ids of a roster's dropped records, and how many of them are
// enrollments that could be any.
func unknownIn(r *roster.Roster) (ids idLists, anyEnrollment int) {
	u := &r.Unknown
	for _, id := range u.Orgs {
		ids.orgs = append(ids.orgs, idHash(id))
	}
	for _, id := range u.People {
		ids.people = append(ids.people, idHash(id))
	}
	for _, id := range u.Classes {
		ids.classes = append(ids.classes, idHash(id))
	}
	for _, e := range u.Enrollments {
		if e.Class == "" || e.Person == "" {
			anyEnrollment++
			continue
		}
		ids.enrollments = append(ids.enrollments, idHash(e.Class, e.Person))
	}
	ids.tidy()
	return ids, anyEnrollment
}
