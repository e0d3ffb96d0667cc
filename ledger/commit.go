package ledger

import "iter"

// Commit is what is remembered together with a plan, in one piece: after a crash
// either all of it is there or nothing.
type Commit struct {
	// Run is the run as it stands now. Its Generation is that of the ledger
	// which the plan was made from; if the ledger has changed since, nothing is
	// committed. Its Steps are counted by the store.
	Run      Run
	Document []byte    // the plan as JSON without its steps and its skips
	Links    []Link    // new and changed ones
	Accepted *Accepted // nil when the roster was not compared
	Absent   *Absent   // what that roster lacks; nil likewise
	// Statistics are those of the roster and its people; the flows' come at the end.
	Statistics Statistics
	// Entries are the ledger's share of the steps that change the ledger alone;
	// nil for none.
	Entries iter.Seq2[Entry, error]
	// Resets are the resets of flows that the plan honours.
	Resets []string
	// Rejected is the roster of the run that is reverted; with it no other run starts by
	// itself. nil for none.
	Rejected *Rejection
	// Settled are keys of which somebody decided whether they stand for the same class, and
	// about which there is no doubt any more.
	Settled []string
	Used    []string // approvals that let a step of this plan through
	Lapsed  []string // approvals whose reason the roster took back
}
