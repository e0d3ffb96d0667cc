package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// How far back the guard looks (rules 4).
const (
	acceptedKept = 14 * 24 * time.Hour
	talliesKept  = 7 * 24 * time.Hour
)

// Approve remembers approvals and rejections. One of a step that was decided about before
// takes its place.
func (s *Store) Approve(ctx context.Context, scope ledger.Scope, approvals []ledger.Approval, audit ...outbound.Entry) error {
	tenant := scope.Tenant
	return s.scoped(ctx, scope, func(tx *sql.Tx, scope int64) error {
		for _, a := range approvals {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO approvals (scope, step, run, approver, expires, used, rejected) VALUES ($1, $2, $3, $4, $5, FALSE, $6)
				ON CONFLICT (scope, step) DO UPDATE SET run = excluded.run, approver = excluded.approver,
					expires = excluded.expires, used = FALSE, rejected = excluded.rejected`,
				scope, a.Step, a.Run, a.By, micros(a.Expires), a.Rejected)
			if err != nil {
				return err
			}
		}
		return writeAudits(ctx, tx, tenant, audit)
	})
}

// Approvals returns by step the approvals that hold at the time now, neither used nor
// expired, and the rejections.
func (s *Store) Approvals(ctx context.Context, scope ledger.Scope, now time.Time) (map[string]ledger.Approval, error) {
	return s.approvals(ctx, `AND NOT used AND (rejected OR expires > $3)`, scope.Tenant, scope.Target, micros(now))
}

// Decisions returns by step what was decided about the steps of a run and of others,
// whether it still holds or not.
func (s *Store) Decisions(ctx context.Context, scope ledger.Scope) (map[string]ledger.Approval, error) {
	return s.approvals(ctx, ``, scope.Tenant, scope.Target)
}

func (s *Store) approvals(ctx context.Context, condition string, args ...any) (map[string]ledger.Approval, error) {
	all, err := query(ctx, s.read, scanApproval,
		`SELECT step, run, approver, expires, used, rejected FROM approvals WHERE `+ofScope+` `+condition, args...)
	if err != nil {
		return nil, err
	}
	approvals := make(map[string]ledger.Approval, len(all))
	for _, a := range all {
		approvals[a.Step] = a
	}
	return approvals, nil
}

func scanApproval(row rowScanner) (ledger.Approval, error) {
	var a ledger.Approval
	var expires int64
	err := row.Scan(&a.Step, &a.Run, &a.By, &expires, &a.Used, &a.Rejected)
	a.Expires = fromMicros(expires)
	return a, err
}

// useApprovals notes that approvals have let their steps through; they hold no
// longer.
func useApprovals(ctx context.Context, tx *sql.Tx, scope int64, steps []string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE approvals SET used = TRUE WHERE scope = $1 AND (step IN (SELECT value FROM json_each($2))) IS TRUE`,
		scope, list(steps))
	return err
}

// dropApprovals takes approvals out whose reason the roster took back.
func dropApprovals(ctx context.Context, tx *sql.Tx, scope int64, steps []string) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM approvals WHERE scope = $1 AND (step IN (SELECT value FROM json_each($2))) IS TRUE AND NOT EXISTS (
			SELECT 1 FROM runs WHERE runs.scope = approvals.scope AND runs.id = approvals.run AND runs.kind <> '')`,
		scope, list(steps))
	return err
}

// addTallies adds to what was counted, and forgets what is too old to matter.
func addTallies(ctx context.Context, tx *sql.Tx, scope int64, tallies []ledger.Tally) error {
	var latest time.Time
	for _, t := range tallies {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO tallies (scope, at, sort, org, counted) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (scope, at, sort, org) DO UPDATE SET counted = tallies.counted + excluded.counted`,
			scope, micros(t.At), t.Sort, t.Org, t.Count)
		if err != nil {
			return err
		}
		if t.At.After(latest) {
			latest = t.At
		}
	}
	if latest.IsZero() {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM tallies WHERE scope = $1 AND at < $2`,
		scope, micros(latest.Add(-talliesKept)))
	return err
}

// Tallies returns what was counted since a time, the oldest first. What is more
// than a week older than the latest may be gone.
func (s *Store) Tallies(ctx context.Context, scope ledger.Scope, since time.Time) ([]ledger.Tally, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT at, sort, org, counted FROM tallies WHERE `+ofScope+` AND at >= $3 ORDER BY at, sort, org`,
		scope.Tenant, scope.Target, micros(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tallies []ledger.Tally
	for rows.Next() {
		var t ledger.Tally
		var at int64
		if err := rows.Scan(&at, &t.Sort, &t.Org, &t.Count); err != nil {
			return nil, err
		}
		t.At = fromMicros(at)
		tallies = append(tallies, t)
	}
	return tallies, rows.Err()
}

// putAccepted remembers a roster that passed the checks, and forgets those of
// more than two weeks before, but for the last one: should the run be reverted, the next
// roster is compared with that. A roster that passes again is remembered once, at its last
// time. From now on runs start by themselves again.
func putAccepted(ctx context.Context, tx *sql.Tx, scope int64, a ledger.Accepted) error {
	if err := admit(ctx, tx, scope, a.SHA256); err != nil {
		return err
	}
	if err := resume(ctx, tx, scope); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO accepted (scope, sha256, at, by_hand, files) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (scope, sha256) DO UPDATE SET at = excluded.at, by_hand = excluded.by_hand,
			files = excluded.files`,
		scope, a.SHA256, micros(a.At), a.ByHand, list(a.Files))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM accepted WHERE scope = $1 AND at < $2
			AND at < (SELECT MAX(others.at) FROM accepted AS others WHERE others.scope = $1 AND others.sha256 <> $3)`,
		scope, micros(a.At.Add(-acceptedKept)), a.SHA256); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM accepted_ids WHERE scope = $1
			AND (sha256 = $2 OR sha256 NOT IN (SELECT sha256 FROM accepted WHERE scope = $1))`,
		scope, a.SHA256); err != nil {
		return err
	}
	if a.IDs == nil {
		return nil
	}
	return putAcceptedIDs(ctx, tx, scope, a)
}

func putAcceptedIDs(ctx context.Context, tx *sql.Tx, scope int64, a ledger.Accepted) error {
	number := 0
	for piece := range a.IDs {
		_, err := tx.ExecContext(ctx, `INSERT INTO accepted_ids (scope, sha256, number, ids) VALUES ($1, $2, $3, $4)`,
			scope, a.SHA256, number, blob(piece))
		if err != nil {
			return err
		}
		number++
	}
	return nil
}

// Accepted returns the rosters that passed the checks, without their ids, the last
// one first: that one whatever its age, the others when they are no older than
// since. But for the one before, what is more than two weeks older than the last is gone.
func (s *Store) Accepted(ctx context.Context, scope ledger.Scope, since time.Time) ([]ledger.Accepted, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT sha256, at, by_hand, files FROM accepted WHERE `+ofScope+` ORDER BY at DESC, sha256`,
		scope.Tenant, scope.Target)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var accepted []ledger.Accepted
	for rows.Next() {
		var a ledger.Accepted
		var at int64
		var files []byte
		if err := rows.Scan(&a.SHA256, &at, &a.ByHand, &files); err != nil {
			return nil, err
		}
		if a.At = fromMicros(at); len(accepted) > 0 && a.At.Before(since) {
			break
		}
		if err := json.Unmarshal(files, &a.Files); err != nil {
			return nil, err
		}
		accepted = append(accepted, a)
	}
	return accepted, rows.Err()
}

// AcceptedIDs yields the ids of a roster that passed the checks, piece by piece, or
// fault.NotFound.
func (s *Store) AcceptedIDs(ctx context.Context, scope ledger.Scope, sha256 string) iter.Seq2[[]byte, error] {
	return s.pieces(ctx, fault.New(fault.NotFound, "no roster with the hash %s passed the checks", sha256),
		`SELECT ids FROM accepted_ids WHERE `+ofScope+` AND sha256 = $3 ORDER BY number`, scope.Tenant, scope.Target, sha256)
}

// AcceptRoster remembers a person's word that exactly the roster with this hash
// may be used although a check would refuse it.
func (s *Store) AcceptRoster(ctx context.Context, scope ledger.Scope, sha256, by, reason string, audit ...outbound.Entry) error {
	if sha256 == "" {
		return fault.New(fault.Invalid, "no roster was named that is to be accepted")
	}
	tenant := scope.Tenant
	return s.scoped(ctx, scope, func(tx *sql.Tx, scope int64) error {
		if err := admit(ctx, tx, scope, sha256); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO acceptances (scope, sha256, at, accepted_by, reason) VALUES ($1, $2, `+clock+`, $3, $4)
			ON CONFLICT (scope, sha256) DO UPDATE SET at = excluded.at, accepted_by = excluded.accepted_by,
				reason = excluded.reason`, scope, sha256, by, reason)
		if err != nil {
			return err
		}
		return writeAudits(ctx, tx, tenant, audit)
	})
}

// RosterAccepted reports whether a person has accepted the roster with the hash.
func (s *Store) RosterAccepted(ctx context.Context, scope ledger.Scope, sha256 string) (bool, error) {
	var count int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM acceptances WHERE `+ofScope+` AND sha256 = $3`,
		scope.Tenant, scope.Target, sha256).Scan(&count)
	return count > 0, err
}
