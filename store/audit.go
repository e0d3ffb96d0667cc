package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// audited is a row of the audit: what its hash covers.
type audited struct {
	ID                                                 int64
	At                                                 int64
	App, Kind, Alias, Request, Action, Object, Changes string
}

// chain returns the hash of the row when it comes after one with the hash before.
func (a audited) chain(before []byte) []byte {
	row, err := json.Marshal(a)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	sum := sha256.Sum256(append(bytes.Clone(before), row...))
	return sum[:]
}

// writeAudit adds a record for those who audit.
func writeAudit(ctx context.Context, tx *sql.Tx, tenant string, e outbound.Entry) error {
	row := audited{At: micros(e.At), App: e.App, Kind: e.Kind, Request: e.RequestID,
		Action: e.Action, Object: e.Object, Changes: string(e.Changes)}
	var err error
	if row.Alias, err = aliasOf(ctx, tx, tenant, e.User); err != nil {
		return err
	}
	var before []byte
	err = tx.QueryRowContext(ctx,
		`SELECT id, hash FROM audit WHERE tenant = $1 ORDER BY id DESC LIMIT 1`, tenant).Scan(&row.ID, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	row.ID++
	_, err = tx.ExecContext(ctx, `
		INSERT INTO audit (tenant, id, at, app, kind, alias, request, action, object, changes, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tenant, row.ID, row.At, row.App, row.Kind, row.Alias, row.Request, row.Action, row.Object, row.Changes, row.chain(before))
	return err
}

// writeAudits adds records, if there are any.
func writeAudits(ctx context.Context, tx *sql.Tx, tenant string, entries []outbound.Entry) error {
	for _, e := range entries {
		if err := writeAudit(ctx, tx, tenant, e); err != nil {
			return err
		}
	}
	return nil
}

// aliasOf returns the name under which a person stands in the audit, and makes it the
// first time; "" for nobody.
func aliasOf(ctx context.Context, tx *sql.Tx, tenant, person string) (string, error) {
	if person == "" {
		return "", nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO audit_people (tenant, person, alias) VALUES ($1, $2, $3) ON CONFLICT (tenant, person) DO NOTHING`,
		tenant, person, uuid.NewString())
	if err != nil {
		return "", err
	}
	var alias string
	err = tx.QueryRowContext(ctx,
		`SELECT alias FROM audit_people WHERE tenant = $1 AND person = $2`, tenant, person).Scan(&alias)
	return alias, err
}

// Audit returns the last records of a tenant, the latest first, at most limit. A person
// who was forgotten is "".
func (s *Store) Audit(ctx context.Context, tenant string, limit int) ([]outbound.Entry, error) {
	return query(ctx, s.read, scanAudit, `
		SELECT a.at, a.app, a.kind, COALESCE(p.person, ''), a.request, a.action, a.object, a.changes
		FROM audit a LEFT JOIN audit_people p ON p.tenant = a.tenant AND p.alias = a.alias
		WHERE a.tenant = $1 ORDER BY a.id DESC LIMIT $2`, tenant, limit)
}

func scanAudit(row rowScanner) (outbound.Entry, error) {
	var e outbound.Entry
	var at int64
	var changes string
	err := row.Scan(&at, &e.App, &e.Kind, &e.User, &e.RequestID, &e.Action, &e.Object, &changes)
	e.At = fromMicros(at)
	if changes != "" {
		e.Changes = json.RawMessage(changes)
	}
	return e, err
}

// ForgetAuditor takes the person behind an alias out of the audit. What the person did
// stays, under the alias.
func (s *Store) ForgetAuditor(ctx context.Context, tenant, person string) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM audit_people WHERE tenant = $1 AND person = $2`, tenant, person)
		return err
	})
}

// VerifyAudit goes through the records of a tenant, and returns where they end. It fails
// with fault.Invalid when one was changed or taken out after it was written. That the last
// ones are missing it sees by an end that was kept elsewhere; the zero Mark for none.
func (s *Store) VerifyAudit(ctx context.Context, tenant string, kept outbound.Mark) (outbound.Mark, error) {
	var end outbound.Mark
	rows, err := s.read.QueryContext(ctx, `
		SELECT id, at, app, kind, alias, request, action, object, changes, hash
		FROM audit WHERE tenant = $1 ORDER BY id`, tenant)
	if err != nil {
		return end, err
	}
	defer rows.Close()
	for rows.Next() {
		var a audited
		var hash []byte
		err := rows.Scan(&a.ID, &a.At, &a.App, &a.Kind, &a.Alias, &a.Request, &a.Action, &a.Object, &a.Changes, &hash)
		if err != nil {
			return end, err
		}
		if a.ID != end.Record+1 || !bytes.Equal(hash, a.chain(end.Hash)) {
			return end, fault.New(fault.Invalid, "the audit was changed at or before record %d", end.Record+1)
		}
		end = outbound.Mark{Record: a.ID, Hash: hash}
		if a.ID == kept.Record && !bytes.Equal(hash, kept.Hash) {
			return end, fault.New(fault.Invalid, "the audit was written anew: record %d is not the one that it was", a.ID)
		}
	}
	if err := rows.Err(); err != nil {
		return end, err
	}
	if end.Record < kept.Record {
		return end, fault.New(fault.Invalid, "the audit ends with record %d, and once had %d", end.Record, kept.Record)
	}
	return end, nil
}
