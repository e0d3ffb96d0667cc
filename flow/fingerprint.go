package flow

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Fingerprint digests what is wanted of the objects of a kind within a span of
// keys, without making the wants. As long as it stays the same, the same settings
// ask the same of them: what was found to be as wanted still is, unless somebody
// wrote to it. Left out is what only tells why, and what is only given to objects
// that are created. It may be called from several goroutines at once.
func (w *Wanted) Fingerprint(kind directory.Kind, span directory.Span) directory.Fingerprint {
	d := newDigester()
	d.bytes = append(d.bytes, w.digest[:]...)
	switch kind {
	case directory.User:
		d.keys(w.droppedPeople(span))
		for p := range w.peopleIn(span) {
			w.digestUser(&d, p)
		}
	case directory.ClassGroup:
		d.keys(w.droppedClasses(span))
		for class := range w.classesIn(span) {
			w.digestClass(&d, class)
		}
	default:
		for i := range w.groupsIn(kind, span) {
			w.digestGroup(&d, &w.groups[kind][i])
		}
	}
	return d.sum()
}

func (w *Wanted) digestUser(d *digester, p roster.Ref) {
	c, ok := w.userCase(p)
	if !ok {
		return
	}
	d.text(w.roster.Str(w.roster.People[p].ID))
	d.flag(c.kept)
	if c.kept {
		d.text(string(c.refused))
		d.text(string(c.doubt))
		d.text(c.detail)
		return
	}
	w.userFacts(p, c.sets, d.fact)
	d.end()
}

func (w *Wanted) digestClass(d *digester, ref roster.Ref) {
	class := &w.roster.Classes[ref]
	sets := w.classFlows(class.Org)
	if len(sets) == 0 || !w.classCounts(ref) {
		return
	}
	d.seats.enroll(w, ref, sets)
	d.text(w.roster.Str(class.ID))
	d.people(w, d.seats.owners)
	d.people(w, d.seats.members)
	if len(d.seats.owners) == 0 {
		d.keys(w.fallbackOwners(w.orgID(class.Org)))
	}
	w.classFacts(ref, sets[0].ClassGroup, len(d.seats.owners) > 0, d.fact)
	d.end()
}

func (w *Wanted) digestGroup(d *digester, g *group) {
	d.text(g.key)
	d.flag(g.unknown)
	if g.unknown {
		return
	}
	d.people(w, g.members)
	for _, f := range w.groupFacts(g) {
		d.fact(f)
	}
	d.end()
}

// digester collects what a fingerprint is made of. Every text and every list is
// written behind its length, so that different things are never written alike.
// Facts are written by how they differ from those of the object before, since most
// names and many values are the same in all.
type digester struct {
	hash  hash.Hash
	bytes []byte // that are not in the hash yet
	facts []Fact // names and values of this object and, from the position at on, of the one before
	at    int
	seats seats // of the class at hand
}

const digestBlock = 16 << 10 // bytes that are hashed at a time

func newDigester() digester {
	return digester{hash: sha256.New(), bytes: make([]byte, 0, 2*digestBlock)}
}

func (d *digester) sum() directory.Fingerprint {
	d.flush()
	return directory.Fingerprint(d.hash.Sum(nil)[:len(directory.Fingerprint{})])
}

func (d *digester) flush() {
	_, _ = d.hash.Write(d.bytes) // never fails
	d.bytes = d.bytes[:0]
}

func (d *digester) number(n int) { d.bytes = binary.AppendUvarint(d.bytes, uint64(n)) }

func (d *digester) text(s string) {
	d.number(len(s))
	d.bytes = append(d.bytes, s...)
}

func (d *digester) flag(is bool) { d.number(number(is)) }

func (d *digester) keys(keys []string) {
	d.number(len(keys))
	for _, key := range keys {
		d.text(key)
	}
}

func (d *digester) people(w *Wanted, people []roster.Ref) {
	d.number(len(people))
	for _, p := range people {
		d.text(w.roster.Str(w.roster.People[p].ID))
	}
}

func (d *digester) fact(f Fact) {
	if f.Out != "" || f.When == Created {
		return
	}
	if d.at == len(d.facts) {
		d.facts = append(d.facts, Fact{})
	}
	before := &d.facts[d.at]
	sameName, sameValue := f.Name == before.Name && f.When == before.When, f.Value == before.Value
	d.number(1 + number(sameName) + 2*number(sameValue))
	if !sameName {
		d.text(f.Name)
		d.number(int(f.When))
		before.Name, before.When = f.Name, f.When
	}
	if !sameValue {
		d.text(f.Value)
		before.Value = f.Value
	}
	d.at++
}

// end follows the facts of an object.
func (d *digester) end() {
	d.number(0)
	d.at = 0
	if len(d.bytes) > digestBlock {
		d.flush()
	}
}

// planVersion is to be raised when plans make something else of the same wants:
// what was found to need nothing must then be looked at again.
const planVersion = 2

// digestSettings digests what plans are made by besides the roster.
func digestSettings(s *Settings, a directory.Abilities) [sha256.Size]byte {
	encoded, err := json.Marshal(struct {
		Version   int
		Settings  *Settings
		Abilities directory.Abilities
	}{planVersion, s, a})
	if err != nil {
		panic(fmt.Sprintf("settings and abilities are plain data: %v", err))
	}
	return sha256.Sum256(encoded)
}
