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
// the organizations in which they have an active role; under "" are all. Every active
// organization is among them, even without people.
func peopleIDs(r *roster.Roster) map[string][]uint64 {
	byOrg := map[string][]uint64{"": make([]uint64, 0, len(r.People))}
	for i := range r.Orgs {
		if org := &r.Orgs[i]; org.Active {
			byOrg[r.Str(org.ID)] = nil
		}
	}
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
// store: what the next roster is compared with. It yields them in pieces, each of
// which holds until the next one: the enrollments of a country are a hundred million.
func packIDs(r *roster.Roster) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		p := idPacker{give: yield}
		p.byOrg(peopleIDs(r))
		p.byOrg(classIDs(r))
		classes := classesByOrg(r)
		p.number(uint64(len(classes)))
		for _, org := range slices.Sorted(maps.Keys(classes)) {
			p.list(org, enrollmentIDs(r, classes[org])) // one organization's at a time
		}
		p.end()
	}
}

// idPiece is how many bytes of ids are stored together, or a few more.
const idPiece = 64 << 10

// idPacker packs ids: for people, classes and enrollments, by organization, the
// hashes, which it sorts, as differences. Of many, these take half of the bytes that
// the hashes do.
type idPacker struct {
	give    func([]byte) bool // is given piece after piece, until it returns false
	piece   []byte
	stopped bool
}

func (p *idPacker) number(n uint64) {
	if p.piece = binary.AppendUvarint(p.piece, n); len(p.piece) >= idPiece {
		p.end()
	}
}

// end gives what was not given yet.
func (p *idPacker) end() {
	p.stopped = p.stopped || len(p.piece) > 0 && !p.give(p.piece)
	p.piece = p.piece[:0]
}

func (p *idPacker) byOrg(ids map[string][]uint64) {
	p.number(uint64(len(ids)))
	for _, org := range slices.Sorted(maps.Keys(ids)) {
		p.list(org, ids[org])
	}
}

func (p *idPacker) list(org string, hashes []uint64) {
	p.number(uint64(len(org)))
	p.piece = append(p.piece, org...)
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
	next func() ([]byte, error, bool) // the next piece
	rest []byte                       // of the last one
	err  error
}

var errCutIDs = errors.New("the ids are cut short")

// ReadByte makes the reader an io.ByteReader.
func (r *idReader) ReadByte() (byte, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		piece, err, ok := r.next()
		if r.rest, r.err = piece, err; !ok {
			r.err = errCutIDs
		}
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b, nil
}

func (r *idReader) number() uint64 {
	if n, size := binary.Uvarint(r.rest); size > 0 {
		r.rest = r.rest[size:]
		return n
	}
	n, err := binary.ReadUvarint(r) // it goes on in the next piece
	if err != nil {
		r.rest, r.err = nil, err
		return 0
	}
	return n
}

func (r *idReader) text() string {
	var text []byte
	for n := r.number(); n > 0; n-- {
		b, err := r.ReadByte()
		if err != nil {
			return ""
		}
		text = append(text, b)
	}
	return string(text)
}

// byOrg yields organizations, each with its sorted hashes, which hold until the next
// one.
func (r *idReader) byOrg() iter.Seq2[string, []uint64] {
	return func(yield func(string, []uint64) bool) {
		var hashes []uint64
		for n := r.number(); n > 0 && r.err == nil; n-- {
			org := r.text()
			hashes = hashes[:0]
			last := uint64(0)
			for count := r.number(); count > 0 && r.err == nil; count-- {
				last += r.number()
				hashes = append(hashes, last)
			}
			if r.err == nil && !yield(org, hashes) {
				return
			}
		}
	}
}

// How much of an earlier roster may be missing (rules 4, RosterShrunk).
const (
	shrunkCount    = 20 // more than that many, and
	shrunkShare    = 20 // more than that share of the whole, in per cent,
	shrunkOrgShare = 50 // or of one organization
)

// shrunk says what of an earlier roster, whose ids are packed, is missing, "" when it
// is not too much. Between two school years only people are looked at.
func (p present) shrunk(packed iter.Seq2[[]byte, error], rollover bool) (string, error) {
	next, stop := iter.Pull2(packed)
	defer stop()
	r := idReader{next: next}
	everybody, people := r.missing(p.active.people, p.unknown.people, 0)
	_, classes := r.missing(p.active.classes, p.unknown.classes, 0)
	_, enrollments := r.missing(p.active.enrollments, p.unknown.enrollments, p.anyEnrollment)
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

// missing compares the ids of the next part with those at hand, active or unknown:
// those under "", and those of organizations. So many that are missing may only have
// been dropped.
func (r *idReader) missing(active, unknown []uint64, excuse int) (all, byOrg toll) {
	for org, hashes := range r.byOrg() {
		gone, rest := 0, active
		for _, h := range hashes {
			var found bool
			if rest, found = skipTo(rest, h); !found && !has(unknown, h) {
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

// skipTo returns what of a sorted list is not below a hash, and whether it begins with it.
// It looks in steps that double: the next hash of an organization is never far, and a
// country's list is far too long for a search through its middle.
func skipTo(list []uint64, hash uint64) ([]uint64, bool) {
	end := 1
	for end < len(list) && list[end-1] < hash {
		end *= 2
	}
	at, found := slices.BinarySearch(list[end/2:min(end, len(list))], hash)
	return list[end/2+at:], found
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
