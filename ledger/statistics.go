package ledger

import "iter"

// Statistics are what a run read, whom it found, and how its flows went (contract
// C.3).
type Statistics struct {
	// Errors and Warnings count what was found wrong with the roster when it was read.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`

	Organizations Count `json:"organizations"`
	People        Count `json:"people"`
	Classes       Count `json:"classes"`
	Memberships   Count `json:"memberships"` // people in classes, each pair once

	// Matched and Unmatched count the people of role groups who have a directory user
	// before anything is created, and those who have none, by the role that leads.
	Matched   []RoleCount `json:"matched"`
	Unmatched []RoleCount `json:"unmatched"`

	// Planning counts what was found when the roster was held against the settings and
	// the directory. It is none before the run ends.
	Planning Findings `json:"planning"`

	Flows []FlowResult `json:"flows"` // in the order of the sets; none before the run ends
}

// Findings count what was found wrong.
type Findings struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Count counts records of a sort. Inactive are those that this roster, or another one
// that was accepted in the same school year, has or had, and that are not active now.
// Of what was dropped nobody knows: it is neither.
type Count struct {
	Active   int `json:"active"`
	Inactive int `json:"inactive"`
}

// RoleCount is a number of people by role.
type RoleCount struct {
	Role  string `json:"role"`
	Count int    `json:"count"`
}

// FlowResult is how one flow of a set went.
type FlowResult struct {
	Set     string `json:"set"`     // id
	SetName string `json:"setName"` // display name
	Type    string `json:"type"`    // userProvisioningFlow, ...
	Held    int    `json:"held"`    // steps that wait for approval
	Waiting int    `json:"waiting"` // steps of which a part waits for another one
	Failed  int    `json:"failed"`
}

// Absent are the ids that rosters of a school year had and that the last accepted one
// has not as active.
type Absent struct {
	Year int // in which the school year ends
	// IDs yields them, in the encoding of the engine, in pieces.
	IDs iter.Seq[[]byte]
}
