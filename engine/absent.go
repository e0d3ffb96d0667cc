package engine

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// absent is what a roster lacks of its school year: the ids that it, or another one
// that was accepted in the year, has or had, and that are not active now.
type absent struct {
	year     int
	ids      idLists
	inactive [4]int // how many of each list are surely gone, and not only dropped
}

// absentIn returns what the roster lacks. What is present in it is worked out only
// where it must be: of a country it takes a gigabyte.
func (p *Preparer) absentIn(ctx context.Context, request Request, at func() present) (absent, error) {
	r := request.Roster
	out := absent{year: schoolYear(r, request.AsOf)}
	known, err := out.recall(p.Store.AbsentIDs(ctx, p.Scope, out.year))
	if err != nil {
		return out, err
	}
	last, err := p.Store.Accepted(ctx, p.Scope, p.Now())
	if err != nil {
		return out, err
	}
	if !known || len(last) == 0 || last[0].SHA256 != r.SHA256 {
		if err := p.compareYear(ctx, &out, r, known, last, at); err != nil {
			return out, err
		}
	}
	unknown, excuse := unknownIn(r)
	for i, list := range out.ids.lists() {
		for _, id := range *list {
			if !has(*unknown.lists()[i], id) {
				out.inactive[i]++
			}
		}
	}
	out.inactive[3] = max(0, out.inactive[3]-excuse)
	return out, nil
}

// compareYear adds what is not active in the roster and what an earlier one of the
// year had, and takes out what is active now.
func (p *Preparer) compareYear(
	ctx context.Context, out *absent, r *roster.Roster, sameYear bool, last []ledger.Accepted, at func() present,
) error {
	for i, list := range new(idsOf(r, false)).lists() {
		*out.ids.lists()[i] = append(*out.ids.lists()[i], *list...)
	}
	if sameYear && len(last) > 0 {
		err := out.miss(p.Store.AcceptedIDs(ctx, p.Scope, last[0].SHA256), at().active)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return fmt.Errorf("reading the ids of an earlier roster: %w", err)
		}
	}
	for i, list := range out.ids.lists() {
		if len(*list) == 0 {
			continue
		}
		active := *new(at().active).lists()[i]
		kept := (*list)[:0]
		for _, id := range *list {
			if !has(active, id) {
				kept = append(kept, id)
			}
		}
		*list = kept
	}
	out.ids.tidy()
	return nil
}

// miss adds the ids of an earlier roster, which are packed, that are not active now.
func (a *absent) miss(packed iter.Seq2[[]byte, error], active idLists) error {
	next, stop := iter.Pull2(packed)
	defer stop()
	r := idReader{next: next}
	add := func(to *[]uint64, active, hashes []uint64) {
		for _, h := range hashes { // sorted, as active is
			var found bool
			if active, found = skipTo(active, h); !found {
				*to = append(*to, h)
			}
		}
	}
	for org, hashes := range r.byOrg() {
		if org != "" {
			add(&a.ids.orgs, active.orgs, []uint64{idHash(org)})
			continue // all people are under ""
		}
		add(&a.ids.people, active.people, hashes)
	}
	for _, hashes := range r.byOrg() {
		add(&a.ids.classes, active.classes, hashes)
	}
	for _, hashes := range r.byOrg() {
		add(&a.ids.enrollments, active.enrollments, hashes)
	}
	return r.err
}

// The names under which the lists of what is absent are packed, in their order.
const absentLists = "0123"

// remembered returns what is absent for the store.
func (a *absent) remembered() *ledger.Absent {
	lists := a.ids // the closure must not hold on to more
	return &ledger.Absent{Year: a.year, IDs: func(yield func([]byte) bool) {
		p := idPacker{give: yield}
		p.number(uint64(len(absentLists)))
		for i, list := range lists.lists() {
			p.list(absentLists[i:i+1], *list)
		}
		p.end()
	}}
}

// recall reads what the store remembers of the year, and reports whether it does.
func (a *absent) recall(packed iter.Seq2[[]byte, error]) (bool, error) {
	next, stop := iter.Pull2(packed)
	defer stop()
	r := idReader{next: next}
	i := 0
	for _, hashes := range r.byOrg() {
		if i < len(absentLists) {
			*a.ids.lists()[i] = append([]uint64(nil), hashes...)
		}
		i++
	}
	if fault.KindOf(r.err) == fault.NotFound {
		return false, nil
	}
	if r.err != nil {
		return false, fmt.Errorf("reading what earlier rosters of the year had: %w", r.err)
	}
	return true, nil
}

// schoolYear returns the year in which the school year of a roster ends: that of the
// sessions that the day lies in, else the last one that the roster names, else, by the
// calendar, that of the day.
func schoolYear(r *roster.Roster, day roster.Date) int {
	now, last := 0, 0
	for i := range r.Sessions {
		s := &r.Sessions[i]
		if !s.Active {
			continue
		}
		last = max(last, int(s.Year))
		if s.Start <= day && day <= s.End {
			now = max(now, int(s.Year))
		}
	}
	switch {
	case now != 0:
		return now
	case last != 0:
		return last
	}
	date, err := time.Parse(time.DateOnly, day.String())
	if err != nil {
		return 0 // no day was given
	}
	if date.Month() >= time.August {
		return date.Year() + 1
	}
	return date.Year()
}
