package roster

import (
	"fmt"
	"iter"
	"strings"
)

// claim enters the id of a row into an index and returns its entry, or -1 when
// there is no id or it is taken. Usable tells whether the row is in order so
// far; ok is false for one that is not, or whose id differs from another only in
// case where that matters (rules 3).
func (b *Builder) claim(x *index, row *Row, usable, caseMatters bool) (at int, ok bool) {
	id := row.Cell(ID)
	if b.found.catastrophic {
		return -1, false
	}
	if id == "" {
		if usable {
			b.require(row, ID)
		}
		return -1, false
	}
	b.claimed = x
	hash := x.hash(id)
	first, twin := x.search(id, hash)
	if first >= 0 {
		if usable {
			b.fail(row, ID, DuplicateIdentifier, fmt.Sprintf("The %s %q stands at %s already, and that row holds.",
				x.noun, shorten(id), b.roster.Where(x.slots[first].record)))
		}
		return -1, false
	}
	if caseMatters && usable && twin >= 0 {
		e := x.slots[twin]
		b.fail(row, ID, KeyCollision, fmt.Sprintf("The id differs from %q at %s only in case.", shorten(b.roster.Str(e.id)), b.roster.Where(e.record)))
		usable = false
	}
	if x.full() {
		x.reserve(b.room(len(x.slots)))
	}
	return x.add(id, hash, b.record(row)), usable
}

// need resolves a reference without which the row means nothing.
func (b *Builder) need(row *Row, f Field, x *index) (Ref, bool) {
	id := row.Cell(f)
	if id == "" {
		return None, b.require(row, f)
	}
	return b.needOne(row, f, x, id)
}

// needOne resolves one such reference of a field.
func (b *Builder) needOne(row *Row, f Field, x *index, id string) (Ref, bool) {
	if at := x.find(id); at >= 0 && x.slots[at].ref != None {
		return x.slots[at].ref, true
	}
	b.dangles(row, f, x, id, Error)
	return None, false
}

// refer resolves a reference that the row can do without (rules 6). It is false
// for one that leads nowhere.
func (b *Builder) refer(row *Row, f Field, x *index, id string) (Ref, bool) {
	if id == "" {
		return None, true
	}
	if at := x.find(id); at >= 0 && x.slots[at].ref != None {
		return x.slots[at].ref, true
	}
	b.dangles(row, f, x, id, Warning)
	return None, false
}

// dangles reports a reference that leads nowhere. Those to what the roster has none
// of are one problem a file.
func (b *Builder) dangles(row *Row, f Field, x *index, id string, severity Severity) {
	if len(x.slots) == 0 {
		message := fmt.Sprintf("There is no %s %q; the roster has none at all.", x.noun, shorten(id))
		b.Deviate("no "+x.noun, b.describe(row, f, ReferenceNotFound, severity, message))
		return
	}
	if b.found.full(b.file, ReferenceNotFound) {
		return
	}
	b.found.add(b.file, b.describe(row, f, ReferenceNotFound, severity, b.dangling(x, id)))
}

// idsOf yields the ids of a list that are not blank.
func idsOf(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for id := range strings.SplitSeq(list, ",") {
			if id = strings.Trim(id, " \t"); id != "" && !yield(id) {
				return
			}
		}
	}
}

func (b *Builder) dangling(x *index, id string) string {
	if at := x.find(id); at >= 0 {
		return fmt.Sprintf("The %s %q was dropped because of an error at %s.", x.noun, shorten(id), b.roster.Where(x.slots[at].record))
	}
	return fmt.Sprintf("There is no %s %q.", x.noun, shorten(id))
}

// carried returns an id that a dropped row names, for Unknown. A row with a
// defect is believed only where it names a record: its cells may stand under the
// wrong headers.
func (b *Builder) carried(row *Row, id string, x *index) string {
	if row.several || row.Fault != nil && x.find(id) < 0 {
		return ""
	}
	return strings.Clone(id)
}
