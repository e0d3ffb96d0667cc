package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// Guess counts one guess of a secret of a subject, before it is looked at: so any
// number of guesses at once are counted, too. It returns the guesses that were
// there before; when they lock the subject at the time now, the guess does not
// count.
func (s *Store) Guess(ctx context.Context, tenant, subject string, now time.Time) (access.Guesses, error) {
	var before access.Guesses
	err := s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		before = access.Guesses{} // the transaction may be tried again
		var last int64
		if _, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE tenant = $1 AND last < $2`,
			tenant, micros(now.Add(-access.GuessesKept))); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT failures, last FROM guesses WHERE tenant = $1 AND subject = $2`,
			tenant, guessKey(subject)).Scan(&before.Failures, &last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		before.Last = fromMicros(last)
		if now.Before(before.LockedUntil()) {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO guesses (tenant, subject, failures, last) VALUES ($1, $2, 1, $3)
			ON CONFLICT (tenant, subject) DO UPDATE SET failures = guesses.failures + 1, last = excluded.last`,
			tenant, guessKey(subject), micros(now))
		return err
	})
	return before, err
}

// guessKey returns what is stored of a subject: names are as they were typed, and some type
// a password where a name belongs.
func guessKey(subject string) string {
	hash := sha256.Sum256([]byte(subject))
	return hex.EncodeToString(hash[:])
}

// RecordLock records that so many guesses in a row were wrong that the next has to wait:
// of an app's secret, a person's password, or, where both ids are "", by an address.
func (s *Store) RecordLock(ctx context.Context, tenant, app, person string, guesses access.Guesses, by access.By) error {
	object := "signIn"
	switch {
	case app != "":
		object = appObject(app)
	case person != "":
		object = personObject(person)
	}
	entry, err := entryOf(by, "lock", object, struct {
		Failures int       `json:"failures"`
		Until    time.Time `json:"lockedUntilDateTime"`
	}{guesses.Failures, guesses.LockedUntil().UTC()})
	if err != nil {
		return err
	}
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error { return writeAudit(ctx, tx, tenant, entry) })
}

// ForgetGuesses starts the count of a subject anew, after a right guess.
func (s *Store) ForgetGuesses(ctx context.Context, tenant, subject string) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE tenant = $1 AND subject = $2`, tenant, guessKey(subject))
		return err
	})
}
