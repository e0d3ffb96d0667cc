package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/roster"
)

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

// peopleIDs returns the hashes of the ids of a roster's active people, by the id of
// the organizations in which they have an active role; under "" are all.
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

// classIDs returns the hashes of the ids of a roster's active classes, by the id of
// their organization.
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

// enrollmentIDs returns the hashes of the ids of the active enrollments of classes.
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

// packIDs packs the ids of a roster's active records, as 48-bit hashes, for the
// store: what the next roster is compared with. The enrollments
// of a country are a hundred million: they are hashed one organization at a time.
func packIDs(r *roster.Roster) []byte {
	most := bytesOfID * (len(r.People) + len(r.Roles) + len(r.Classes) + len(r.Enrollments))
	p := idPacker{packed: make([]byte, 0, most)} // if it grew, there would be two for a while
	p.byOrg(peopleIDs(r))
	p.byOrg(classIDs(r))
	classes := classesByOrg(r)
	p.number(uint64(len(classes)))
	for _, org := range slices.Sorted(maps.Keys(classes)) {
		p.list(org, enrollmentIDs(r, classes[org]))
	}
	return p.packed
}

// bytesOfID is how many bytes a hash takes in a list of some hundreds, as a difference.
const bytesOfID = 6

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

// byOrg yields organizations, each with its sorted hashes, which hold until the next
// one.
func (r *idReader) byOrg() iter.Seq2[string, []uint64] {
	return func(yield func(string, []uint64) bool) {
		var hashes []uint64
		for n := r.number(); n > 0 && r.err == nil; n-- {
			org := r.text()
			count := r.number()
			if count > uint64(len(r.rest)) { // a hash takes a byte at least
				r.rest, r.err = nil, errCutIDs
				return
			}
			hashes = hashes[:0]
			last := uint64(0)
			for range count {
				last += r.number()
				hashes = append(hashes, last)
			}
			if r.err == nil && !yield(org, hashes) {
				return
			}
		}
	}
}

// present are the ids that a roster has or may have: those of active records and
// those of records that were dropped, which are unknown and not gone.
type present struct {
	people, classes, enrollments []uint64 // sorted
	anyEnrollment                int      // dropped enrollments that could be any
}

func presentIn(r *roster.Roster) present {
	p := present{
		people:      make([]uint64, 0, len(r.People)+len(r.Unknown.People)),
		classes:     make([]uint64, 0, len(r.Classes)+len(r.Unknown.Classes)),
		enrollments: make([]uint64, 0, len(r.Enrollments)+len(r.Unknown.Enrollments)),
	}
	for i := range r.People {
		if person := &r.People[i]; person.Active {
			p.people = append(p.people, idHash(r.Str(person.ID)))
		}
	}
	for _, id := range r.Unknown.People {
		p.people = append(p.people, idHash(id))
	}
	for i := range r.Classes {
		class := &r.Classes[i]
		if !class.Active {
			continue
		}
		id := r.Str(class.ID)
		p.classes = append(p.classes, idHash(id))
		for _, e := range r.EnrollmentsOf(roster.Ref(i)) {
			if e.Active {
				p.enrollments = append(p.enrollments, idHash(id, r.Str(r.People[e.Person].ID)))
			}
		}
	}
	for _, id := range r.Unknown.Classes {
		p.classes = append(p.classes, idHash(id))
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

// shrunk says what of an earlier roster, whose ids are packed, is missing, "" when it
// is not too much. Between two school years only people are looked at.
func (p present) shrunk(packed []byte, rollover bool) (string, error) {
	r := idReader{rest: packed}
	everybody, people := r.missing(p.people, 0)
	_, classes := r.missing(p.classes, 0)
	_, enrollments := r.missing(p.enrollments, p.anyEnrollment)
	if r.err != nil {
		return "", r.err
	}
	tolls := map[string][]toll{"people": {everybody, people}}
	if !rollover {
		tolls["classes"], tolls["enrollments"] = []toll{classes}, []toll{enrollments}
	}
	for _, what := range []string{"people", "classes", "enrollments"} {
		for _, t := range tolls[what] {
			if sentence := t.tooMuch(what); sentence != "" {
				return sentence, nil
			}
		}
	}
	return "", nil
}

// toll is how many ids of an earlier roster are missing.
type toll struct {
	gone, whole int
	worst       string // the first organization of which too many are; "" for none
}

// missing compares the ids of the next part with those at hand: those under "", and
// those of organizations. So many that are missing may only have been dropped.
func (r *idReader) missing(now []uint64, excuse int) (all, byOrg toll) {
	for org, hashes := range r.byOrg() {
		gone, rest := 0, now
		for _, h := range hashes {
			at, found := slices.BinarySearch(rest, h)
			if rest = rest[at:]; !found {
				gone++
			}
		}
		gone = max(0, gone-excuse)
		if org == "" {
			all = toll{gone: gone, whole: len(hashes)}
			continue
		}
		byOrg.gone += gone
		byOrg.whole += len(hashes)
		if gone > shrunkCount && gone*100 > len(hashes)*shrunkOrgShare && byOrg.worst == "" {
			byOrg.worst = org // they come in order
		}
	}
	return all, byOrg
}

// tooMuch says so in a sentence, "" when it is not.
func (t toll) tooMuch(what string) string {
	switch {
	case t.gone > shrunkCount && t.gone*100 > t.whole*shrunkShare:
		return fmt.Sprintf("%d of %d %s of an earlier roster are missing", t.gone, t.whole, what)
	case t.worst != "":
		return fmt.Sprintf("more than %d %% of the %s of organization %s in an earlier roster are missing", shrunkOrgShare, what, t.worst)
	}
	return ""
}
