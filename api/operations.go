package api

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// Operations is what the API needs to show and to steer runs beyond what Graph can. Ids
// of runs are those of Runs; what is not there is fault.NotFound, and what a run does not
// allow now is fault.Conflict. Whatever changes something is recorded for those who audit.
type Operations interface {
	// RunDetails returns the runs of a tenant before the one with a number, or with 0 from
	// the newest on, the newest first, at most limit.
	RunDetails(ctx context.Context, tenant string, before int64, limit int) ([]RunDetail, error)
	RunDetail(ctx context.Context, tenant, id string) (RunDetail, error)

	// Plan returns what writes the plan of a run, with what became of its steps, as a type
	// of media: JSON, CSV or HTML.
	Plan(ctx context.Context, tenant, id, mediaType string) (func(io.Writer) error, error)

	// Steps returns the steps of the plan of a run from a number on.
	Steps(ctx context.Context, tenant, id string, from int) (PlannedSteps, error)

	// Failures returns the steps of a run that were not, or not wholly, carried out.
	Failures(ctx context.Context, tenant, id string) (iter.Seq2[Failure, error], error)

	// Progress returns how far a run is.
	Progress(ctx context.Context, tenant, id string) (Progress, error)

	// Counts returns what Homeroom has in the directory of a tenant.
	Counts(ctx context.Context, tenant string) (Counts, error)

	// StartedBy reports whether the caller started the run.
	StartedBy(ctx context.Context, caller access.Caller, id string) (bool, error)

	// Decide approves held steps of a run or rejects them, all or none.
	Decide(ctx context.Context, caller access.Caller, id string, decision Decision) (Decided, error)

	// Accept says that the roster which a run held is right, and why.
	Accept(ctx context.Context, caller access.Caller, id, reason string) error

	// Cancel ends a run, or tells whoever is at work on it to end it.
	Cancel(ctx context.Context, caller access.Caller, id string) (RunDetail, error)

	// Retry begins a run about the objects of which something failed in one, and does not
	// wait for it. Too many starts of late are a *Later of status 429.
	Retry(ctx context.Context, caller access.Caller, id string) (RunDetail, error)

	// Revert begins a run that takes another one back, and does not wait for it. What that
	// created, but for users, is deleted where that is asked for.
	Revert(ctx context.Context, caller access.Caller, id string, deleteCreated bool) (RunDetail, error)

	// Cleanup begins a run that takes away what is no longer asked for, and does not wait
	// for it.
	Cleanup(ctx context.Context, caller access.Caller, what Cleanup) (RunDetail, error)

	// ResumeSchedule lets runs start by themselves again after a revert.
	ResumeSchedule(ctx context.Context, caller access.Caller) error
}

// RunDetail is a run as people know it who operate Homeroom.
type RunDetail struct {
	ID      string        `json:"id"`
	Number  int64         `json:"number"`
	Kind    string        `json:"kind"`
	Reverts *string       `json:"reverts"`
	Status  ledger.Status `json:"status"`
	Started time.Time     `json:"startDateTime"`
	Ended   *time.Time    `json:"endDateTime"`
	Roster  string        `json:"roster"`
	SHA256  string        `json:"rosterSha256"`
	Only    []string      `json:"only"`
	Planned bool          `json:"planned"`
	Reduced bool          `json:"reduced"`
	Steps   int           `json:"steps"`
	Done    int           `json:"done"`
	Held    int           `json:"held"`
	Failed  int           `json:"failed"`
	Code    string        `json:"code"`
	Message string        `json:"message"`
}

// PlannedSteps are steps of a plan, with what became of each and what was decided.
type PlannedSteps struct {
	All     iter.Seq2[plan.Step, error]
	Outcome func(*plan.Step) plan.Outcome
	Decided map[string]ledger.Approval // by content
}

// Failure is a step that was not, or not wholly, carried out.
type Failure struct {
	Seq     int            `json:"seq"`
	Action  plan.Action    `json:"action"`
	Kind    directory.Kind `json:"kind"`
	Key     string         `json:"key"`
	Record  string         `json:"record,omitempty"` // file:line of the roster
	Rule    string         `json:"rule"`
	Message string         `json:"message"`
	Remedy  string         `json:"remedy,omitempty"`
	Outcome plan.Status    `json:"outcome"` // failed or waiting
}

// Progress is how far a run is. The total is 0 where nobody knows it.
type Progress struct {
	Run   RunDetail `json:"-"`
	Stage string    `json:"stage"`
	Done  int       `json:"done"`
	Total int       `json:"total"`
}

// Decision is about held steps of a run: those with the contents, or all that nobody
// rejected.
type Decision struct {
	Rejected bool
	Steps    []string
	All      bool
}

// Decided says how many steps a decision was about, and until when it holds; nil for as
// long as the roster asks for the steps.
type Decided struct {
	Steps   int        `json:"steps"`
	Expires *time.Time `json:"expirationDateTime"`
}

// Cleanup says what a run tidies up (rules 1, "Released").
type Cleanup struct {
	Released bool         // what the settings let go of is taken away
	Delete   bool         // of that, groups and units in which there is nobody else are deleted
	Retired  plan.Tidying // what is done with groups of what is gone; "" for nothing
	Leavers  bool         // accounts of people are disabled who left as long ago as the settings say
}

// Counts are what Homeroom has in a directory, as of a generation of the ledger.
type Counts struct {
	Generation int64         `json:"generation"`
	Kinds      []CountOfKind `json:"kinds"`
}

// CountOfKind counts objects of a kind by how Homeroom stands to them, and who is in those
// that it manages.
type CountOfKind struct {
	Kind     directory.Kind `json:"kind"`
	Managed  int            `json:"managed"`
	Retired  int            `json:"retired"`
	Released int            `json:"released"`
	Created  int            `json:"created"`
	Owners   int            `json:"owners"`
	Members  int            `json:"members"`
}
