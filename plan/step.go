// Package plan computes what has to change and decides what may.
//
//   - step: one change to one object, as data: what was there before, what is
//     wanted, and why. A step is wholly held or wholly free.
//   - plan: all steps of a run in the order in which they are carried out, with
//     what was skipped. It can be stored, shown, approved, applied and resumed.
//   - skip: something that a flow asks for and that is not done, with the reason.
//   - guard: what holds back dangerous steps until someone approves them.
//   - sort: what the guard counts together, such as removed members of class
//     groups. A tally counts by sort and organization.
//   - content: the hash of what a step would do, which is what is approved.
//   - phase: when a step is carried out; no step depends on one of its own phase.
//
// Everything here is pure: the same input gives the same bytes.
package plan

import "github.com/homeroomhq/homeroom/directory"

// Action is what a step does.
type Action string

// The actions. Retire and Release change the ledger alone. Rewrite writes again what
// the ledger has already, since a flow was reset; its additions are no news, and each
// of its values is the same before and after. Delete takes an object away with all that
// Homeroom wrote to it, which the step tells; no roster ever does.
const (
	Create  Action = "create"
	Update  Action = "update"
	Rewrite Action = "rewrite"
	Remove  Action = "remove"
	Delete  Action = "delete"
	Retire  Action = "retire"
	Release Action = "release"
)

// Step is one change to one object.
type Step struct {
	Seq     int              `json:"seq"` // position in the plan, counted from 1
	Action  Action           `json:"action"`
	Kind    directory.Kind   `json:"kind"`
	Key     string           `json:"key"`
	ID      string           `json:"id,omitempty"` // the directory's; "" when the object is to be created
	Set     map[string]Delta `json:"set,omitempty"`
	Owners  Pairs            `json:"owners,omitzero"`
	Members Pairs            `json:"members,omitzero"`
	// Released are owners and members of an object that stays, which no flow
	// asks for any longer; with Release only.
	Released *Released `json:"released,omitempty"`
	// Again is what of the step Homeroom had let go of before; nil for nothing.
	Again *Again `json:"again,omitempty"`
	// State is how Homeroom stands to the object after the step; "" for managed.
	State    directory.State `json:"state,omitempty"`
	Why      []directory.Why `json:"why,omitempty"`
	Held     *Hold           `json:"held,omitempty"`
	Approved bool            `json:"approved,omitempty"` // was held, and let through by a person
	Org      string          `json:"org,omitempty"`      // whose share the guard counts it in
}

// Delta is an attribute's value before and after, in the canonical text of
// directory.Attributes; "" is none.
type Delta struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Pairs are user keys to add and to remove, each list sorted.
type Pairs struct {
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// Released are user keys that the ledger stops counting as asked for.
type Released struct {
	Owners  []string `json:"owners,omitempty"`
	Members []string `json:"members,omitempty"`
}

// Again is what Homeroom had let go of and is asked for once more: an object that was
// retired or released, and owners and members who were left where they are. A revert
// lets go of them again, and removes none.
type Again struct {
	State   directory.State `json:"state,omitempty"` // of the object before; "" for managed
	Owners  []string        `json:"owners,omitempty"`
	Members []string        `json:"members,omitempty"`
}

// Hold says why a step waits for approval.
type Hold struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// Skip is something that the flows ask for and that no step does.
type Skip struct {
	Kind   directory.Kind `json:"kind"`
	Key    string         `json:"key"`
	Reason string         `json:"reason"`
	Record string         `json:"record"`
	Detail string         `json:"detail,omitempty"`
	Org    string         `json:"org,omitempty"` // of the object; "" for none
}
