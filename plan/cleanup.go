package plan

import (
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// CleanupInput is what a cleanup is planned from.
type CleanupInput struct {
	Known
	// Released says that what the settings let go of is taken away: owners and members of
	// any object, and those of objects that were let go of as a whole.
	Released bool
	// Delete says that of the latter those are deleted, in place of being emptied, that
	// Homeroom created and in which there is nobody else.
	Delete bool
	// Retired says what is done with retired objects; "" for nothing.
	Retired Tidying
	// Expiry marks what is archived.
	Expiry directory.Expiry
	// Leaves reports whether a retired user is to be disabled; nil when nobody is.
	Leaves func(*directory.Have) bool
}

// Tidying is what a cleanup does with retired objects.
type Tidying string

// What can be done with them.
const (
	Empty   Tidying = "empty"   // owners and members whom Homeroom added are removed
	Archive Tidying = "archive" // it gets names that say that it is out of use (domain page D.3)
)

// ruleCleanup is the rule of steps that tidy up.
const ruleCleanup = "cleanup"

// Cleanup returns the plan that tidies up what is no longer asked for (rules 1,
// "Released"). Nothing is held yet: see Guard. Who and what was there before Homeroom
// asked stays, and so does the last owner of a group.
func Cleanup(in CleanupInput) (*Plan, error) {
	c := cleaning{CleanupInput: in, Plan: newPlan(Input{})}
	c.Kind, c.reuse = ruleCleanup, &Reuse{Expiry: in.Expiry, Taken: in.Taken}
	for _, kind := range directory.Kinds() {
		if err := c.clean(kind); err != nil {
			return nil, fmt.Errorf("planning to clean up %ss: %w", kind, err)
		}
	}
	c.sortSkipped()
	return c.Plan, nil
}

// cleaning is a cleanup on its way to a plan.
type cleaning struct {
	CleanupInput
	*Plan
}

func (c *cleaning) clean(kind directory.Kind) error {
	values := make(map[string]int) // in the ledger, by attribute
	some := make([]directory.Have, 0, lookedUp)
	for have, err := range c.Have(kind, directory.Span{}) {
		if err != nil {
			return err
		}
		c.ledger.countHave(&have, values)
		if some = append(some, have); len(some) == lookedUp {
			if err := c.cleanSome(kind, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	c.countValues(kind, values)
	return c.cleanSome(kind, some)
}

// cleanSome cleans up objects in the order of their keys. Of those that may be deleted it
// is looked up who is in them.
func (c *cleaning) cleanSome(kind directory.Kind, haves []directory.Have) error {
	deletable, err := c.deletable(kind, haves)
	if err != nil {
		return err
	}
	for i := range haves {
		if h := &haves[i]; deletable[h.Key] {
			c.delete(h)
		} else {
			c.cleanOne(h)
		}
	}
	return nil
}

// dooms reports whether an object may be deleted.
func (c *cleaning) dooms(h *directory.Have) bool {
	return h.Kind != directory.User && h.State == directory.Released && c.Released && c.Delete && h.Created
}

// cleanOne plans what is to be done about an object that stays.
func (c *cleaning) cleanOne(h *directory.Have) {
	switch {
	case h.Kind == directory.User:
		c.disable(h)
	case h.State == directory.Released && c.Released, h.State == directory.Retired && c.Retired == Empty:
		c.empty(h)
	case h.State == directory.Retired && c.Retired == Archive:
		c.archive(h)
	case c.Released:
		c.dismissReleased(h)
	}
}

func (c *cleaning) step(action Action, h *directory.Have) Step {
	step := Step{
		Action: action, Kind: h.Kind, Key: h.Key, ID: h.ID, Org: h.Org, Set: make(map[string]Delta),
		Why: []directory.Why{{Rule: ruleCleanup}},
	}
	if h.State != directory.Managed {
		step.State = h.State
	}
	return step
}

// disable plans to lock a leaver out.
func (c *cleaning) disable(h *directory.Have) {
	if c.Leaves == nil || !h.Created || h.State != directory.Retired || !enabled(h) || !c.Leaves(h) {
		return
	}
	step := c.step(Update, h)
	step.Set[directory.AccountEnabled] = Delta{From: h.Attributes[directory.AccountEnabled], To: directory.Bool(false)}
	c.countUpdate(h.Kind)
	c.add(&step)
}

// enabled reports whether an account whose state the ledger knows of may be in use.
func enabled(h *directory.Have) bool {
	return h.Attributes[directory.AccountEnabled] == directory.Bool(true) || contains(h.Lost.Values, directory.AccountEnabled)
}

func (c *cleaning) countUpdate(kind directory.Kind) {
	count := c.summary.Objects[kind]
	count.Update++
	c.summary.Objects[kind] = count
}

// empty plans to remove all whom Homeroom added.
func (c *cleaning) empty(h *directory.Have) {
	owners := union(minus(h.Owners, h.StrangeOwners), h.ReleasedOwners)
	members := union(minus(h.Members, h.StrangeMembers), h.ReleasedMembers)
	c.remove(h, owners, members, len(h.StrangeOwners) == 0)
}

// dismissReleased plans to remove whom the settings let go of.
func (c *cleaning) dismissReleased(h *directory.Have) {
	c.remove(h, h.ReleasedOwners, h.ReleasedMembers, len(h.Owners) == 0)
}

// remove plans to remove owners and members. When all goes who own it, one of them stays.
func (c *cleaning) remove(h *directory.Have, owners, members []string, all bool) {
	if all && len(owners) > 0 {
		last := surest(owners, h.Lost.Owners)
		owners, members = without(owners, last), without(members, last)
		if len(owners)+len(members) > 0 {
			c.skip(Skip{
				Kind: h.Kind, Key: h.Key, Reason: directoryLastOwner, Org: h.Org,
				Detail: last + " is the last owner and stays until another one comes",
			})
		}
	}
	step := c.step(Remove, h)
	step.Owners.Remove, step.Members.Remove = owners, members
	if step.removes() {
		c.add(&step)
	}
}

// deletable returns the keys of those objects that may be deleted and in which there is
// nobody else. The others are emptied.
func (c *cleaning) deletable(kind directory.Kind, haves []directory.Have) (map[string]bool, error) {
	deletable, doomed := make(map[string]bool), make(map[string]*directory.Have)
	var keys, users []string
	for i := range haves {
		if h := &haves[i]; c.dooms(h) {
			doomed[h.Key], keys = h, append(keys, h.Key)
			users = append(users, everybodyIn(h)...)
		}
	}
	if len(doomed) == 0 {
		return deletable, nil
	}
	objects, err := c.Find(kind, keys)
	if err != nil {
		return nil, err
	}
	slices.Sort(users)
	ids, err := c.IDs(slices.Compact(users))
	if err != nil {
		return nil, err
	}
	for i := range objects {
		o := &objects[i]
		h := doomed[o.Anchor()]
		if h == nil || o.ID != h.ID || o.Deleted || len(h.StrangeOwners)+len(h.StrangeMembers) > 0 {
			continue
		}
		ours := everybodyIn(h)
		deletable[h.Key] = onlyOf(ids, ours, o.Owners) && onlyOf(ids, ours, o.Members)
	}
	return deletable, nil
}

// everybodyIn returns the owners and members of an object, with those who were let go of.
func everybodyIn(h *directory.Have) []string {
	return slices.Concat(h.Owners, h.ReleasedOwners, h.Members, h.ReleasedMembers)
}

// delete plans to delete an object.
func (c *cleaning) delete(h *directory.Have) {
	step := c.step(Delete, h)
	for name, value := range h.Attributes {
		step.Set[name] = Delta{From: value}
	}
	step.Owners.Remove = union(h.Owners, h.ReleasedOwners)
	step.Members.Remove = union(h.Members, h.ReleasedMembers)
	c.add(&step)
}

// onlyOf reports whether all directory ids are those of the users.
func onlyOf(ids map[string]string, users, found []string) bool {
	ours := make(map[string]bool, len(users))
	for _, user := range users {
		ours[ids[user]] = true
	}
	return !slices.ContainsFunc(found, func(id string) bool { return !ours[id] })
}
