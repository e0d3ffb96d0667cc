package plan

import "github.com/homeroomhq/homeroom/directory"

// archive plans to give a retired object names that say that it is out of use, so that
// another one can bear its own.
func (c *cleaning) archive(h *directory.Have) {
	if directory.IsExpired(h.Key) {
		return
	}
	step := c.step(Update, h)
	step.Key = c.freeKey(h)
	for name, value := range c.reuse.Expiry.Names(h.Kind, step.Key, h.Attributes) {
		step.Set[name] = Delta{From: h.Attributes[name], To: value}
	}
	step.Set[directory.AnchorID] = Delta{From: h.Key, To: step.Key}
	c.countUpdate(h.Kind)
	c.add(&step)
}

// revive plans to give an object that a run put out of use its own names again, unless
// another one bears them now. It stays what it is to Homeroom: retired, as a rule.
func (u *undoing) revive(renamed *Step) {
	if u.have == nil || u.seen == nil || u.seen.ID != u.have.ID || u.Taken(u.kind, renamed.Was()) {
		u.skip(Skip{Kind: u.kind, Key: u.key, Reason: changedSince, Org: u.org(), Detail: "it is no longer there, or another one bears its names"})
		return
	}
	step := u.step(Update)
	step.Key, step.State = renamed.Was(), u.have.State
	for name, delta := range renamed.Set {
		step.Set[name] = Delta{From: delta.To, To: delta.From}
	}
	count := u.summary.Objects[u.kind]
	count.Update++
	u.summary.Objects[u.kind] = count
	u.add(&step)
}
