package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
)

// pair is a user in an object, and how the user belongs to it.
type pair struct {
	user          string
	owner, member tie
}

// tie is how a user belongs to an object, as owner or as member.
type tie byte

const (
	untied          tie = iota
	ours                // added by Homeroom
	strange             // asked for, and there before
	releasedOurs        // left where it is, and no longer asked for
	releasedStrange     // the same
	unsure              // asked for, and nobody knows whether it is there
	ties                // how many there are
)

func (t tie) asked() bool    { return t == ours || t == strange || t == unsure }
func (t tie) released() bool { return t == releasedOurs || t == releasedStrange }

// ops are what an entry does to a tie, in this order.
type ops byte

const (
	drop ops = 1 << iota
	release
	find  // asked for, and there before
	claim // the same, unless it is from having been asked for
	add
	lose // sent, and nobody knows whether it was done
)

// on returns what becomes of a tie. What is ours remains so even when it was
// released, is asked for anew, and is found to be there; so does what may be ours.
func (o ops) on(t tie) tie {
	t = o.here(o.away(t))
	if o&lose != 0 && (t == untied || t == ours) {
		return unsure
	}
	return t
}

// here returns what becomes of a tie that is asked for.
func (o ops) here(t tie) tie {
	switch {
	case o&add != 0:
		return ours
	case o&(find|claim) == 0:
		return t
	case t == strange, t == releasedStrange, t == untied && o&find != 0:
		return strange
	}
	return ours
}

// away returns what becomes of a tie that is given up.
func (o ops) away(t tie) tie {
	switch {
	case o&drop != 0:
		return untied
	case o&release == 0:
		return t
	case t == ours, t == unsure:
		return releasedOurs
	case t == strange:
		return releasedStrange
	}
	return t
}

// edit is what an entry does to one pair.
type edit struct {
	user          string
	owner, member ops
}

// editsOf returns what an entry does to pairs, in the order of the users.
func editsOf(e *ledger.Entry) []edit {
	edits := make([]edit, 0, len(e.DropOwners)+len(e.ReleaseOwners)+len(e.StrangeOwners)+len(e.AddOwners)+len(e.ClaimOwners)+len(e.Lost.Owners)+
		len(e.DropMembers)+len(e.ReleaseMembers)+len(e.StrangeMembers)+len(e.AddMembers)+len(e.ClaimMembers)+len(e.Lost.Members))
	for _, list := range [12]struct {
		users         []string
		owner, member ops
	}{
		{e.DropOwners, drop, 0}, {e.ReleaseOwners, release, 0}, {e.StrangeOwners, find, 0}, {e.AddOwners, add, 0},
		{e.DropMembers, 0, drop}, {e.ReleaseMembers, 0, release}, {e.StrangeMembers, 0, find}, {e.AddMembers, 0, add},
		{e.ClaimOwners, claim, 0}, {e.ClaimMembers, 0, claim}, {e.Lost.Owners, lose, 0}, {e.Lost.Members, 0, lose},
	} {
		for _, user := range list.users {
			edits = append(edits, edit{user, list.owner, list.member})
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return strings.Compare(a.user, b.user) })
	merged := edits[:0]
	for _, e := range edits {
		if last := len(merged) - 1; last >= 0 && merged[last].user == e.user {
			merged[last].owner |= e.owner
			merged[last].member |= e.member
		} else {
			merged = append(merged, e)
		}
	}
	return merged
}

// apply returns pairs as edits leave them; both are in the order of the users.
func apply(edits []edit, pairs []pair) []pair {
	if len(edits) == 0 {
		return pairs
	}
	left := make([]pair, 0, len(pairs)+len(edits))
	for _, e := range edits {
		at := 0
		for at < len(pairs) && pairs[at].user < e.user {
			at++
		}
		left = append(left, pairs[:at]...)
		pairs = pairs[at:]
		p := pair{user: e.user}
		if len(pairs) > 0 && pairs[0].user == e.user {
			p, pairs = pairs[0], pairs[1:]
		}
		if p.owner, p.member = e.owner.on(p.owner), e.member.on(p.member); p.owner|p.member != untied {
			left = append(left, p)
		}
	}
	return append(left, pairs...)
}

// sureTies is how many ties there are besides unsure.
const sureTies = unsure

// code packs how a user belongs to an object. One of whom all is sure has the same number as
// before there was such a tie.
func (p pair) code() byte {
	if p.isUnsure() {
		return byte(sureTies*sureTies + p.owner*ties + p.member)
	}
	return byte(p.owner*sureTies + p.member)
}

// decode reads what code packed, and reports whether it is one.
func (p *pair) decode(code uint64) bool {
	switch sure, all := uint64(sureTies), uint64(ties); {
	case code < sure*sure:
		p.owner, p.member = tie(code/sure), tie(code%sure)
		return true
	case code < sure*sure+all*all:
		code -= sure * sure
		p.owner, p.member = tie(code/all), tie(code%all)
		return p.isUnsure()
	}
	return false
}

func (p pair) isUnsure() bool { return p.owner == unsure || p.member == unsure }

// appendPairs packs pairs. Of a user's key only that is written in which it
// differs from the one before, and how the user belongs only where it differs.
func appendPairs(b []byte, pairs []pair) []byte {
	b = binary.AppendUvarint(b, uint64(len(pairs)))
	before := pair{member: ours} // what most pairs are
	for _, p := range pairs {
		common := shared(before.user, p.user)
		end := p.user[common:]
		head := uint64(len(end)) << 1
		if p.owner != before.owner || p.member != before.member {
			b = append(binary.AppendUvarint(b, head|1), p.code())
		} else {
			b = binary.AppendUvarint(b, head)
		}
		b = append(binary.AppendUvarint(b, uint64(common)), end...)
		before = p
	}
	return b
}

// pairReader unpacks pairs, and uses its memory again.
type pairReader struct {
	pairs []pair
	ends  []int // of each user's key in keys
	keys  []byte
}

// read unpacks what appendPairs packed. It is valid until the next read, but for
// the users' keys, which are parts of one text.
func (r *pairReader) read(packed []byte) ([]pair, error) {
	u := unpacker{rest: packed}
	r.pairs, r.ends, r.keys = r.pairs[:0], r.ends[:0], r.keys[:0]
	before := pair{member: ours}
	start := 0 // of the key before
	for i := range u.count() {
		head := u.number()
		if head&1 != 0 && !before.decode(u.number()) {
			return nil, errDamaged
		}
		common, end := u.number(), u.take(head>>1)
		if u.damaged || common > uint64(len(r.keys)-start) ||
			i > 0 && bytes.Compare(end, r.keys[start+int(common):]) <= 0 {
			return nil, errDamaged
		}
		key := len(r.keys)
		r.keys = append(append(r.keys, r.keys[start:start+int(common)]...), end...)
		start = key
		r.ends, r.pairs = append(r.ends, len(r.keys)), append(r.pairs, before)
	}
	if u.damaged || len(u.rest) > 0 {
		return nil, errDamaged
	}
	texts := string(r.keys)
	start = 0
	for i, end := range r.ends {
		r.pairs[i].user = texts[start:end]
		start = end
	}
	return r.pairs, nil
}

// packPage and readPage are the same for pairs in a page of their own.
func packPage(pairs []pair) []byte {
	version := byte(packVersion)
	if slices.ContainsFunc(pairs, pair.isUnsure) {
		version = lostVersion
	}
	return appendPairs([]byte{version}, pairs)
}

func (r *pairReader) readPage(body []byte) ([]pair, error) {
	u, err := unpack(body)
	if err != nil {
		return nil, err
	}
	return r.read(u.rest)
}

// addPairs adds to an object the owners and members that are asked for.
func addPairs(have *directory.Have, pairs []pair) {
	var owners, members, strangeOwners, strangeMembers int
	for _, p := range pairs {
		owners += one(p.owner.asked())
		members += one(p.member.asked())
		strangeOwners += one(p.owner == strange)
		strangeMembers += one(p.member == strange)
	}
	have.Owners = slices.Grow(have.Owners, owners)
	have.Members = slices.Grow(have.Members, members)
	have.StrangeOwners = slices.Grow(have.StrangeOwners, strangeOwners)
	have.StrangeMembers = slices.Grow(have.StrangeMembers, strangeMembers)
	for _, p := range pairs {
		if p.owner.asked() {
			have.Owners = append(have.Owners, p.user)
		}
		if p.member.asked() {
			have.Members = append(have.Members, p.user)
		}
		if p.owner == strange {
			have.StrangeOwners = append(have.StrangeOwners, p.user)
		}
		if p.member == strange {
			have.StrangeMembers = append(have.StrangeMembers, p.user)
		}
		if p.owner == unsure {
			have.Lost.Owners = append(have.Lost.Owners, p.user)
		}
		if p.member == unsure {
			have.Lost.Members = append(have.Lost.Members, p.user)
		}
		if p.owner == releasedOurs {
			have.ReleasedOwners = append(have.ReleasedOwners, p.user)
		}
		if p.member == releasedOurs {
			have.ReleasedMembers = append(have.ReleasedMembers, p.user)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
