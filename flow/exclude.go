package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Exclude names people and classes, by their ids in the roster, for whom nothing
// is ever wanted (rules 3, "By hand"). What Homeroom gave them is released.
type Exclude struct {
	People  []string `json:",omitempty"`
	Classes []string `json:",omitempty"`
}

// Pin is a membership, with the ownership that goes with it, that stays whatever
// the roster says (rules 3, "By hand"). It adds nobody.
type Pin struct {
	Person string // id in the roster
	Group  string // key of a class group, security group or administrative unit
}

// excluded are the records of a roster for which nothing is wanted.
type excluded struct {
	people, classes []bool // by record; nil for none
	forgotten       []bool // by person, likewise: those of people who were forgotten
}

func newExcluded(r *roster.Roster, ids Exclude, forgotten []string) excluded {
	return excluded{
		people:    marked(len(r.People), slices.Concat(ids.People, forgotten), r.Person),
		classes:   marked(len(r.Classes), ids.Classes, r.Class),
		forgotten: marked(len(r.People), forgotten, r.Person),
	}
}

// marked marks those of n records that have one of the ids.
func marked(n int, ids []string, find func(string) roster.Ref) []bool {
	if len(ids) == 0 {
		return nil
	}
	marks := make([]bool, n)
	for _, id := range ids {
		if at := find(id); at != roster.None {
			marks[at] = true
		}
	}
	return marks
}

func (e *excluded) person(p roster.Ref) bool { return e.people != nil && e.people[p] }
func (e *excluded) wasForgotten(p roster.Ref) bool {
	return e.forgotten != nil && e.forgotten[p]
}

func (e *excluded) class(c roster.Ref) bool { return e.classes != nil && e.classes[c] }

// Excluded reports whether the settings name the person or the class that an
// object stands for, whether the roster has it or not.
func (c *Census) Excluded(kind directory.Kind, key string) bool {
	switch kind {
	case directory.User:
		id, _ := strings.CutPrefix(key, UserKey(""))
		return slices.Contains(c.settings.Exclude.People, id) || slices.Contains(c.forgotten, id)
	case directory.ClassGroup:
		id, _ := strings.CutPrefix(key, ClassKey(""))
		return slices.Contains(c.settings.Exclude.Classes, id)
	}
	return false
}

// Forgotten reports whether a person of the roster was forgotten, and not welcomed since.
func (c *Census) Forgotten(p roster.Ref) bool { return c.excluded.wasForgotten(p) }

// without returns the ids of dropped records that are not excluded: of those that
// are, nothing needs to be kept.
func without(ids, excluded []string) []string {
	if len(excluded) == 0 {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(excluded, id) })
}

// pinned returns the keys of the people who stay in a group, sorted.
func (c *Census) pinned(group string) []string {
	var keys []string
	for _, pin := range c.settings.Pins {
		if pin.Group == group {
			keys = append(keys, UserKey(pin.Person))
		}
	}
	return sortedOnce(keys)
}

// byHandProblems tells of ids in exclude and pin that the roster does not have, and of
// people whom it has and who were forgotten.
func (w *Wanted) byHandProblems() []roster.Problem {
	var out []roster.Problem
	report := func(rule roster.Rule, setting, what, id string) {
		out = append(out, roster.Problem{
			Rule: rule, Severity: roster.Warning, Record: id,
			Message: fmt.Sprintf("%s names the %s %s, which the roster does not have.", setting, what, id),
			Remedy:  "Correct the id in homeroom.yaml, or take it out.",
		})
	}
	for _, id := range w.settings.Exclude.People {
		if !w.hasPerson(id) {
			report(roster.ExcludeNotFound, "exclude", "person", id)
		}
	}
	for _, id := range w.forgotten {
		out = append(out, roster.Problem{
			Rule: roster.PersonForgotten, Severity: roster.Warning, Record: id,
			Message: fmt.Sprintf("The person %s was forgotten, and the roster has the person again. Nothing is done for the person.", id),
			Remedy:  "Have the person taken out of the roster, or let the person come back: homeroom person welcome " + id,
		})
	}
	for _, id := range w.settings.Exclude.Classes {
		if !w.hasClass(id) {
			report(roster.ExcludeNotFound, "exclude", "class", id)
		}
	}
	for _, pin := range w.settings.Pins {
		if !w.hasPerson(pin.Person) {
			report(roster.PinNotFound, "pin", "person", pin.Person)
		}
		if !w.hasGroup(pin.Group) {
			report(roster.PinNotFound, "pin", "group", pin.Group)
		}
	}
	return out
}

func (c *Census) hasPerson(id string) bool {
	_, dropped := slices.BinarySearch(c.roster.Unknown.People, id)
	return dropped || c.roster.Person(id) != roster.None
}

func (c *Census) hasClass(id string) bool {
	_, dropped := slices.BinarySearch(c.roster.Unknown.Classes, id)
	return dropped || c.roster.Class(id) != roster.None
}

// hasGroup reports whether a key is that of a class of the roster, or of a group
// or unit that the flows ask for.
func (w *Wanted) hasGroup(key string) bool {
	if id, ok := strings.CutPrefix(key, ClassKey("")); ok {
		return w.hasClass(id)
	}
	for _, groups := range w.groups {
		if slices.ContainsFunc(groups, func(g group) bool { return g.key == key }) {
			return true
		}
	}
	return false
}
