package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// PutStatistics records what a run counted, in place of what was recorded before.
func (s *Store) PutStatistics(ctx context.Context, lease ledger.Lease, run int64, statistics ledger.Statistics) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, _ int64) error {
		return putStatistics(ctx, tx, lease.Scope.Tenant, run, statistics)
	})
}

func putStatistics(ctx context.Context, tx *sql.Tx, tenant string, run int64, statistics ledger.Statistics) error {
	body, err := json.Marshal(statistics)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO run_statistics (tenant, run, body) VALUES ($1, $2, $3)
		ON CONFLICT (tenant, run) DO UPDATE SET body = excluded.body`, tenant, run, string(body))
	return err
}

// Statistics returns what a run counted, or fault.NotFound: it counted nothing yet, or
// ended before it could.
func (s *Store) Statistics(ctx context.Context, tenant string, run int64) (ledger.Statistics, error) {
	var body []byte
	var statistics ledger.Statistics
	err := s.read.QueryRowContext(ctx,
		`SELECT body FROM run_statistics WHERE tenant = $1 AND run = $2`, tenant, run).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return statistics, fault.New(fault.NotFound, "run %d has no statistics", run)
	}
	if err != nil {
		return statistics, err
	}
	return statistics, json.Unmarshal(body, &statistics)
}

// StatisticsSince returns what the runs of a tenant counted from one on, by run. Those
// that counted nothing yet are missing.
func (s *Store) StatisticsSince(ctx context.Context, tenant string, first int64) (map[int64]ledger.Statistics, error) {
	counted := make(map[int64]ledger.Statistics)
	_, err := query(ctx, s.read, func(row rowScanner) (struct{}, error) {
		var run int64
		var body []byte
		var statistics ledger.Statistics
		err := row.Scan(&run, &body)
		if err == nil {
			err = json.Unmarshal(body, &statistics)
		}
		counted[run] = statistics
		return struct{}{}, err
	}, `SELECT run, body FROM run_statistics WHERE tenant = $1 AND run >= $2`, tenant, first)
	return counted, err
}

// putAbsent remembers what the last accepted roster lacks of its school year, and
// forgets other years.
func putAbsent(ctx context.Context, tx *sql.Tx, scope int64, absent ledger.Absent) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM absent_ids WHERE scope = $1`, scope); err != nil {
		return err
	}
	number := 0
	for piece := range absent.IDs {
		_, err := tx.ExecContext(ctx, `INSERT INTO absent_ids (scope, year, number, ids) VALUES ($1, $2, $3, $4)`,
			scope, absent.Year, number, blob(piece))
		if err != nil {
			return err
		}
		number++
	}
	return nil
}

// AbsentIDs yields the ids that the last accepted roster lacks of a school year, piece
// by piece. It yields fault.NotFound when that roster was not of the year.
func (s *Store) AbsentIDs(ctx context.Context, scope ledger.Scope, year int) iter.Seq2[[]byte, error] {
	return s.pieces(ctx, fault.New(fault.NotFound, "no roster of the school year %d was accepted last", year),
		`SELECT ids FROM absent_ids WHERE `+ofScope+` AND year = $3 ORDER BY number`, scope.Tenant, scope.Target, year)
}

// pieces yields the pieces that a query finds, and an error when there are none.
func (s *Store) pieces(ctx context.Context, none error, query string, args ...any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rows, err := s.streams.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		found := false
		for rows.Next() {
			var piece sql.RawBytes
			if err := rows.Scan(&piece); err != nil {
				yield(nil, err)
				return
			}
			if found = true; !yield(piece, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		} else if !found {
			yield(nil, none)
		}
	}
}
