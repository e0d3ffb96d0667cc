package roster

// Expect is told of the rows of a file that come next. It need not be told, and
// changes nothing but the time that looking up their ids takes: what that needs of
// memory is fetched for many rows at once, where every row would wait by itself.
func (b *Builder) Expect(rows []Row) {
	for _, e := range [...]struct {
		field Field
		index *index
	}{{ID, b.claimed}, {ClassField, b.classes}, {PersonField, b.people}, {ContactField, b.people}} {
		if e.index != nil && len(rows) > 0 && rows[0].has(e.field) {
			e.index.expect(rows, e.field)
		}
	}
}

// expect brings what searching for the ids of a field will need into the processor's
// cache, unless the ids before those were mostly found without a search. Each loop
// asks for memory whose place it knows, so that the processor need not wait for one
// piece before it asks for the next.
func (x *index) expect(rows []Row, f Field) {
	few := x.searches < len(rows)/2
	x.searches = 0
	if few {
		return
	}
	list := x.expected[:0] // of hashes, then of positions of slots, then of ids
	for i := range rows {
		list = append(list, x.hash(rows[i].Cell(f)))
	}
	mask, touched := len(x.tags)-1, int32(0)
	for _, hash := range list {
		at := int(hash) & mask
		touched += int32(x.tags[at]) + x.numbers[at]
	}
	found := list[:0]
	for _, hash := range list {
		if at := x.first(hash); at >= 0 {
			found = append(found, uint32(at))
		}
	}
	for i, at := range found {
		found[i] = uint32(x.slots[at].id)
	}
	for _, id := range found {
		touched += int32(x.arena.touch(Text(id)))
	}
	x.expected, x.touched = list, touched
}

// first returns the position of the first slot whose id may have the hash, or -1.
func (x *index) first(hash uint32) int {
	tag, mask := tagOf(hash), len(x.tags)-1
	for i := int(hash) & mask; x.tags[i] != 0; i = (i + 1) & mask {
		if x.tags[i] == tag {
			return int(x.numbers[i])
		}
	}
	return -1
}
