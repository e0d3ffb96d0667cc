// Package ledger holds the nouns of what Homeroom remembers between runs. The
// store keeps them, the engine works with them, and neither knows the other.
//
//   - scope: one tenant and one target. Everything below belongs to one scope.
//   - lease: the right to run, held by one process at a time. Its epoch grows
//     with each holder, and every write of a run names its epoch, so that a
//     holder that was thought dead cannot write any more.
//   - run: one pass from roster to directory, with its plan and its journal.
//   - batch: consecutive steps that are sent to the target together.
//   - journal: which batches were sent, and what was answered: what became of their
//     steps.
//   - entry: what one step changes in the record of one object.
//   - link: a person and the directory user that the person is.
//   - approval: a person's word that a held step may be done.
//   - accepted roster: the ids that a roster had which passed the checks.
//   - tally: how much of one sort a run did without approval.
//
// What the ledger knows of one object is directory.Have, since planning compares
// it with what is wanted.
package ledger

import (
	"iter"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/directory"
)

// Scope names whose memory is meant.
type Scope struct {
	Tenant string
	Target string
}

// Lease is the right to run in a scope.
type Lease struct {
	Scope   Scope
	Holder  string // for people: program, process, host
	Epoch   int64  // grows with every holder
	Expires time.Time
}

// Status is how a run stands, by the names of the API (contract C.3).
type Status string

// The statuses of a run.
const (
	Running               Status = "running"
	Completed             Status = "completed"
	CompletedWithErrors   Status = "completedWithErrors"
	CompletedWithWarnings Status = "completedWithWarnings"
	Failed                Status = "failed"
)

// Kind is what the plan of a run is made from.
type Kind string

// The kinds of runs. Those that are not of a roster are planned from the ledger.
const (
	OfRoster Kind = ""        // what a roster asks for
	Revert   Kind = "revert"  // what another run did is taken back
	Cleanup  Kind = "cleanup" // what is no longer asked for is tidied up
	Repair   Kind = "repair"  // what others changed in the directory is put back
)

// Run is one pass.
type Run struct {
	ID           int64 // counted from 1 within the tenant
	Kind         Kind
	Of           int64 // of a revert: the run that it takes back
	Scope        Scope
	Status       Status
	RosterPath   string
	RosterSHA256 string
	Settings     []byte   // the flow sets and settings that were frozen, as JSON without secrets
	Only         []string // keys that the run was limited to; empty for everything
	Started      time.Time
	Ended        time.Time // zero while running
	Generation   int64     // of the ledger that the plan was made from
	Planned      bool      // its plan was committed
	Reduced      bool      // it ended long ago, and only what it counted is kept (rules 5)
	Steps        int       // in the plan
	Done         int       // carried out
	Held         int
	Failed       int
	Code         string // of what stopped the run: RosterShrunk, EmptyFile, Canceled, ...; "" for nothing
	Message      string // the same as a sentence
}

// Rejection says that a roster is not taken again unless somebody accepts it.
type Rejection struct {
	Run    int64  // that was reverted
	SHA256 string // of its roster; "" for a run that had none
}

// Batch is a run of consecutive steps that are sent to the target together.
type Batch struct {
	Number int    // within the run, counted from 1
	First  int    // seq of the first step
	Last   int    // seq of the last step
	Taker  string // who is at work on it; "" for whoever holds the lease
}

// InBatches reports whether one of the batches has the step with a seq.
func InBatches(batches []Batch, seq int) bool {
	return slices.ContainsFunc(batches, func(b Batch) bool { return b.First <= seq && seq <= b.Last })
}

// Handed is a batch that was handed out, to whoever takes it.
type Handed struct {
	Batch
	Sent    bool          // it went to the target, and there was no answer
	Left    time.Duration // for which the taker may be at work on it; whoever holds the lease may as long as that
	Secrets []byte        // what no plan holds and the steps need, encrypted; nil for nothing
}

// Answer is what became of a batch, and what that changes in the ledger.
type Answer struct {
	Batch   `json:"-"`
	Done    int      `json:"done"`              // steps that were carried out, wholly or but for what waits
	Short   []Result `json:"short,omitempty"`   // of the steps that were not wholly carried out
	Tallies []Tally  `json:"tallies,omitempty"` // what the guard remembers of it; At is that of the run's end
	Entries []Entry  `json:"-"`
	Links   []Link   `json:"-"` // to users that were created
}

// Result is what became of one step that was not wholly carried out.
type Result struct {
	Seq     int               `json:"seq"`
	Kind    directory.Kind    `json:"kind"`
	Key     string            `json:"key"`
	Verdict directory.Verdict `json:"verdict"`
	Rule    string            `json:"rule,omitempty"`
	Message string            `json:"message,omitempty"`
}

// Entry is what one step changes in the record of one object. Empty fields
// leave what is there.
type Entry struct {
	Kind    directory.Kind
	Key     string
	ID      string
	State   directory.State // "" leaves the one that is there
	Since   string          // the day on which another state begins, as 2026-11-28; "" for managed
	Created bool            // Homeroom created the object
	Org     string
	Set     directory.Attributes // merged in; an empty value takes the attribute out

	// Was is the key under which the object stood before; "" for the same one. All that
	// is known of it stands under Key from then on.
	Was string

	AddOwners, AddMembers         []string // user keys; Homeroom's from now on
	StrangeOwners, StrangeMembers []string // user keys; asked for, and there before
	ClaimOwners, ClaimMembers     []string // user keys; asked for before, and there: Homeroom's, unless they were strange or let go of as such
	DropOwners, DropMembers       []string // user keys; forgotten: removed from the object
	ReleaseOwners, ReleaseMembers []string // user keys; left where they are, and no longer asked for

	// Lost is what was sent and of which nobody knows whether it was done. Of the values
	// those that were to be set are in Set. Who was there before Homeroom asked, or was let
	// go of, remains that.
	Lost directory.Lost

	Rewrite   bool // all that is written is to be written again
	Rewritten bool // it was

	// Forget takes the whole record out: the object is no longer there.
	Forget bool
}

// Link is a person and the directory user that the person is.
type Link struct {
	Person string // the person's key: User_114001
	ID     string // the directory user's id; in what is written, "" for a link that is given up
	// Digests of the person's names as the roster last gave them, folded to
	// lower case, so that a person who was replaced is noticed (rules 2,
	// PersonReplaced); "" where the roster gave none.
	GivenName, FamilyName string
	Via                   string // link, anchor, rule or created: how it came about
}

// Approval lets one step through whose content has the hash, or says that it stays held.
type Approval struct {
	Step     string // SHA-256 of the step's content, hexadecimal
	Run      int64  // the run in which the step was held
	By       string
	Expires  time.Time // zero for a rejection, which has no end
	Used     bool      // it let the step through, and holds no longer
	Rejected bool      // the step is not to be done
}

// OperationCanceled is the code of runs that ended since somebody wanted that, or since
// another one took their place.
const OperationCanceled = "OperationCanceled"

// Cancellation says that a run is to end. The zero value says so of none.
type Cancellation struct {
	Run int64
	By  string // for people
}

// ClassDecision is a person's word on whether an object stands for the same class as before,
// now that the roster has its id in other school years (rules 3, "Id reuse").
type ClassDecision struct {
	Key    string // of the class group
	Years  string // the school years that the roster has it in, as a list; "" for none
	Choice string // same or new
	By     string
	At     time.Time
}

// Accepted is a roster that passed the checks, reduced to what the next one is
// compared with.
type Accepted struct {
	SHA256 string
	At     time.Time
	ByHand bool     // a person said that it may lack what earlier ones had
	Files  []string // names of the files that it had
	// IDs yields its ids, in the encoding of the engine, in pieces; nil for none.
	IDs iter.Seq[[]byte]
}

// Tally counts what runs did of one sort without approval, for the guard's
// sum over several days.
type Tally struct {
	At    time.Time `json:"at,omitzero"`
	Sort  string    `json:"sort"`          // the guard's name of what is counted
	Org   string    `json:"org,omitempty"` // "" for the whole
	Count int       `json:"count"`
}

// Password is one that was made for a new user. It is kept encrypted until it is
// handed out.
type Password struct {
	Key        string // of the user
	Org        string // whose sheet it is printed on
	Ciphertext []byte
}
