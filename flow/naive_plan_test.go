package flow_test

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// change is what becomes of one object in a run, whichever steps bring it about.
type change struct {
	Create, Retire, Release, Again bool                 // again: managed again
	Set                            directory.Attributes // "" for what is cleared
	AddOwners, AddMembers          []string
	RemoveOwners, RemoveMembers    []string
	ReleaseOwners, ReleaseMembers  []string
	Doubt                          string
	Skipped                        []string
}

func (c *change) isNothing() bool {
	return !c.Create && !c.Retire && !c.Release && !c.Again && c.Doubt == "" && len(c.Skipped) == 0 && len(c.Set) == 0 &&
		len(c.AddOwners)+len(c.AddMembers)+len(c.RemoveOwners)+len(c.RemoveMembers)+len(c.ReleaseOwners)+len(c.ReleaseMembers) == 0
}

// naivePlan compares what is wanted of one object, and what the settings of the
// last run would want, with what the ledger has; what is not there is nil. The
// object may be excluded.
func naivePlan(kind directory.Kind, w, before *naiveWant, h *directory.Have, excluded bool) change {
	var c change
	switch {
	case w == nil && h == nil:
	case w == nil:
		released := before != nil || excluded
		c.Release = h.State == directory.Managed && released
		c.Retire = h.State == directory.Managed && !released
	case w.doubt != "":
		c.Doubt = w.doubt
	case w.refused != "":
		c.Skipped = []string{w.refused}
	case w.keep:
	case h == nil && kind != directory.User && len(w.only(w.members, yes)) == 0:
		if kind == directory.ClassGroup {
			c.Skipped = []string{"NoProvisionedMember"}
		}
	case h == nil:
		c.Create = w.id == ""
		c.Set = first(w)
		c.AddOwners, c.AddMembers = w.only(w.owners, yes), w.only(w.members, yes)
	default:
		c.Again = h.State != directory.Managed
		c.Set = differences(w, h)
		comparePeople(&c, w, before, h)
	}
	return c
}

// only returns the people with an answer, sorted.
func (w *naiveWant) only(people map[string]answer, a answer) []string {
	var keys []string
	for key, is := range people {
		if is == a {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// first returns what a new object is given, or a user who was found.
func first(w *naiveWant) directory.Attributes {
	set := make(directory.Attributes)
	sources := []directory.Attributes{w.attributes, w.createOnly, w.addOnly}
	if w.id != "" {
		sources = sources[:1]
	}
	for _, source := range sources {
		for name, value := range source {
			if value != "" {
				set[name] = value
			}
		}
	}
	return set
}

func differences(w *naiveWant, h *directory.Have) directory.Attributes {
	set := make(directory.Attributes)
	for name, value := range w.attributes {
		if h.Attributes[name] != value {
			set[name] = value
		}
	}
	for name, value := range w.addOnly {
		had := h.Attributes[name]
		if name == directory.LicenseSKUs {
			value = directory.List(append(directory.Items(had), directory.Items(value)...))
		} else if had != "" {
			continue
		}
		if h.Created && value != had {
			set[name] = value
		}
	}
	return set
}

// fate is what becomes of an owner or a member who is there.
type fate int

const (
	stays    fate = iota
	kept          // for the roster does not say
	released      // the settings took the person away, or the person was there before
	removed       // the roster took the person away
)

// comparePeople (rules 1, "Gone", "Released"; rules 3, "Last owner").
func comparePeople(c *change, w, before *naiveWant, h *directory.Have) {
	owners, members := w.only(w.owners, yes), w.only(w.members, yes)
	if fallsBack(w, before, h) {
		owners = w.fallback
		members = append(members, w.fallback...)
	}
	last := ""
	if leaving := all(h.Owners, func(u string) bool {
		return !slices.Contains(owners, u) && ownerFate(w, before, h, u) == removed
	}); len(owners) == 0 && len(h.Owners) > 0 && len(leaving) == len(h.Owners) {
		last = h.Owners[0]
		c.Skipped = append(c.Skipped, "LastOwner")
	}
	c.AddOwners = all(owners, func(u string) bool { return !slices.Contains(h.Owners, u) })
	for _, u := range h.Owners {
		switch {
		case slices.Contains(owners, u) || u == last:
		case ownerFate(w, before, h, u) == removed:
			c.RemoveOwners = append(c.RemoveOwners, u)
		case ownerFate(w, before, h, u) == released:
			c.ReleaseOwners = append(c.ReleaseOwners, u)
		}
	}
	c.AddMembers = all(members, func(u string) bool { return !slices.Contains(h.Members, u) })
	for _, u := range h.Members {
		switch {
		case slices.Contains(members, u) || u == last:
		case memberFate(w, before, h, u) == removed:
			c.RemoveMembers = append(c.RemoveMembers, u)
		case memberFate(w, before, h, u) == released:
			c.ReleaseMembers = append(c.ReleaseMembers, u)
		}
	}
	slices.Sort(c.AddMembers)
	c.AddMembers = slices.Compact(c.AddMembers)
}

func all(list []string, which func(string) bool) []string {
	var out []string
	for _, s := range list {
		if which(s) {
			out = append(out, s)
		}
	}
	return out
}

// isKept reports whether the roster leaves open what a person is in the object.
func (w *naiveWant) isKept(u string) bool {
	return w.keep || w.everybody || slices.Contains(w.pinned, u) || w.members[u] == maybe || w.owners[u] == maybe
}

// fallsBack reports whether the fallback owners own a class: the roster gives it
// no owner, and none of those who are there stays, or a fallback owner is there.
func fallsBack(w, before *naiveWant, h *directory.Have) bool {
	if len(w.only(w.owners, yes)) > 0 || len(h.Owners) == 0 || len(w.fallback) == 0 {
		return false
	}
	everyoneGoes := true
	for _, u := range h.Owners {
		if !w.isKept(u) && (slices.Contains(w.fallback, u) || before != nil && before.replaces(u)) {
			return true
		}
		everyoneGoes = everyoneGoes && ownerFate(w, before, h, u) == removed
	}
	return everyoneGoes
}

func ownerFate(w, before *naiveWant, h *directory.Have, u string) fate {
	switch {
	case w.owners[u] == yes:
		return stays
	case slices.Contains(w.excluded, u) && !slices.Contains(w.pinned, u):
		return released
	case w.isKept(u):
		return kept
	case slices.Contains(h.StrangeOwners, u):
		return released
	case before != nil && (before.owners[u] == yes || before.isKept(u) || before.replaces(u)):
		return released
	}
	return removed
}

func memberFate(w, before *naiveWant, h *directory.Have, u string) fate {
	switch {
	case w.members[u] == yes:
		return stays
	case slices.Contains(w.excluded, u) && !slices.Contains(w.pinned, u):
		return released
	case w.isKept(u):
		return kept
	case slices.Contains(h.StrangeMembers, u):
		return released
	case before != nil && (before.members[u] == yes || before.isKept(u) || before.replaces(u)):
		return released
	}
	return removed
}

// replaces reports whether a person is a fallback owner of a class without owners.
func (w *naiveWant) replaces(u string) bool {
	return len(w.only(w.owners, yes)) == 0 && slices.Contains(w.fallback, u)
}
