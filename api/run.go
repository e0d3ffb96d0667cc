package api

import (
	"context"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// Runs is what the API needs of whoever runs the engine.
type Runs interface {
	// Start begins a run of the caller's tenant and does not wait for it. Too many of
	// late are a *Later of status 429.
	Start(ctx context.Context, caller access.Caller) error

	// Runs returns the runs of a tenant that are kept, the newest first.
	Runs(ctx context.Context, tenant string) ([]Run, error)

	// Run returns one run, and fault.NotFound when the tenant has none of that id.
	Run(ctx context.Context, tenant, id string) (Run, error)

	// Statistics returns what a run counted, and fault.NotFound likewise.
	Statistics(ctx context.Context, tenant, id string) (Statistics, error)

	// Inbound returns whether a run of the tenant would find a roster now.
	Inbound(ctx context.Context, tenant string) (Inbound, error)
}

// Inbound says whether a tenant has a roster that runs can read. Flows are ready only
// while it has (contract B.4).
type Inbound string

// The values of Inbound.
const (
	InboundUsable  Inbound = "usable"  // configured, and there
	InboundMissing Inbound = "missing" // not configured, or not there
	InboundExpired Inbound = "expired" // its time has passed
)

// Run is one pass from a roster to the directory (contract C.3).
type Run struct {
	ID         string // a UUID in lower case
	Started    time.Time
	Ended      time.Time // zero while it runs
	Status     RunStatus
	Blocking   *PublicError // what stopped it, nil for nothing
	Activities []Activity   // reading first, then the flows
}

// RunStatus is how a run or one of its activities stands.
type RunStatus string

// The values of RunStatus. Running is a run's alone, InProgress and Skipped are an
// activity's alone.
const (
	Running               RunStatus = "running"
	InProgress            RunStatus = "inProgress"
	Skipped               RunStatus = "skipped"
	RunFailed             RunStatus = "failed"
	Completed             RunStatus = "completed"
	CompletedWithErrors   RunStatus = "completedWithErrors"
	CompletedWithWarnings RunStatus = "completedWithWarnings"
)

// Activity is a part of a run: the reading of a roster, or one flow.
type Activity struct {
	ID          string // the same in every run: of a flow, the flow's
	DisplayName string
	Outbound    bool // a flow, not the reading
	Status      RunStatus
	Blocking    *PublicError
}

// PublicError says what went wrong, for people who do not run the server.
type PublicError struct {
	Code    string
	Message string
	Target  string
}

// Statistics are the counts of a run (contract C.3).
type Statistics struct {
	Run        string // id
	Status     RunStatus
	Totals     *Totals // nil when no roster was read
	Activities []ActivityStatistics
}

// Totals are what the rosters of a run held together: what is active.
type Totals struct {
	Errors, Warnings                           int
	Organizations, People, Groups, Memberships int
	Matched, Unmatched                         []RoleCount
}

// ActivityStatistics are what the roster of one activity held.
type ActivityStatistics struct {
	Activity                                   string // id
	DisplayName                                string
	Status                                     RunStatus
	Errors, Warnings                           int
	Organizations, People, Groups, Memberships EntityCount
	Matched, Unmatched                         []RoleCount
}

// EntityCount counts records of one kind. Inactive are those that an accepted roster
// of this year had and this one has not.
type EntityCount struct{ Active, Inactive int }

// RoleCount counts people by the role that stands for them.
type RoleCount struct {
	Role  string // teacher
	Count int
}
