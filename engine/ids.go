package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/roster"
)

// idSets are the ids of the active records of a roster, as 48-bit hashes: what
// the next roster is compared with. The people of an organization are those
// with an active role in it; under "" are all people.
type idSets struct {
	People      map[string][]uint64
	Classes     map[string][]uint64
	Enrollments map[string][]uint64
}

// idHash returns FNV-1a of texts, each with a zero byte behind it, folded to 48
// bits: of a hundred million ids, forty are taken for another one.
func idHash(parts ...string) uint64 {
	const offset, prime, bits = 14695981039346656037, 1099511628211, 48
	h := uint64(offset)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * prime
		}
		h *= prime
	}
	return h>>bits ^ h&(1<<bits-1)
}

// idsOf collects the ids of a roster's active records.
func idsOf(r *roster.Roster) idSets {
	ids := idSets{peopleIDs(r), classIDs(r), map[string][]uint64{}}
	for org, classes := range classesByOrg(r) {
		ids.Enrollments[org] = enrollmentIDs(r, classes)
	}
	return ids
}

func peopleIDs(r *roster.Roster) map[string][]uint64 {
	byOrg := map[string][]uint64{"": make([]uint64, 0, len(r.People))}
	for i := range r.People {
		p := &r.People[i]
		if !p.Active {
			continue
		}
		hash := idHash(r.Str(p.ID))
		byOrg[""] = append(byOrg[""], hash)
		last := roster.None
		for _, role := range r.RolesOf(roster.Ref(i)) { // sorted by organization
			if role.Active && role.Org != last {
				org := r.Str(r.Orgs[role.Org].ID)
				byOrg[org] = append(byOrg[org], hash)
				last = role.Org
			}
		}
	}
	return byOrg
}

func classIDs(r *roster.Roster) map[string][]uint64 {
	byOrg := map[string][]uint64{}
	for org, classes := range classesByOrg(r) {
		for _, class := range classes {
			byOrg[org] = append(byOrg[org], idHash(r.Str(r.Classes[class].ID)))
		}
	}
	return byOrg
}

// classesByOrg returns the active classes by the id of their organization.
func classesByOrg(r *roster.Roster) map[string][]roster.Ref {
	byOrg := map[string][]roster.Ref{}
	for i := range r.Classes {
		if class := &r.Classes[i]; class.Active {
			org := r.Str(r.Orgs[class.Org].ID)
			byOrg[org] = append(byOrg[org], roster.Ref(i))
		}
	}
	return byOrg
}

// enrollmentIDs returns the ids of the active enrollments of classes.
func enrollmentIDs(r *roster.Roster, classes []roster.Ref) []uint64 {
	var hashes []uint64
	for _, class := range classes {
		id := r.Str(r.Classes[class].ID)
		for _, e := range r.EnrollmentsOf(class) {
			if e.Active {
				hashes = append(hashes, idHash(id, r.Str(r.People[e.Person].ID)))
			}
		}
	}
	return hashes
}

// packIDs packs the ids of a roster's active records for the store. The enrollments
// of a country are a hundred million: they are hashed one organization at a time.
func packIDs(r *roster.Roster) []byte {
	var p idPacker
	p.byOrg(peopleIDs(r))
	p.byOrg(classIDs(r))
	classes := classesByOrg(r)
	p.number(uint64(len(classes)))
	for _, org := range slices.Sorted(maps.Keys(classes)) {
		p.list(org, enrollmentIDs(r, classes[org]))
	}
	return p.packed
}

// idPacker packs ids: for people, classes and enrollments, by organization, the
// hashes, which it sorts, as differences. Of many, these take half of the bytes that
// the hashes do.
type idPacker struct{ packed []byte }

func (p *idPacker) number(n uint64) { p.packed = binary.AppendUvarint(p.packed, n) }

func (p *idPacker) byOrg(ids map[string][]uint64) {
	p.number(uint64(len(ids)))
	for _, org := range slices.Sorted(maps.Keys(ids)) {
		p.list(org, ids[org])
	}
}

func (p *idPacker) list(org string, hashes []uint64) {
	p.number(uint64(len(org)))
	p.packed = append(p.packed, org...)
	slices.Sort(hashes)
	p.number(uint64(len(hashes)))
	last := uint64(0)
	for _, h := range hashes {
		p.number(h - last)
		last = h
	}
}

// decodeIDs unpacks what an idPacker packed.
func decodeIDs(packed []byte) (idSets, error) {
	r := idReader{rest: packed}
	ids := idSets{r.byOrg(), r.byOrg(), r.byOrg()}
	return ids, r.err
}

// idReader reads packed ids. After an error it reads nothing more.
type idReader struct {
	rest []byte
	err  error
}

var errCutIDs = errors.New("the ids are cut short")

func (r *idReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.err = nil, errCutIDs
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *idReader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.rest, r.err = nil, errCutIDs
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

func (r *idReader) byOrg() map[string][]uint64 {
	byOrg := make(map[string][]uint64)
	for n := r.number(); n > 0 && r.err == nil; n-- {
		org := r.text()
		count := r.number()
		if count > uint64(len(r.rest)) { // a hash takes a byte at least
			r.rest, r.err = nil, errCutIDs
			return nil
		}
		hashes := make([]uint64, count)
		last := uint64(0)
		for i := range hashes {
			last += r.number()
			hashes[i] = last
		}
		byOrg[org] = hashes
	}
	return byOrg
}

// present are the ids that a roster has or may have: those of active records and
// those of records that were dropped, which are unknown and not gone.
type present struct {
	people, classes, enrollments []uint64 // sorted
	anyEnrollment                int      // dropped enrollments that could be any
}

func presentIn(r *roster.Roster, ids idSets) present {
	var p present
	p.people = slices.Clone(ids.People[""])
	for _, id := range r.Unknown.People {
		p.people = append(p.people, idHash(id))
	}
	for _, hashes := range ids.Classes {
		p.classes = append(p.classes, hashes...)
	}
	for _, id := range r.Unknown.Classes {
		p.classes = append(p.classes, idHash(id))
	}
	for _, hashes := range ids.Enrollments {
		p.enrollments = append(p.enrollments, hashes...)
	}
	for _, u := range r.Unknown.Enrollments {
		if u.Class == "" || u.Person == "" {
			p.anyEnrollment++
			continue
		}
		p.enrollments = append(p.enrollments, idHash(u.Class, u.Person))
	}
	slices.Sort(p.people)
	slices.Sort(p.classes)
	slices.Sort(p.enrollments)
	return p
}

// How much of an earlier roster may be missing (rules 4, RosterShrunk).
const (
	shrunkCount    = 20 // more than that many, and
	shrunkShare    = 20 // more than that share of the whole, in per cent,
	shrunkOrgShare = 50 // or of one organization
)

// shrunk says what of an earlier roster is missing, "" when it is not too much.
// Between two school years only people are looked at.
func (p present) shrunk(before idSets, rollover bool) string {
	if m := missing("people", map[string][]uint64{"": before.People[""]}, p.people, 0); m != "" {
		return m
	}
	people := before.People
	delete(people, "")
	if rollover {
		return missing("people", people, p.people, 0)
	}
	for _, part := range []struct {
		what   string
		before map[string][]uint64
		now    []uint64
		excuse int
	}{
		{"people", people, p.people, 0},
		{"classes", before.Classes, p.classes, 0},
		{"enrollments", before.Enrollments, p.enrollments, p.anyEnrollment},
	} {
		if m := missing(part.what, part.before, part.now, part.excuse); m != "" {
			return m
		}
	}
	return ""
}

// missing compares the ids of each organization with those at hand.
func missing(what string, before map[string][]uint64, now []uint64, excuse int) string {
	gone, whole := 0, 0
	worst := ""
	for org, hashes := range before {
		n := 0
		for _, h := range hashes {
			if _, found := slices.BinarySearch(now, h); !found {
				n++
			}
		}
		n = max(0, n-excuse)
		gone += n
		whole += len(hashes)
		if org != "" && n > shrunkCount && n*100 > len(hashes)*shrunkOrgShare && (worst == "" || org < worst) {
			worst = org
		}
	}
	switch {
	case gone > shrunkCount && gone*100 > whole*shrunkShare:
		return fmt.Sprintf("%d of %d %s of an earlier roster are missing", gone, whole, what)
	case worst != "":
		return fmt.Sprintf("more than %d %% of the %s of organization %s in an earlier roster are missing", shrunkOrgShare, what, worst)
	}
	return ""
}
