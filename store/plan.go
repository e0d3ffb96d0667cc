package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// Commit stores the plan of a run that Begin recorded, and what is remembered
// together with it: all or nothing. The steps come in the order of their
// numbers, from 1. The streams must not write to the store. Commit fails with
// fault.Conflict when the ledger has changed since the plan was made.
func (s *Store) Commit(
	ctx context.Context, lease ledger.Lease, c ledger.Commit, steps iter.Seq2[plan.Step, error], skips []plan.Skip,
) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		if err := mayCommit(ctx, tx, scope, c.Run.ID); err != nil {
			return err
		}
		if err := startPlan(ctx, tx, scope, c.Run.Generation); err != nil {
			return err
		}
		return outlast(ctx, tx, scope, func() error {
			count, err := writePlan(ctx, tx, planPart{tenant: lease.Scope.Tenant, run: c.Run.ID}, c.Document, steps, skips)
			if err != nil {
				return err
			}
			run := c.Run
			run.Steps = count
			if err := updateRun(ctx, tx, scope, run); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `UPDATE runs SET planned = TRUE WHERE scope = $1 AND id = $2`, scope, run.ID)
			if err != nil {
				return err
			}
			return remember(ctx, tx, scope, c)
		})
	})
}

// startPlan moves the ledger on to its next generation, if it is still at the
// one that the plan was made from.
func startPlan(ctx context.Context, tx *sql.Tx, scope, generation int64) error {
	result, err := tx.ExecContext(ctx,
		`UPDATE scopes SET generation = generation + 1 WHERE id = $1 AND generation = $2`, scope, generation)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err != nil || changed == 1 {
		return err
	}
	return fault.New(fault.Conflict, "something else was done since this plan was made; plan again")
}

func writePlan(
	ctx context.Context, tx *sql.Tx, at planPart, document []byte, steps iter.Seq2[plan.Step, error], skips []plan.Skip,
) (int, error) {
	at.part = documentPart
	if _, err := writeChunks(ctx, tx, at, jsonForm[[]byte](), all([][]byte{document})); err != nil {
		return 0, err
	}
	at.part = skipsPart
	if _, err := writeChunks(ctx, tx, at, jsonForm[plan.Skip](), all(skips)); err != nil {
		return 0, err
	}
	at.part = stepsPart
	return writeChunks(ctx, tx, at, stepForm(), inOrder(steps))
}

// remember writes what is committed together with a plan.
func remember(ctx context.Context, tx *sql.Tx, scope int64, c ledger.Commit) error {
	if err := putLinks(ctx, tx, scope, c.Links); err != nil {
		return err
	}
	if c.Entries != nil {
		if err := applyEntries(ctx, tx, scope, c.Entries); err != nil {
			return err
		}
	}
	if err := putResets(ctx, tx, scope, c.Resets); err != nil {
		return err
	}
	if c.Accepted != nil {
		if err := putAccepted(ctx, tx, scope, *c.Accepted); err != nil {
			return err
		}
	}
	if c.Absent != nil {
		if err := putAbsent(ctx, tx, scope, *c.Absent); err != nil {
			return err
		}
	}
	if c.Rejected != nil {
		if err := reject(ctx, tx, scope, *c.Rejected); err != nil {
			return err
		}
	}
	if c.Run.Kind == ledger.OfRoster {
		if err := putStatistics(ctx, tx, c.Run.Scope.Tenant, c.Run.ID, c.Statistics); err != nil {
			return err
		}
	}
	if err := settleClasses(ctx, tx, scope, c.Settled); err != nil {
		return err
	}
	if err := useApprovals(ctx, tx, scope, c.Used); err != nil {
		return err
	}
	return dropApprovals(ctx, tx, scope, c.Lapsed)
}

// inOrder passes steps on as long as their numbers are 1, 2, 3, ...
func inOrder(steps iter.Seq2[plan.Step, error]) iter.Seq2[plan.Step, error] {
	return func(yield func(plan.Step, error) bool) {
		number := 0
		for step, err := range steps {
			number++
			if err == nil && step.Seq != number {
				err = fmt.Errorf("step %d of the plan has the number %d", number, step.Seq)
			}
			if !yield(step, err) || err != nil {
				return
			}
		}
	}
}

// all yields the items, none with an error.
func all[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// PlanDocument returns the document of a committed plan: the plan without its
// steps and skips. It fails with fault.NotFound when the run has none.
func (s *Store) PlanDocument(ctx context.Context, tenant string, run int64) ([]byte, error) {
	_, documents, err := readChunk(ctx, s.read, planPart{tenant, run, documentPart}, jsonForm[[]byte](), 1)
	if err != nil {
		return nil, err
	}
	if len(documents) == 0 {
		return nil, fault.New(fault.NotFound, "run %d has no plan", run)
	}
	return documents[0], nil
}

// Steps yields the steps of a committed plan from the number from on. The store
// may be written while it is read.
func (s *Store) Steps(ctx context.Context, tenant string, run int64, from int) iter.Seq2[plan.Step, error] {
	return readChunks(ctx, s.read, planPart{tenant, run, stepsPart}, stepForm(), from)
}

// Skips yields what a committed plan leaves out.
func (s *Store) Skips(ctx context.Context, tenant string, run int64) iter.Seq2[plan.Skip, error] {
	return readChunks(ctx, s.read, planPart{tenant, run, skipsPart}, jsonForm[plan.Skip](), 1)
}
