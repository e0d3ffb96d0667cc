package plan

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Witness looks up what the directory shows of objects that the ledger knows.
type Witness struct {
	Find func(kind directory.Kind, keys []string) ([]directory.Object, error)
	IDs  func(users []string) (map[string]string, error) // directory ids by keys
	Keys func(ids []string) (map[string]string, error)   // keys by directory ids
}

// Sight is what the directory shows of one object that the ledger knows.
type Sight struct {
	There      bool   // as the same object as ever
	Another    string // the id of another object that bears its anchor; "" for none
	Attributes directory.Attributes
	// Of the owners and members that the ledger has, those who are there, sorted.
	Owners, Members []string
	// Owners and members whom Homeroom never put there, sorted: user keys, and of those
	// whom no person is linked to what directory.StrangerKey returns.
	OtherOwners, OtherMembers []string
}

// See looks up objects of a kind, and returns what is shown of each.
func (w Witness) See(kind directory.Kind, haves []directory.Have) ([]Sight, error) {
	at := make(map[string]int, len(haves))
	var keys, users []string
	for i := range haves {
		h := &haves[i]
		at[h.Key], keys = i, append(keys, h.Key)
		users = append(users, everybodyIn(h)...)
	}
	objects, err := w.Find(kind, keys)
	if err != nil {
		return nil, err
	}
	slices.Sort(users)
	ids, err := w.IDs(slices.Compact(users))
	if err != nil {
		return nil, err
	}
	shown := make([]Sight, len(haves))
	others := make(map[string]string) // keys by directory ids
	for i := range objects {
		o := &objects[i]
		n, known := at[o.Anchor()]
		if !known || o.Deleted || shown[n].There {
			continue
		}
		h := &haves[n]
		if o.ID != h.ID {
			shown[n].Another = o.ID
			continue
		}
		shown[n] = Sight{There: true, Attributes: o.Attributes}
		shown[n].Owners, shown[n].OtherOwners = parted(h.Owners, h.ReleasedOwners, o.Owners, ids)
		shown[n].Members, shown[n].OtherMembers = parted(h.Members, h.ReleasedMembers, o.Members, ids)
		for _, id := range slices.Concat(shown[n].OtherOwners, shown[n].OtherMembers) {
			others[id] = ""
		}
	}
	return shown, w.name(shown, others)
}

// parted returns which of the users are among the directory ids, and the ids of those who
// are neither of them nor were let go of.
func parted(users, released, shown []string, ids map[string]string) (there, others []string) {
	known := make(map[string]bool, len(users)+len(released))
	for _, user := range users {
		known[ids[user]] = true
		if _, found := slices.BinarySearch(shown, ids[user]); found {
			there = append(there, user)
		}
	}
	for _, user := range released {
		known[ids[user]] = true
	}
	return there, filter(shown, func(id string) bool { return !known[id] })
}

// name puts the keys of others in the place of their directory ids.
func (w Witness) name(shown []Sight, others map[string]string) error {
	if len(others) == 0 {
		return nil
	}
	ids := make([]string, 0, len(others))
	for id := range others {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	keys, err := w.Keys(ids)
	if err != nil {
		return err
	}
	for i := range shown {
		for _, list := range [][]string{shown[i].OtherOwners, shown[i].OtherMembers} {
			for n, id := range list {
				if list[n] = keys[id]; list[n] == "" {
					list[n] = directory.StrangerKey(id)
				}
			}
			slices.Sort(list)
		}
	}
	return nil
}

// asHad returns the record of an object as it would be had Homeroom written what the
// directory shows, as far as the want speaks of it: with others, or without.
func (s *Sight) asHad(h *directory.Have, w *directory.Want, others bool) *directory.Have {
	had := &directory.Have{
		Kind: h.Kind, Key: h.Key, ID: h.ID, State: h.State, Org: h.Org,
		Attributes: make(directory.Attributes, len(w.Attributes)), Owners: s.Owners, Members: s.Members,
	}
	if others {
		had.Owners, had.Members = union(s.Owners, s.OtherOwners), union(s.Members, s.OtherMembers)
	}
	for name := range w.Attributes {
		if value := s.Attributes[name]; value != "" {
			had.Attributes[name] = value
		}
	}
	return had
}

// Observed returns the record of an object that is made to match, as the directory shows
// it: whoever is there is had, and may be removed. Of accounts that were locked, and of what
// the directory does not tell, the ledger is believed. It is false for an object that is gone
// and is to be made again.
func (s *Sight) Observed(h *directory.Have, excluded func(directory.Kind, string) bool) (directory.Have, bool) {
	switch {
	case h.State != directory.Managed, s.Another != "":
		return *h, true
	case !s.There:
		return *h, h.Kind == directory.User // of a user who is gone, matching decides
	}
	had := *h
	had.Attributes = make(directory.Attributes, len(h.Attributes))
	for name, value := range h.Attributes {
		switch name {
		case directory.SchoolYears, directory.PasswordFrom, directory.AccountEnabled:
		default:
			value = s.Attributes[name]
		}
		if value != "" {
			had.Attributes[name] = value
		}
	}
	asked := func(user string) bool { return !excluded(directory.User, user) }
	had.Owners, had.Members = union(s.Owners, filter(s.OtherOwners, asked)), union(s.Members, filter(s.OtherMembers, asked))
	had.StrangeOwners, had.StrangeMembers = nil, nil
	return had, true
}
