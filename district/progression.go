package district

import (
	"cmp"
	"slices"
)

// line is who has which place: numbers of people, in order.
type line []span

func (l line) len() int {
	n := 0
	for _, s := range l {
		n += s.len()
	}
	return n
}

// at returns who has the place.
func (l line) at(place int) int {
	for _, s := range l {
		if place < s.len() {
			return s.first + place
		}
		place -= s.len()
	}
	panic("the line is shorter")
}

// take cuts up to n people off the beginning of the line.
func (l *line) take(n int) line {
	var taken line
	for n > 0 && len(*l) > 0 {
		first := &(*l)[0]
		part := span{first.first, min(first.first+n, first.end)}
		taken = append(taken, part)
		n -= part.len()
		if first.first = part.end; first.len() == 0 {
			*l = (*l)[1:]
		}
	}
	return taken
}

// blockSize is how many schools belong together: who is through with one of the
// elementary schools goes to the middle school of its block, then to the high
// school.
const blockSize = 5

// block is the students of the schools of a block.
type block struct {
	pupils [blockSize]line // by school, the youngest first
}

// block returns who goes to the schools of a block.
func (d *district) block(number int) block {
	b := block{}
	for i := range d.schoolsIn(number) {
		places := d.places(number*blockSize + i)
		b.pupils[i] = line{{d.staff + places.first, d.staff + places.end}}
	}
	if d.later {
		return d.moveUp(b, number)
	}
	return b
}

// schoolsIn returns how many schools a block has.
func (d *district) schoolsIn(block int) int {
	return min(blockSize, d.schools-block*blockSize)
}

// moveUp moves everybody up by a grade. Who finds no place leaves. The places
// that are left go to new students, each of whom is numbered by one who leaves
// and is a younger child of the same household: so no guardian is left without
// a child.
func (d *district) moveUp(before block, number int) block {
	n := d.schoolsIn(number)
	arrivals := d.arrivals(before, n)
	var after block
	var leavers line
	var free [blockSize][]vacancy
	for i := range n {
		size, grades := before.pupils[i].len(), len(levelOf(i).grades)
		for grade := range grades {
			places := gradePlaces(size, grades, grade).len()
			come := &arrivals[i][grade]
			pupils := come.take(places)
			free[i] = append(free[i], vacancy{pupils, places - pupils.len()})
			leavers = append(leavers, *come...)
		}
	}
	leavers = append(leavers, d.graduates(before, n)...)
	slices.SortFunc(leavers, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	for i := range n {
		for _, v := range free[i] {
			after.pupils[i] = append(after.pupils[i], v.pupils...)
			for _, s := range leavers.take(v.free) {
				after.pupils[i] = append(after.pupils[i], d.successors(s))
			}
		}
	}
	return after
}

// vacancy is who comes into a grade and how many places stay free.
type vacancy struct {
	pupils line
	free   int
}

// arrivals returns who would come into each grade of each school.
func (d *district) arrivals(before block, n int) [blockSize][]line {
	var arrivals [blockSize][]line
	for i := range n {
		arrivals[i] = make([]line, len(levelOf(i).grades))
	}
	for i := range n {
		grades := len(levelOf(i).grades)
		pupils := slices.Clone(before.pupils[i])
		for grade := range grades {
			cohort := pupils.take(gradePlaces(before.pupils[i].len(), grades, grade).len())
			if grade+1 < grades {
				arrivals[i][grade+1] = append(arrivals[i][grade+1], cohort...)
			} else if next := nextSchool(i); next >= 0 && next < n {
				arrivals[next][0] = append(arrivals[next][0], cohort...)
			}
		}
	}
	return arrivals
}

// graduates returns who is through with a school and finds no other in the block.
func (d *district) graduates(before block, n int) line {
	var found line
	for i := range n {
		if next := nextSchool(i); next >= 0 && next < n {
			continue
		}
		grades := len(levelOf(i).grades)
		pupils := slices.Clone(before.pupils[i])
		size := pupils.len()
		pupils.take(gradePlaces(size, grades, grades-1).first)
		found = append(found, pupils...)
	}
	return found
}

// nextSchool returns the position in a block of the school that follows one, or
// -1 after high school.
func nextSchool(i int) int {
	switch i {
	case middleSchool:
		return highSchool
	case highSchool:
		return -1
	default:
		return middleSchool
	}
}

// successors returns the new students who are numbered by those who leave.
func (d *district) successors(leavers span) span {
	by := d.people() - d.staff
	return span{leavers.first + by, leavers.end + by}
}
