package roster

import "cmp"

// rarePeriod is the number of the periods that are kept by enrollment: an
// enrollment has room for so many different ones, and no roster in its senses
// has more.
const rarePeriod = 1<<16 - 1

// setPeriod gives an enrollment its period.
func (b *Builder) setPeriod(e *Enrollment, p Period) {
	if p == (Period{}) {
		return
	}
	r := b.roster
	if b.periods == nil {
		b.periods = make(map[Period]uint16)
		r.periods = append(r.periods, Period{})
	}
	number, known := b.periods[p]
	switch {
	case known:
		e.period = number
	case len(r.periods) < rarePeriod:
		e.period = uint16(len(r.periods))
		b.periods[p] = e.period
		r.periods = append(r.periods, p)
	default:
		if r.rarePeriods == nil {
			r.rarePeriods = make(map[Record]Period)
		}
		e.period = rarePeriod
		r.rarePeriods[e.Record] = p
	}
}

func comparePeriods(p, q Period) int {
	return cmp.Or(cmp.Compare(p.Start, q.Start), cmp.Compare(p.End, q.End))
}
