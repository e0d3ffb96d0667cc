// Package engine carries runs from a roster to the directory.
//
//   - prepare: check the roster against earlier ones, match people, work out what
//     the flows want, plan, and let the guard hold what is dangerous. It writes
//     nothing.
//   - commit: from here on the run exists, with its whole plan, its links and
//     the steps that change the ledger alone.
//   - apply: send the steps in batches. The journal notes each batch before it
//     is sent and again with its results, together with what they change in the
//     ledger.
//   - resume: a batch that was sent and never answered is looked up before
//     anything of it is sent again.
//
// A crash between any two of these loses nothing and does nothing twice.
package engine

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// Reader is what preparing a run asks of the store.
type Reader interface {
	Haves(ctx context.Context, scope ledger.Scope, kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error]
	Have(ctx context.Context, scope ledger.Scope, kind directory.Kind, key string) (directory.Have, error)
	Links(ctx context.Context, scope ledger.Scope) iter.Seq2[ledger.Link, error]
	Approvals(ctx context.Context, scope ledger.Scope, now time.Time) (map[string]ledger.Approval, error)
	ClassDecisions(ctx context.Context, scope ledger.Scope) (map[string]ledger.ClassDecision, error)
	Tallies(ctx context.Context, scope ledger.Scope, since time.Time) ([]ledger.Tally, error)
	Accepted(ctx context.Context, scope ledger.Scope, since time.Time) ([]ledger.Accepted, error)
	AcceptedIDs(ctx context.Context, scope ledger.Scope, sha256 string) iter.Seq2[[]byte, error]
	AbsentIDs(ctx context.Context, scope ledger.Scope, year int) iter.Seq2[[]byte, error]
	RosterAccepted(ctx context.Context, scope ledger.Scope, sha256 string) (bool, error)
	Honoured(ctx context.Context, scope ledger.Scope) (map[string]bool, error)
	Tombstones(ctx context.Context, tenant string) (ledger.Tombstones, error)
	Baselines(ctx context.Context, scope ledger.Scope) ([][]byte, error)
	RosterRejected(ctx context.Context, scope ledger.Scope, sha256 string) (run int64, err error)
	Generation(ctx context.Context, scope ledger.Scope) (int64, error)
	Settled(ctx context.Context, scope ledger.Scope) (bool, error)
	UsersSeen(ctx context.Context, scope ledger.Scope) (string, error)
	Stretches(ctx context.Context, scope ledger.Scope, kind directory.Kind) ([]plan.Stretch, error)
	Run(ctx context.Context, tenant string, id int64) (ledger.Run, error)
	LastPlanned(ctx context.Context, scope ledger.Scope) (ledger.Run, bool, error)
	Steps(ctx context.Context, tenant string, run int64, from int) iter.Seq2[plan.Step, error]
	Answers(ctx context.Context, tenant string, run int64) iter.Seq2[ledger.Answer, error]
	LastBatch(ctx context.Context, tenant string, run int64) (ledger.Batch, bool, error)
	Unanswered(ctx context.Context, tenant string, run int64) ([]ledger.Batch, error)
	IDs(ctx context.Context, scope ledger.Scope, kind directory.Kind, keys []string) (map[string]string, error)
}

// Store is what carrying out a run asks of the store besides. Every write fails
// when the lease was lost.
type Store interface {
	Reader
	Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) (ledger.Run, error)
	Commit(ctx context.Context, lease ledger.Lease, c ledger.Commit, steps iter.Seq2[plan.Step, error], skips []plan.Skip) error
	Finish(ctx context.Context, lease ledger.Lease, run ledger.Run, tallies []ledger.Tally) error
	Statistics(ctx context.Context, tenant string, run int64) (ledger.Statistics, error)
	PutStatistics(ctx context.Context, lease ledger.Lease, run int64, statistics ledger.Statistics) error
	OpenRun(ctx context.Context, scope ledger.Scope) (ledger.Run, bool, error)
	Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error
	Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error
	HandOut(ctx context.Context, lease ledger.Lease, run int64, batches []ledger.Handed) error
	Take(ctx context.Context, lease ledger.Lease, run int64, taker string, sentOnly bool, ttl time.Duration) (ledger.Handed, error)
	Keep(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, ttl time.Duration) (time.Duration, error)
	TakenByOthers(ctx context.Context, tenant string, run int64) (int, error)
	PutUsersSeen(ctx context.Context, lease ledger.Lease, stamp string) error
	PutStretches(ctx context.Context, lease ledger.Lease, kind directory.Kind, gaps []directory.Span, found []plan.Stretch) error
	Renew(ctx context.Context, lease ledger.Lease, ttl time.Duration) (ledger.Lease, error)
	Canceled(ctx context.Context, scope ledger.Scope) (ledger.Cancellation, error)
	Heed(ctx context.Context, lease ledger.Lease) error
}

// Engine runs one scope.
type Engine struct {
	Store  Store
	Target directory.Target
	Scope  ledger.Scope
	Now    func() time.Time
	// NewPassword makes a password for a new user, and Seal encrypts it for
	// keeping until it is handed out.
	NewPassword func() directory.Secret
	Seal        func(directory.Secret) ([]byte, error)
	// Wait waits before something is tried again, or returns the context's
	// error.
	Wait func(ctx context.Context, d time.Duration) error
	// Log is told of what goes on behind a run: a target that does not answer, and
	// when it is asked again.
	Log *slog.Logger
	// Progress is told how far a run is. It may be nil.
	Progress Progress
	// Crew are the servers that take part in runs. It is nil where there are none.
	Crew Crew

	meter *meter // of the run; see metered
}
