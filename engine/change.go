package engine

import (
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// work is one step on its way to the target.
type work struct {
	step  plan.Step
	found bool // the object to be created was there already
	ours  bool // the step was sent before: what is there of it is Homeroom's
	// What relatedContacts stands for is not at hand any longer: the roster is
	// another one. They are left to the plan that follows.
	contactsUnknown bool
	missing         []string // keys of users who have no directory user yet
	ids             map[string]string

	id      string // the object's, once known
	verdict directory.Verdict
	rule    string
	message string
	// Directory ids that were there before, or that the directory does not know.
	oldOwners, oldMembers, unknown map[string]bool
}

func newWork(step plan.Step, ids map[string]string, sentBefore bool) *work {
	w := &work{
		step: step, ids: ids, ours: sentBefore, id: step.ID, verdict: directory.Done,
		oldOwners: map[string]bool{}, oldMembers: map[string]bool{}, unknown: map[string]bool{},
	}
	for _, key := range step.Members.Add {
		if ids[key] == "" {
			w.missing = append(w.missing, key)
		}
	}
	return w
}

// hopeless reports whether nobody who should be in a new group is there yet, so
// that the group waits, too.
func (w *work) hopeless() bool {
	return w.step.Action == plan.Create && w.step.Kind != directory.User &&
		len(w.missing) == len(w.step.Members.Add)
}

// known returns the directory ids of users, leaving out those who have none.
func (w *work) known(users []string) []string {
	var ids []string
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
	first := directory.Change{Kind: w.step.Kind, ID: w.id, Set: w.set()}
	parts := []list{
		{w.known(w.step.Owners.Add), func(c *directory.Change) *[]string { return &c.AddOwners }},
		{w.known(w.joining()), func(c *directory.Change) *[]string { return &c.AddMembers }},
		{w.known(w.step.Members.Remove), func(c *directory.Change) *[]string { return &c.RemoveMembers }},
		{w.known(w.step.Owners.Remove), func(c *directory.Change) *[]string { return &c.RemoveOwners }},
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
	keys := slices.Concat(w.step.Members.Add, w.step.Owners.Add)
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
	if set[directory.Team] != "" && w.ownerless() {
		delete(set, directory.Team)
	}
	if w.contactsUnknown {
		delete(set, directory.RelatedContacts)
	}
	if w.found && !w.ours {
		delete(set, directory.MailNickname) // it has one, and that is never changed
	}
	return set
}

// ownerless reports whether a new group would have no owner.
func (w *work) ownerless() bool {
	return w.step.Action == plan.Create && len(w.known(w.step.Owners.Add)) == 0
}

// take notes the outcome of one of the step's changes.
func (w *work) take(o directory.Outcome) {
	if o.Verdict != directory.Done {
		w.verdict, w.rule, w.message = o.Verdict, o.Rule, o.Message
		return
	}
	if o.ID != "" {
		w.id = o.ID
	}
	for set, ids := range map[*map[string]bool][]string{
		&w.oldOwners: o.OldOwners, &w.oldMembers: o.OldMembers, &w.unknown: o.Missing,
	} {
		for _, id := range ids {
			(*set)[id] = true
		}
	}
}

// written returns what the step wrote, for the ledger.
func (w *work) written() directory.Attributes {
	return maps.Clone(w.set())
}
