package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// codesKept is how many device codes may wait in a tenant at a time: whoever asks
// for them needs no secret.
const codesKept = 1000

const codeColumns = `hash, user_code, app, audience, asked, scopes, openid, state, person, ticket, polled, expires`

// AddDeviceCode keeps a new device code and deletes those that have expired at
// the time now. It fails with fault.Conflict when the user code is taken, and
// with fault.Unavailable when too many codes wait.
func (s *Store) AddDeviceCode(ctx context.Context, code access.DeviceCode, now time.Time) error {
	return s.updateOf(ctx, code.Tenant, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_codes WHERE tenant = $1 AND expires <= $2`,
			code.Tenant, micros(now)); err != nil {
			return err
		}
		waiting := 0
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM device_codes WHERE tenant = $1`, code.Tenant).Scan(&waiting)
		if err != nil {
			return err
		}
		if waiting >= codesKept {
			return fault.New(fault.Unavailable, "Too many devices wait for somebody to sign in. Try again in some minutes.")
		}
		err = mustChange(tx.ExecContext(ctx, `INSERT INTO device_codes (tenant, `+codeColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
			code.Tenant, code.Hash, code.UserCode, code.App, code.Audience, code.Asked, list(code.Scopes), code.OpenID,
			string(code.State), code.Person, code.Ticket, micros(code.Polled), micros(code.Expires)))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "The code %s is taken.", code.UserCode)
		}
		return err
	})
}

// DeviceCodeTyped returns the device code with a user code, or fault.NotFound.
func (s *Store) DeviceCodeTyped(ctx context.Context, tenant, userCode string) (access.DeviceCode, error) {
	return scanCode(s.read.QueryRowContext(ctx, `SELECT `+codeColumns+` FROM device_codes
		WHERE tenant = $1 AND user_code = $2`, tenant, userCode), tenant)
}

func scanCode(row *sql.Row, tenant string) (access.DeviceCode, error) {
	code := access.DeviceCode{Tenant: tenant}
	var scopes string
	var polled, expires int64
	err := row.Scan(&code.Hash, &code.UserCode, &code.App, &code.Audience, &code.Asked, &scopes, &code.OpenID, &code.State,
		&code.Person, &code.Ticket, &polled, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return code, fault.New(fault.NotFound, "There is no such code.")
	}
	if err != nil {
		return code, err
	}
	code.Polled, code.Expires = fromMicros(polled), fromMicros(expires)
	return code, json.Unmarshal([]byte(scopes), &code.Scopes)
}

// SetDeviceCode writes down who signed in, what the page may approve with, and what
// was decided. It fails with fault.Conflict when the code was decided on, or given
// another ticket than the one before, in the meantime. A decision is recorded for those
// who audit.
func (s *Store) SetDeviceCode(ctx context.Context, code access.DeviceCode, ticketBefore []byte, by access.By) error {
	entry, err := entryOf(by, string(code.State), appObject(code.App), appChanges{Delegated: code.Scopes})
	if err != nil {
		return err
	}
	return s.updateOf(ctx, code.Tenant, func(tx *sql.Tx) error {
		before, err := scanCode(tx.QueryRowContext(ctx, `SELECT `+codeColumns+` FROM device_codes
			WHERE tenant = $1 AND hash = $2`, code.Tenant, code.Hash), code.Tenant)
		if err != nil {
			return err
		}
		if before.State != access.DevicePending || !bytes.Equal(before.Ticket, ticketBefore) {
			return fault.New(fault.Conflict, "This code was used in the meantime.")
		}
		_, err = tx.ExecContext(ctx, `UPDATE device_codes SET state = $3, person = $4, ticket = $5
			WHERE tenant = $1 AND hash = $2`, code.Tenant, code.Hash, string(code.State), code.Person, code.Ticket)
		if err != nil || code.State == access.DevicePending {
			return err
		}
		return writeAudit(ctx, tx, code.Tenant, entry)
	})
}

// PollDeviceCode returns the device code of an app as it was before this poll, or
// fault.NotFound. One that was decided on, or that has expired at the time now, is
// deleted with this: it counts once. One that is made up does not take the writer's time.
func (s *Store) PollDeviceCode(ctx context.Context, tenant, app string, hash []byte, now time.Time) (access.DeviceCode, error) {
	const statement = `SELECT ` + codeColumns + ` FROM device_codes WHERE tenant = $1 AND hash = $2 AND app = $3`
	code, err := scanCode(s.read.QueryRowContext(ctx, statement, tenant, hash, app), tenant)
	if err != nil {
		return code, err
	}
	err = s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		code, err = scanCode(tx.QueryRowContext(ctx, statement, tenant, hash, app), tenant)
		if err != nil {
			return err
		}
		if code.State == access.DevicePending && now.Before(code.Expires) {
			_, err = tx.ExecContext(ctx, `UPDATE device_codes SET polled = $3 WHERE tenant = $1 AND hash = $2`,
				tenant, hash, micros(now))
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM device_codes WHERE tenant = $1 AND hash = $2`, tenant, hash)
		return err
	})
	return code, err
}
