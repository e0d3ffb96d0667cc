package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// A run of another kind is one that no roster asks for: its plan is made from the
// ledger. It is committed, applied and resumed as any run. Since it was approved when it
// began, and needs nothing but what is stored, whoever comes upon one that was
// interrupted carries it on before anything else.

// other makes one run of another kind, or goes on with the one of that id that was begun
// for it. The lease must be held.
func (e *Engine) other(
	ctx context.Context, lease ledger.Lease, run ledger.Run, prepare func(context.Context) (*Prepared, error), ask Ask,
) (Report, error) {
	return e.underLease(ctx, lease, run.ID, func(ctx context.Context, e *Engine) (Report, error) {
		return e.makeOther(ctx, lease, run, prepare, ask)
	})
}

func (e *Engine) makeOther(
	ctx context.Context, lease ledger.Lease, run ledger.Run, prepare func(context.Context) (*Prepared, error), ask Ask,
) (Report, error) {
	report, err := e.clear(ctx, lease)
	if open := report.Run; err != nil || open.ID != 0 && open.Kind == run.Kind && open.Of == run.Of {
		return report, err
	}
	prepared, err := prepare(ctx)
	if err != nil {
		return Report{}, err
	}
	yes, err := ask(prepared)
	if err != nil || !yes {
		return Report{}, err
	}
	return e.carryOut(ctx, lease, prepared, noSecrets{})
}

// clear leaves no run open: one that no roster asked for is carried on, and its report
// returned; of any other one what is not known is cleared up.
func (e *Engine) clear(ctx context.Context, lease ledger.Lease) (Report, error) {
	run, open, err := e.Store.OpenRun(ctx, e.Scope)
	if err != nil || !open {
		return Report{}, err
	}
	if run.Kind != ledger.OfRoster {
		return e.carryOnOther(ctx, lease, run)
	}
	s := e.sender(lease, run.ID, noSecrets{})
	s.superseded = true
	if _, err := s.clearUp(ctx); err != nil {
		return Report{Run: run}, err
	}
	return Report{}, e.abandon(ctx, s, run)
}

// carryOnOther carries on a run of another kind that was interrupted.
func (e *Engine) carryOnOther(ctx context.Context, lease ledger.Lease, run ledger.Run) (Report, error) {
	s := e.sender(lease, run.ID, noSecrets{})
	before, err := s.clearUp(ctx)
	if err != nil {
		return Report{Run: run}, err
	}
	report, err := e.finish(ctx, s, run, nil)
	report.Resumed, report.Before = true, before
	return report, err
}

// CarryOn carries on an interrupted run that no roster asked for, and reports whether
// there was one. The lease must be held.
func (e *Engine) CarryOn(ctx context.Context, lease ledger.Lease) (Report, bool, error) {
	run, open, err := e.Store.OpenRun(ctx, e.Scope)
	if err != nil || !open || run.Kind == ledger.OfRoster {
		return Report{}, false, err
	}
	report, err := e.underLease(ctx, lease, run.ID, func(ctx context.Context, e *Engine) (Report, error) {
		return e.carryOnOther(ctx, lease, run)
	})
	return report, true, err
}

// prepareOther completes a run of another kind: its plan is made of what is there, and the
// guard holds what is dangerous in it.
func (p *Preparer) prepareOther(ctx context.Context, out *Prepared, plans func(plan.Known) (*plan.Plan, error)) error {
	approvals, err := p.approvals(ctx)
	if err != nil {
		return err
	}
	// The generation comes first: see Prepare.
	generation, err := p.Store.Generation(ctx, p.Scope)
	if err != nil {
		return err
	}
	p.Progress.tell(Planning, 0, 0)
	var failed error
	out.Plan, err = plans(p.known(ctx, &failed))
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	out.Plan.Generation = generation
	privileged, err := p.privileged(ctx)
	if err != nil {
		return err
	}
	if err := p.guard(ctx, out, privileged, approvals); err != nil {
		return err
	}
	out.used, _ = approvals.split() // no roster took the reason of the others back
	return nil
}

// known returns what is there, and notes what went wrong when the ledger was asked whether
// it knows an object.
func (p *Preparer) known(ctx context.Context, failed *error) plan.Known {
	return plan.Known{
		Have: func(kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
			return readAhead(p.Store.Haves(ctx, p.Scope, kind, span))
		},
		Taken: func(kind directory.Kind, key string) bool {
			_, err := p.Store.Have(ctx, p.Scope, kind, key)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				*failed = err
			}
			return err == nil
		},
		Find: func(kind directory.Kind, keys []string) ([]directory.Object, error) {
			objects, err := p.Target.Find(ctx, kind, keys)
			if err != nil {
				return nil, fmt.Errorf("looking up what is there: %w", err)
			}
			return objects, nil
		},
		IDs: func(users []string) (map[string]string, error) {
			return p.Store.IDs(ctx, p.Scope, directory.User, users)
		},
	}
}

// day returns the day of a time, as the ledger notes it.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// noSecrets are the secrets where no roster is at hand. Users are not created then; of
// one who was, no names are known.
type noSecrets struct{}

func (noSecrets) Password(string) directory.Secret    { return "" }
func (noSecrets) Contacts(string) []directory.Contact { return nil }
func (noSecrets) Link(user, id string) ledger.Link {
	return ledger.Link{Person: user, ID: id, Via: "created"}
}

// privileged returns who holds a directory role, strangers included.
func (p *Preparer) privileged(ctx context.Context) (func(user string) bool, error) {
	ids := make(map[string]bool)
	for user, err := range readAhead(p.Target.Observe(ctx, directory.User, directory.Brief)) {
		if err != nil {
			return nil, err
		}
		if user.DirectoryRole {
			ids[user.ID] = true
		}
	}
	keys := make(map[string]bool, len(ids))
	for id := range ids {
		keys[directory.StrangerKey(id)] = true
	}
	if len(ids) == 0 {
		return func(user string) bool { return keys[user] }, nil
	}
	for link, err := range readAhead(p.Store.Links(ctx, p.Scope)) {
		if err != nil {
			return nil, err
		}
		if ids[link.ID] {
			keys[link.Person] = true
		}
	}
	return func(user string) bool { return keys[user] }, nil
}
