package engine

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// entry returns what a step changes in the ledger. An object that someone deleted
// is forgotten, so that the next run makes it again, and so is one that the step
// deleted or gave back.
func (w *work) entry() ledger.Entry {
	if w.rule == directory.ObjectMissing || w.step.Action == plan.Delete || w.disowned() {
		return ledger.Entry{Kind: w.step.Kind, Key: cmp.Or(w.step.Was(), w.step.Key), State: directory.Managed, Forget: true}
	}
	if was := w.step.Was(); was != "" && len(w.done) == 0 {
		return ledger.Entry{Kind: w.step.Kind, Key: was, Lost: directory.Lost{Values: slices.Sorted(maps.Keys(w.set()))}}
	} else if was != "" {
		// Found under its new key, it is nobody's any more.
		return ledger.Entry{Kind: w.step.Kind, Key: w.step.Key, Was: was, ID: w.id, State: cmp.Or(w.step.State, directory.Retired), Org: w.step.Org, Set: w.written()}
	}
	if w.step.Action == plan.Rewrite {
		return ledger.Entry{Kind: w.step.Kind, Key: w.step.Key, ID: w.id, Set: w.written(), Rewritten: w.whole()}
	}
	e := ledger.Entry{
		Kind: w.step.Kind, Key: w.step.Key, ID: w.id, State: cmp.Or(w.step.State, directory.Managed), Org: w.step.Org,
		Created: w.step.Action == plan.Create && (!w.found || w.ours),
		Set:     w.written(),
	}
	w.addLost(&e)
	if years := w.step.Set[directory.SchoolYears].To; years != "" {
		e.Set = merged(e.Set, directory.Attributes{directory.SchoolYears: years})
	}
	e.AddOwners, e.StrangeOwners, e.ClaimOwners = w.sides(w.step.Owners.Add, w.carriedOut(addOwners), w.oldOwners, w.sentOwners)
	e.AddMembers, e.StrangeMembers, e.ClaimMembers = w.sides(w.step.Members.Add, w.carriedOut(addMembers), w.oldMembers, w.sentMembers)
	e.DropOwners = w.gone(w.step.Owners.Remove, w.carriedOut(removeOwners))
	e.DropMembers = w.gone(w.step.Members.Remove, w.carriedOut(removeMembers))
	return e
}

// addLost adds to an entry what nobody knows of. A value that was to be set is noted as the one
// that is there: should it not be wanted any more, it is taken away.
func (w *work) addLost(e *ledger.Entry) {
	if len(w.lost) == 0 {
		return
	}
	for _, c := range w.lost {
		for name, value := range c.Set {
			e.Lost.Values = append(e.Lost.Values, name)
			if value != "" {
				e.Set = merged(e.Set, directory.Attributes{name: value})
			}
		}
	}
	slices.Sort(e.Lost.Values)
	these := func(users []string, lost func(string) bool) []string {
		return slices.DeleteFunc(slices.Clone(users), func(user string) bool { return !lost(user) })
	}
	e.Lost.Owners = append(these(w.step.Owners.Add, w.in(w.lost, addOwners)), these(w.step.Owners.Remove, w.in(w.lost, removeOwners))...)
	e.Lost.Members = append(these(w.step.Members.Add, w.in(w.lost, addMembers)), these(w.step.Members.Remove, w.in(w.lost, removeMembers))...)
}

// disowned reports whether the object was given back as it was found: nothing marks it
// as Homeroom's any more.
func (w *work) disowned() bool {
	anchor, set := w.written()[directory.AnchorID]
	return set && anchor == "" && w.whole()
}

// sides parts users who were added from those who were there before, and from those who may
// be there since they were sent before.
func (w *work) sides(users []string, done func(string) bool, old, sent idSet) (added, strange, claimed []string) {
	isAdded := func(user string) bool {
		id := w.ids[user]
		return done(user) && !w.unknown[id] && !old[id] && !sent[id] && !isStranger(user)
	}
	if !slices.ContainsFunc(users, func(user string) bool { return !isAdded(user) }) {
		return users, nil, nil
	}
	for _, key := range users {
		id := w.ids[key]
		switch {
		case !done(key) || w.unknown[id] || isStranger(key):
		case old[id]:
			strange = append(strange, key)
		case sent[id]:
			claimed = append(claimed, key)
		default:
			added = append(added, key)
		}
	}
	return added, strange, claimed
}

// isStranger reports whether a user whom a revert gives the place back is nobody's of ours:
// the ledger has none such.
func isStranger(user string) bool {
	_, is := directory.StrangerID(user)
	return is
}

// gone returns the users who were removed, and those whom the directory does not
// have.
func (w *work) gone(users []string, sent func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(users), func(key string) bool { return w.ids[key] != "" && !sent(key) })
}

// remembered reports whether the ledger changes: something of the step was
// carried out, or may have been, or its object is no longer there. A user is never made
// again by itself: matching finds that the link is broken.
func (w *work) remembered() bool {
	return len(w.done)+len(w.lost) > 0 || w.rule == directory.ObjectMissing && w.step.Kind != directory.User
}

// createdUser reports whether the step made a user.
func (w *work) createdUser() bool {
	return len(w.done)+len(w.lost) > 0 && w.step.Kind == directory.User && w.step.Action == plan.Create
}

// result returns what became of the step.
func (w *work) result() ledger.Result {
	r := ledger.Result{Seq: w.step.Seq, Kind: w.step.Kind, Key: w.step.Key, Verdict: w.verdict, Rule: w.rule, Message: w.message}
	waiting := len(w.missing) + len(w.unknown)
	switch {
	case r.Verdict != directory.Done:
	case waiting > 0:
		r.Verdict, r.Rule = directory.Later, plan.WaitsForUser
		r.Message = fmt.Sprintf("%s waits for %d people who have no directory user yet", w.step.Key, waiting)
	case w.keepsLast:
		r.Verdict, r.Rule = directory.Later, plan.WaitsForUser
		r.Message = w.step.Key + " keeps its last owner until the next one has a directory user"
	}
	return r
}

// ledgerEntries yields what a plan changes in the ledger alone.
func ledgerEntries(p *plan.Plan, today string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, f := range p.Forgotten {
			e := ledger.Entry{Kind: f.Kind, Key: f.Key, State: f.State, Forget: f.Whole, DropOwners: f.Owners, DropMembers: f.Members}
			if !yield(e, nil) {
				return
			}
		}
		for step, err := range p.LedgerOnly() {
			if !yield(ledgerEntry(&step, today), err) {
				return
			}
		}
		if p.Summary().Rewritten == 0 {
			return
		}
		for step, err := range p.Rewrites() {
			// Should the run not come to it, a later one does.
			if !yield(ledger.Entry{Kind: step.Kind, Key: step.Key, Rewrite: true}, err) {
				return
			}
		}
	}
}

func ledgerEntry(s *plan.Step, today string) ledger.Entry {
	e := ledger.Entry{Kind: s.Kind, Key: s.Key, ID: s.ID, Org: s.Org, Since: today}
	switch {
	case s.Action == plan.Retire:
		e.State = directory.Retired
	case s.Action == plan.Update: // it notes school years
		e.State = directory.Managed
		e.Set = directory.Attributes{directory.SchoolYears: s.Set[directory.SchoolYears].To}
	case s.Released == nil:
		e.State = directory.Released
	default:
		e.State = cmp.Or(s.State, directory.Managed)
		e.ReleaseOwners, e.ReleaseMembers = s.Released.Owners, s.Released.Members
	}
	if e.State == directory.Managed {
		e.Since = ""
	}
	return e
}
