package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// Interrupted is the code of runs that ended before they had a plan because
// their process did.
const Interrupted = "Interrupted"

// Begin records that a run has started and returns it with its id and status.
// Runs of the scope that were cut off before they had a plan end as failed:
// whoever has the lease knows that nobody is at work on them.
func (s *Store) Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) (ledger.Run, error) {
	return s.BeginAudited(ctx, lease, run, nil)
}

// BeginAudited does the same, and records for those who audit what is to be said of the run;
// nil for nothing.
func (s *Store) BeginAudited(
	ctx context.Context, lease ledger.Lease, run ledger.Run, audit func(ledger.Run) outbound.Entry,
) (ledger.Run, error) {
	run.Scope, run.Status = lease.Scope, ledger.Running
	err := s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		err := interrupt(ctx, tx, scope, run.Started)
		if err != nil {
			return err
		}
		if err := heed(ctx, tx, scope, 0); err != nil { // it was of a run that nobody is at work on
			return err
		}
		err = tx.QueryRowContext(ctx,
			`SELECT COALESCE(MAX(id), 0) + 1 FROM runs WHERE tenant = $1`, lease.Scope.Tenant).Scan(&run.ID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO runs (tenant, id, scope, status, roster_path, roster_sha256, settings, started,
				ended, generation, steps, done, held, failed, code, message, only_keys, kind, of_run)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			run.Scope.Tenant, run.ID, scope, string(run.Status), run.RosterPath, run.RosterSHA256, blob(run.Settings),
			micros(run.Started), micros(run.Ended), run.Generation, run.Steps, run.Done, run.Held, run.Failed,
			run.Code, run.Message, list(run.Only), string(run.Kind), run.Of)
		if err != nil || audit == nil {
			return err
		}
		return writeAudit(ctx, tx, lease.Scope.Tenant, audit(run))
	})
	return run, err
}

// Interrupt ends the runs of the scope that were cut off before they had a plan.
func (s *Store) Interrupt(ctx context.Context, lease ledger.Lease, at time.Time) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error { return interrupt(ctx, tx, scope, at) })
}

func interrupt(ctx context.Context, tx *sql.Tx, scope int64, at time.Time) error {
	runs, err := query(ctx, tx, scanRun, selectRuns+`WHERE r.scope = $1 AND r.status = 'running' AND NOT r.planned`, scope)
	if err != nil {
		return err
	}
	for _, run := range runs {
		run.Status, run.Ended, run.Code = ledger.Failed, at, Interrupted
		run.Message = "The program ended before there was a plan. Nothing was changed."
		if err := endRun(ctx, tx, scope, run); err != nil {
			return err
		}
	}
	return nil
}

// Finish records how a run ended, and adds what it did without approval to the
// guard's tallies. What is to be said of it goes into the outbox with that.
func (s *Store) Finish(ctx context.Context, lease ledger.Lease, run ledger.Run, tallies []ledger.Tally) error {
	run.Scope = lease.Scope
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		if err := endRun(ctx, tx, scope, run); err != nil {
			return err
		}
		return addTallies(ctx, tx, scope, tallies)
	})
}

// endRun records how a run ended, and puts the notices of it into the outbox.
func endRun(ctx context.Context, tx *sql.Tx, scope int64, run ledger.Run) error {
	if err := updateRun(ctx, tx, scope, run); err != nil {
		return err
	}
	if err := forgetSecrets(ctx, tx, run.Scope.Tenant, run.ID); err != nil {
		return err
	}
	return putNotices(ctx, tx, run)
}

// updateRun writes everything about a run but its identity and its start.
func updateRun(ctx context.Context, tx *sql.Tx, scope int64, run ledger.Run) error {
	result, err := tx.ExecContext(ctx, `
		UPDATE runs SET status = $3, roster_path = $4, roster_sha256 = $5, settings = $6, ended = $7,
			generation = $8, steps = $9, done = $10, held = $11, failed = $12, code = $13, message = $14
		WHERE scope = $1 AND id = $2`,
		scope, run.ID, string(run.Status), run.RosterPath, run.RosterSHA256, blob(run.Settings), micros(run.Ended),
		run.Generation, run.Steps, run.Done, run.Held, run.Failed, run.Code, run.Message)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	switch {
	case err != nil:
		return err
	case changed != 1:
		return unknownRun(run.ID)
	case run.Status == ledger.Running:
		return nil
	}
	return heed(ctx, tx, scope, run.ID)
}

const selectRuns = `
	SELECT r.id, s.tenant, s.target, r.status, r.roster_path, r.roster_sha256, r.settings, r.started, r.ended,
		r.generation, r.steps, r.done, r.held, r.failed, r.code, r.message, r.only_keys, r.planned, r.kind, r.of_run,
		r.reduced
	FROM runs r JOIN scopes s ON s.id = r.scope `

func scanRun(row rowScanner) (ledger.Run, error) {
	var run ledger.Run
	var started, ended int64
	var only string
	err := row.Scan(&run.ID, &run.Scope.Tenant, &run.Scope.Target, &run.Status, &run.RosterPath, &run.RosterSHA256,
		&run.Settings, &started, &ended, &run.Generation, &run.Steps, &run.Done, &run.Held, &run.Failed,
		&run.Code, &run.Message, &only, &run.Planned, &run.Kind, &run.Of,
		&run.Reduced)
	if err == nil && only != "[]" {
		err = json.Unmarshal([]byte(only), &run.Only)
	}
	run.Started, run.Ended = fromMicros(started), fromMicros(ended)
	return run, err
}

// Runs returns the latest runs of a scope, the last one first, at most limit.
func (s *Store) Runs(ctx context.Context, scope ledger.Scope, limit int) ([]ledger.Run, error) {
	return s.RunsBefore(ctx, scope, 0, limit)
}

// RunsBefore returns likewise the runs before the one with an id, or with 0 from the last
// one on.
func (s *Store) RunsBefore(ctx context.Context, scope ledger.Scope, before int64, limit int) ([]ledger.Run, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return query(ctx, s.read, scanRun,
		selectRuns+`WHERE s.tenant = $1 AND s.target = $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4`,
		scope.Tenant, scope.Target, before, limit)
}

// Run returns one run, or fault.NotFound.
func (s *Store) Run(ctx context.Context, tenant string, id int64) (ledger.Run, error) {
	run, err := scanRun(s.read.QueryRowContext(ctx, selectRuns+`WHERE r.tenant = $1 AND r.id = $2`, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return run, unknownRun(id)
	}
	return run, err
}

// OpenRun returns the run whose plan is committed and not carried out to its
// end, if there is one.
func (s *Store) OpenRun(ctx context.Context, scope ledger.Scope) (ledger.Run, bool, error) {
	run, err := scanRun(s.read.QueryRowContext(ctx,
		selectRuns+`WHERE s.tenant = $1 AND s.target = $2 AND r.planned AND r.status = 'running'`,
		scope.Tenant, scope.Target))
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Run{}, false, nil
	}
	return run, err == nil, err
}

// LastPlanned returns the last run whose plan was committed, if there is one.
func (s *Store) LastPlanned(ctx context.Context, scope ledger.Scope) (ledger.Run, bool, error) {
	run, err := scanRun(s.read.QueryRowContext(ctx,
		selectRuns+`WHERE s.tenant = $1 AND s.target = $2 AND r.planned ORDER BY r.id DESC LIMIT 1`,
		scope.Tenant, scope.Target))
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Run{}, false, nil
	}
	return run, err == nil, err
}

// Settled reports whether a run of the scope that was of a whole roster was carried out
// to its end, and did something: whoever starts one before there is anything to do, or
// while nothing can be done, still has the first run before them.
func (s *Store) Settled(ctx context.Context, scope ledger.Scope) (bool, error) {
	var count int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM (
			SELECT 1 FROM runs r JOIN scopes s ON s.id = r.scope
			WHERE s.tenant = $1 AND s.target = $2 AND r.planned AND r.status LIKE 'completed%' AND r.done > 0
				AND r.only_keys = '[]' AND r.kind = '' LIMIT 1) AS any_run`,
		scope.Tenant, scope.Target).Scan(&count)
	return count > 0, err
}

// Baselines returns the settings, each once, by which the ledger came to be what it
// is: those of the last run about everything whose plan was committed, and of the
// runs about a part after it. Of a run that was reverted nobody knows how much is left,
// so those of the runs before it count as well.
func (s *Store) Baselines(ctx context.Context, scope ledger.Scope) ([][]byte, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT settings FROM runs WHERE `+ofScope+` AND planned AND kind = '' AND id >= (
			SELECT COALESCE(MAX(id), 0) FROM runs AS whole WHERE `+ofScope+` AND planned AND only_keys = '[]' AND kind = ''
				AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.scope = whole.scope AND later.planned
					AND later.kind = 'revert' AND later.of_run = whole.id))
		ORDER BY id`,
		scope.Tenant, scope.Target)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]byte
	for rows.Next() {
		var settings []byte
		if err := rows.Scan(&settings); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(s []byte) bool { return bytes.Equal(s, settings) }) {
			all = append(all, settings)
		}
	}
	return all, rows.Err()
}

// Generation returns how often the ledger of a scope has changed.
func (s *Store) Generation(ctx context.Context, scope ledger.Scope) (int64, error) {
	var generation int64
	err := s.read.QueryRowContext(ctx,
		`SELECT generation FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return generation, err
}

func unknownRun(id int64) error {
	return fault.New(fault.NotFound, "There is no run %d; homeroom runs lists them.", id)
}

// blob makes nil bytes empty ones, which are not NULL.
func blob(bytes []byte) []byte {
	if bytes == nil {
		return []byte{}
	}
	return bytes
}
