package engine

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// CleanupRequest says what a cleanup tidies up.
type CleanupRequest struct {
	Released bool         // what the settings let go of is taken away
	Delete   bool         // of that, objects are deleted where they can be, and else emptied
	Retired  plan.Tidying // what is done with retired objects; "" for nothing
	Leavers  int          // days without a role after which accounts that were created are disabled; 0 for never
	Limits   plan.Limits
	Begun    ledger.Run // the run that was begun for this already; the zero Run for none
}

// Cleanup makes one run that tidies up what is no longer asked for. It carries on what
// was interrupted, or else prepares, asks, commits and applies. The lease must be held.
func (e *Engine) Cleanup(ctx context.Context, lease ledger.Lease, request CleanupRequest, ask Ask) (Report, error) {
	run := ledger.Run{ID: request.Begun.ID, Kind: ledger.Cleanup}
	return e.other(ctx, lease, run, func(ctx context.Context) (*Prepared, error) {
		return e.preparer().Cleanup(ctx, request)
	}, ask)
}

// Cleanup works out what a cleanup would do.
func (p *Preparer) Cleanup(ctx context.Context, request CleanupRequest) (*Prepared, error) {
	if request.Delete && !p.Target.Abilities().Deletes {
		return nil, fault.New(fault.Invalid, "The %s deletes nothing. Leave out that released objects are to be deleted.", p.Target.Abilities().Name)
	}
	out := &Prepared{request: Request{Limits: request.Limits, Begun: request.Begun}, run: ledger.Run{Kind: ledger.Cleanup}}
	return out, p.prepareOther(ctx, out, func(known plan.Known) (*plan.Plan, error) {
		leaves, err := p.leavers(ctx, request.Leavers)
		if err != nil {
			return nil, err
		}
		return plan.Cleanup(plan.CleanupInput{
			Known: known, Released: request.Released, Delete: request.Delete, Retired: request.Retired,
			Expiry: directory.ExpiryOn(day(p.Now())), Leaves: leaves,
		})
	})
}

// leavers returns which retired users have had no role for so many days: those who
// retired before, and who have none in the last accepted roster. Without one, nobody.
func (p *Preparer) leavers(ctx context.Context, days int) (func(*directory.Have) bool, error) {
	if days == 0 {
		return nil, nil //nolint:nilnil // nobody is to be disabled
	}
	accepted, err := p.Store.Accepted(ctx, p.Scope, p.Now())
	if err != nil || len(accepted) == 0 {
		return nil, err
	}
	active, err := withRole(p.Store.AcceptedIDs(ctx, p.Scope, accepted[0].SHA256))
	if err != nil {
		return nil, fmt.Errorf("reading the ids of the last roster: %w", err)
	}
	last := day(p.Now().AddDate(0, 0, -days))
	return func(h *directory.Have) bool {
		id := strings.TrimPrefix(h.Key, flow.UserKey(""))
		return h.Since != "" && h.Since <= last && !has(active, idHash(id))
	}, nil
}

// withRole returns the hashes of the people of an earlier roster, whose ids are packed,
// who have an active role, sorted.
func withRole(packed iter.Seq2[[]byte, error]) ([]uint64, error) {
	next, stop := iter.Pull2(packed)
	defer stop()
	r := idReader{next: next}
	var active []uint64
	for org, hashes := range r.byOrg() {
		if org != "" { // under that are all active people, with a role or without
			active = append(active, hashes...)
		}
	}
	slices.Sort(active)
	return active, r.err
}
