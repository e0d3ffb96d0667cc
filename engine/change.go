package engine

import (
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// work is one step on its way to the target.
type work struct {
	step    *plan.Step
	found   bool     // the object to be created was there already
	ours    bool     // what is there of the step is Homeroom's: it was sent before, or its creation was
	resent  bool     // all of the step may have been carried out: its batch was sent before, and never answered
	missing []string // keys of users who have no directory user yet
	ids     map[string]string

	id        string // the object's, once known
	repeated  bool   // the change that is on its way was sent before
	keepsLast bool   // an owner is not removed: nobody else is there yet
	verdict   directory.Verdict
	rule      string
	message   string
	queue     []directory.Change // that were not sent yet
	done      []directory.Change // that were carried out
	refused   []directory.Change // that were not, for what is known
	lost      []directory.Change // that may have been carried out
	// Directory ids that were there before, or that the directory does not know.
	// Few steps have any.
	oldOwners, oldMembers, unknown idSet
	// Directory ids that were there, and may have been added when they were sent before.
	sentOwners, sentMembers idSet
}

// idSet is a set of directory ids. The zero idSet is empty.
type idSet map[string]bool

func (s *idSet) add(ids []string) {
	if len(ids) > 0 && *s == nil {
		*s = make(idSet, len(ids))
	}
	for _, id := range ids {
		(*s)[id] = true
	}
}

// newWork begins the work on a step, which is its own from now on.
func newWork(step *plan.Step, ids map[string]string, sentBefore bool) *work {
	w := &work{step: step, ids: ids, ours: sentBefore, resent: sentBefore, id: step.ID, verdict: directory.Done}
	for _, key := range step.Members.Add {
		if ids[key] == "" {
			w.missing = append(w.missing, key)
		}
	}
	return w
}

// creates reports whether the step's object is still to be created.
func (w *work) creates() bool { return w.step.Action == plan.Create && w.id == "" }

// hopeless reports whether nobody who should be in a new group is there yet, so
// that the group waits, too.
func (w *work) hopeless() bool {
	return w.step.Action == plan.Create && w.step.Kind != directory.User &&
		len(w.missing) == len(w.step.Members.Add)
}

// keepLastOwner takes the removal of owners out of the step when the group would
// be left without one: whoever was to follow could not be added (rules 3, "Last
// owner"). had are the owners by the ledger, those who were let go of included.
func (w *work) keepLastOwner(had []string) {
	isGone := func(user string) bool { return slices.Contains(w.step.Owners.Remove, user) }
	if slices.ContainsFunc(had, func(user string) bool { return !isGone(user) }) {
		return
	}
	w.keepsLast = true
	w.step.Members.Remove = slices.DeleteFunc(slices.Clone(w.step.Members.Remove), isGone)
	w.step.Owners.Remove = nil
}

// known returns the directory ids of users, leaving out those who have none.
func (w *work) known(users []string) []string {
	if len(users) == 0 {
		return nil
	}
	ids := make([]string, 0, len(users))
	for _, key := range users {
		if id := w.ids[key]; id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// changes cuts the step into changes that the target takes. All but the first
// need the id that the first one may bring.
func (w *work) changes(limit int) []directory.Change {
	if w.step.Action == plan.Delete {
		return []directory.Change{{Kind: w.step.Kind, ID: w.id, Delete: true}}
	}
	first := directory.Change{Kind: w.step.Kind, ID: w.id, Set: w.set(), Org: w.step.Org}
	parts := []list{
		{w.known(w.step.Owners.Add), addOwners},
		{w.known(w.joining()), addMembers},
		{w.known(w.step.Members.Remove), removeMembers},
		{w.known(w.step.Owners.Remove), removeOwners},
	}
	changes := []directory.Change{first}
	room := limit
	for _, part := range parts {
		for len(part.ids) > 0 {
			if room == 0 {
				changes = append(changes, directory.Change{Kind: w.step.Kind})
				room = limit
			}
			n := min(room, len(part.ids))
			*part.of(&changes[len(changes)-1]) = part.ids[:n]
			part.ids, room = part.ids[n:], room-n
		}
	}
	return changes
}

// joining returns the keys of new members. A new owner is among them even when the
// ledger knows a member: somebody may have taken the member out by hand, and an
// owner stands in both lists (rules 3).
func (w *work) joining() []string {
	members := w.step.Members.Add
	isMember := func(user string) bool { _, found := slices.BinarySearch(members, user); return found }
	if !slices.ContainsFunc(w.step.Owners.Add, func(user string) bool { return !isMember(user) }) {
		return members
	}
	keys := slices.Concat(members, w.step.Owners.Add)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// list is a list of users and the place of it in a change.
type list struct {
	ids []string
	of  func(*directory.Change) *[]string
}

// set returns the values that the step writes. A team needs an owner: where none
// is there yet, it waits.
func (w *work) set() directory.Attributes {
	set := make(directory.Attributes, len(w.step.Set))
	for name, delta := range w.step.Set {
		set[name] = delta.To
	}
	delete(set, directory.SchoolYears) // of which the ledger alone knows
	if set[directory.Team] != "" && w.ownerless() {
		delete(set, directory.Team)
	}
	if w.found && !w.ours {
		delete(set, directory.MailNickname) // it has one, and that is never changed
	}
	return set
}

// ownerless reports whether the group may have no owner after the step: nobody
// who is to own it is there yet.
func (w *work) ownerless() bool {
	return (w.step.Action == plan.Create || len(w.step.Owners.Add) > 0) && len(w.known(w.step.Owners.Add)) == 0
}

// take notes the outcome of one of the step's changes. When the change was sent
// before and never answered, nobody counts as having been there for what is known of it.
func (w *work) take(c directory.Change, o directory.Outcome) {
	if o.Verdict != directory.Done {
		w.verdict, w.rule, w.message = o.Verdict, o.Rule, o.Message
		w.refused = append(w.refused, c)
		return
	}
	w.done = append(w.done, c)
	if o.ID != "" {
		w.id = o.ID
	}
	w.unknown.add(o.Missing)
	if w.repeated || w.ours {
		w.sentOwners.add(o.OldOwners)
		w.sentMembers.add(o.OldMembers)
	} else {
		w.oldOwners.add(o.OldOwners)
		w.oldMembers.add(o.OldMembers)
	}
	w.repeated = false
}

// uncertain reports whether a change of the step may have been carried out
// although the last that was heard of it is that it was not.
func (w *work) uncertain() bool {
	return len(w.refused) > 0 && (w.resent || w.repeated) && w.rule != directory.ObjectMissing
}

// inDoubt returns the changes that may have been carried out.
func (w *work) inDoubt() []directory.Change {
	if w.resent {
		return append(w.refused, w.queue...)
	}
	return w.refused
}

// lose notes what is in doubt. What the directory shows of it proves nothing as yet: it may
// be from before. Nothing is known to be there of an object without an id: it was looked for.
func (w *work) lose() {
	if w.id != "" {
		w.lost = append(w.lost, w.inDoubt()...)
	}
}

// learnGone counts a deletion as carried out when nothing is there any more.
func (w *work) learnGone(gone bool) {
	if gone {
		w.verdict, w.rule, w.message = directory.Done, "", ""
		w.done = append(w.done, w.refused...)
	}
}

// without returns the users of some who are not among others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(user string) bool { return slices.Contains(others, user) })
}

// whole reports whether every change of the step was carried out.
func (w *work) whole() bool { return w.verdict == directory.Done }

// written returns the values that were written, for the ledger.
func (w *work) written() directory.Attributes {
	if len(w.done) == 0 {
		return nil
	}
	written := w.done[0].Set
	for _, c := range w.done[1:] {
		if len(c.Set) > 0 {
			written = merged(written, c.Set)
		}
	}
	return written
}

func merged(a, b directory.Attributes) directory.Attributes {
	all := make(directory.Attributes, len(a)+len(b))
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// carriedOut tells of a user whether one list of the changes that were carried out
// had the user.
func (w *work) carriedOut(of func(*directory.Change) *[]string) func(user string) bool {
	if w.whole() {
		return func(user string) bool { return w.ids[user] != "" }
	}
	return w.in(w.done, of)
}

// in tells of a user whether one list of some changes has the user.
func (w *work) in(changes []directory.Change, of func(*directory.Change) *[]string) func(user string) bool {
	var ids idSet
	for i := range changes {
		ids.add(*of(&changes[i]))
	}
	return func(user string) bool { return ids[w.ids[user]] }
}

// The lists of a change.
func addOwners(c *directory.Change) *[]string     { return &c.AddOwners }
func addMembers(c *directory.Change) *[]string    { return &c.AddMembers }
func removeMembers(c *directory.Change) *[]string { return &c.RemoveMembers }
func removeOwners(c *directory.Change) *[]string  { return &c.RemoveOwners }
