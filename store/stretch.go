package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// stretchBody is what is stored of a stretch in one piece.
type stretchBody struct {
	Unchanged int
	Ledger    plan.Tally
	Leavers   []string `json:",omitempty"`
	Owners    []string `json:",omitempty"`
}

// Stretches returns the stretches of a kind that were noted and of which nothing
// was written since, in their order.
func (s *Store) Stretches(ctx context.Context, scope ledger.Scope, kind directory.Kind) ([]plan.Stretch, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT after_key, up_to, fingerprint, body FROM stretches WHERE `+ofScope+`
		AND kind = $3 ORDER BY up_to`, scope.Tenant, scope.Target, string(kind))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stretches []plan.Stretch
	for rows.Next() {
		var stretch plan.Stretch
		var fingerprint, packed sql.RawBytes
		if err := rows.Scan(&stretch.Span.After, &stretch.Span.UpTo, &fingerprint, &packed); err != nil {
			return nil, err
		}
		copy(stretch.Fingerprint[:], fingerprint)
		var body stretchBody
		if err := json.Unmarshal(packed, &body); err != nil {
			return nil, fmt.Errorf("read the stretch up to %s %s: %w", kind, stretch.Span.UpTo, err)
		}
		stretch.Unchanged, stretch.Ledger, stretch.Leavers, stretch.Owners = body.Unchanged, body.Ledger, body.Leavers, body.Owners
		stretches = append(stretches, stretch)
	}
	return stretches, rows.Err()
}

// PutStretches notes the stretches that were found in the gaps between those that
// still hold. Others that were noted there are forgotten.
func (s *Store) PutStretches(
	ctx context.Context, lease ledger.Lease, kind directory.Kind, gaps []directory.Span, found []plan.Stretch,
) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		for _, gap := range gaps {
			_, err := tx.ExecContext(ctx, `DELETE FROM stretches
				WHERE scope = $1 AND kind = $2 AND up_to > $3 AND ($4 = '' OR up_to <= $4)`,
				scope, string(kind), gap.After, gap.UpTo)
			if err != nil {
				return err
			}
		}
		rows := newBulk(tx, `INSERT INTO stretches (scope, kind, after_key, up_to, fingerprint, body)`, 6, ``)
		for _, stretch := range found {
			body, err := json.Marshal(stretchBody{stretch.Unchanged, stretch.Ledger, stretch.Leavers, stretch.Owners})
			if err != nil {
				return err
			}
			err = rows.add(ctx, scope, string(kind), stretch.Span.After, stretch.Span.UpTo, stretch.Fingerprint[:], body)
			if err != nil {
				return err
			}
		}
		return rows.flush(ctx)
	})
}

// endStretches forgets the stretches that the wave's objects lie in, since what was
// found of them holds no longer.
func (w *wave) endStretches(ctx context.Context) error {
	var any bool
	err := w.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stretches WHERE scope = $1)`, w.scope).Scan(&any)
	if err != nil || !any {
		return err
	}
	stmt, err := w.tx.PrepareContext(ctx, `DELETE FROM stretches WHERE scope = $1 AND kind = $2 AND after_key < $3 AND up_to = (
		SELECT MIN(up_to) FROM stretches WHERE scope = $1 AND kind = $2 AND up_to >= $3)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range w.entries {
		if _, err := stmt.ExecContext(ctx, w.scope, string(w.entries[i].Kind), w.entries[i].Key); err != nil {
			return err
		}
	}
	return nil
}
