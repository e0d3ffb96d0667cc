package engine

import (
	"context"
	"fmt"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// DriftRequest asks what others changed in the directory.
type DriftRequest struct {
	Limits plan.Limits
	// Authoritative are the kinds of which others are removed whom others added.
	Authoritative []directory.Kind
	Begun         ledger.Run // the run that was begun for this already; the zero Run for none
}

// Repair makes one run that puts back what others changed. It carries on what was
// interrupted, or else prepares, asks, commits and applies. The lease must be held.
func (e *Engine) Repair(ctx context.Context, lease ledger.Lease, request DriftRequest, ask Ask) (Report, error) {
	run := ledger.Run{ID: request.Begun.ID, Kind: ledger.Repair}
	return e.other(ctx, lease, run, func(ctx context.Context) (*Prepared, error) {
		return e.preparer().Drift(ctx, request)
	}, ask)
}

// Drift works out what others changed, and what a repair would do about it.
func (p *Preparer) Drift(ctx context.Context, request DriftRequest) (*Prepared, error) {
	out := &Prepared{request: Request{Limits: request.Limits, Begun: request.Begun}, run: ledger.Run{Kind: ledger.Repair}}
	if err := p.awaitShown(ctx); err != nil {
		return nil, err
	}
	return out, p.prepareOther(ctx, out, func(known plan.Known) (*plan.Plan, error) {
		return plan.Drift(plan.DriftInput{Known: known, Keys: p.linkedTo(ctx), Authoritative: request.Authoritative})
	})
}

// linkedTo returns what tells the keys of the people who are linked to directory users.
// The links are read when somebody is first asked for, which is when others added
// somebody: a hundred bytes a person.
func (p *Preparer) linkedTo(ctx context.Context) func(ids []string) (map[string]string, error) {
	var all map[string]string // keys by directory ids
	return func(ids []string) (map[string]string, error) {
		if all == nil {
			all = make(map[string]string)
			for link, err := range readAhead(p.Store.Links(ctx, p.Scope)) {
				if err != nil {
					all = nil
					return nil, fmt.Errorf("reading the links: %w", err)
				}
				all[link.ID] = link.Person
			}
		}
		keys := make(map[string]string, len(ids))
		for _, id := range ids {
			if key, linked := all[id]; linked {
				keys[id] = key
			}
		}
		return keys, nil
	}
}
