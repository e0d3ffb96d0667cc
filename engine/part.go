package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// A run that is limited to a part leaves everything else as it was before, so that
// the next run finds it so: it plans nothing of it, links nobody, takes no approval
// away, does not become the roster that the next one is compared with, and not the
// only settings that the ledger came to be by (Store.Baselines).

// limit limits a plan to a part; nil for everything.
func limit(in *plan.Input, part *flow.Selection) {
	if part == nil {
		return
	}
	in.Only = part.Has
	if moved := in.Moved; moved != nil {
		in.Moved = func(user string) bool { return part.HasUser(user) && moved(user) }
	}
}

// limit takes out of a prepared run what is not in its part.
func (p *Prepared) limit(approvals *approvals) error {
	if p.part == nil {
		return nil
	}
	if missing := p.part.Missing(); len(missing) > 0 {
		return fault.New(fault.NotFound, "Nothing is known by the name %s. A part is named by keys as plans show them (Section_112001, User_114001), or by a school's id.",
			strings.Join(missing, ", "))
	}
	p.links = slices.DeleteFunc(p.links, func(l ledger.Link) bool { return !p.part.HasUser(l.Person) })
	maps.DeleteFunc(approvals.people, func(content, person string) bool {
		if p.part.HasUser(person) {
			return false
		}
		delete(approvals.taken, content)
		return true
	})
	return nil
}

// remember adds what is committed besides the plan.
func (p *Prepared) remember(c *ledger.Commit) {
	c.Links, c.Used, c.Statistics, c.Rejected = p.links, p.used, p.counts, p.rejected
	if p.part != nil || p.run.Kind != ledger.OfRoster {
		return
	}
	whole := p.accepted
	whole.IDs = packIDs(p.request.Roster)
	c.Accepted, c.Absent, c.Lapsed, c.Resets = &whole, p.absent, p.lapsed, p.request.Settings.Resets()
	c.Settled = p.settled
}
