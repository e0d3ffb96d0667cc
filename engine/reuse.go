package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// reuse is what a plan is told about ids that come back for other classes.
type reuse struct {
	plan.Reuse
	decided map[string]ledger.ClassDecision
	used    map[string]bool // keys of decisions that the plan goes by
	failed  error           // of a question to the ledger
}

func (p *Preparer) reuse(ctx context.Context, request Request) (*reuse, error) {
	decided, err := p.Store.ClassDecisions(ctx, p.Scope)
	r := &reuse{decided: decided, used: make(map[string]bool)}
	r.Reuse = plan.Reuse{
		Default: request.Reused, Decided: r.choice, Expiry: directory.ExpiryOn(request.AsOf.String()),
		Taken: func(kind directory.Kind, key string) bool {
			_, err := p.Store.Have(ctx, p.Scope, kind, key)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				r.failed = err
			}
			return err == nil
		},
	}
	return r, err
}

// choice returns what somebody decided of a key, and notes that it is gone by. A
// decision is about the school years that it was made for, and about no others.
func (r *reuse) choice(key, years string) plan.Choice {
	d, known := r.decided[key]
	if !known || d.Years != years {
		return ""
	}
	r.used[key] = true
	return plan.Choice(d.Choice)
}

// settled returns the keys that were decided of and about which the plan has no doubt:
// what was decided is done, or the roster took the reason back. As long as it could not be
// done, the decision holds.
func (r *reuse) settled() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.decided)), func(key string) bool { return r.used[key] })
}

// expired returns the directory ids of the objects of a kind that are out of use. For a
// while after such an object was given another name, a directory may show it under the
// one that a new object is to have: it is not that.
func (s *sender) expired(ctx context.Context, kind directory.Kind) (idSet, error) {
	var ids idSet
	for have, err := range s.Store.Haves(ctx, s.Scope, kind, directory.ExpiredSpan()) {
		if err != nil {
			return nil, err
		}
		if directory.IsExpired(have.Key) {
			ids.add([]string{have.ID})
		}
	}
	return ids, nil
}

// leaveFormer puts off the creation of an object whose names another one still has, which
// the ledger knows: putting that one out of use has failed.
func (s *sender) leaveFormer(ctx context.Context, w *work) error {
	_, err := s.Store.Have(ctx, s.Scope, w.step.Kind, w.step.Key)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	w.verdict, w.rule = directory.Later, plan.WaitsForName
	w.message = w.step.Key + " waits for the object that has its names to go out of use"
	return err
}
