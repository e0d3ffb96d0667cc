package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// People returns who may sign in to a tenant, by name.
func (s *Store) People(ctx context.Context, tenant string) ([]access.Person, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, name, password_hash, admin, created FROM people
		WHERE tenant = $1 ORDER BY lower_name`, tenant)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var people []access.Person
	for rows.Next() {
		p, err := scanPerson(rows, tenant)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, rows.Err()
}

// Person returns the person with an id, or fault.NotFound.
func (s *Store) Person(ctx context.Context, tenant, id string) (access.Person, error) {
	return s.onePerson(ctx, tenant, `id`, id)
}

// PersonNamed returns the person who signs in with a name, or fault.NotFound.
func (s *Store) PersonNamed(ctx context.Context, tenant, name string) (access.Person, error) {
	return s.onePerson(ctx, tenant, `lower_name`, strings.ToLower(name))
}

func (s *Store) onePerson(ctx context.Context, tenant, column, value string) (access.Person, error) {
	p, err := scanPerson(s.read.QueryRowContext(ctx, `SELECT id, name, password_hash, admin, created FROM people
		WHERE tenant = $1 AND `+column+` = $2`, tenant, value), tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return access.Person{}, fault.New(fault.NotFound, "Nobody named %s may sign in; homeroom people list shows who may.", value)
	}
	return p, err
}

func scanPerson(row interface{ Scan(...any) error }, tenant string) (access.Person, error) {
	p := access.Person{Tenant: tenant}
	var created int64
	err := row.Scan(&p.ID, &p.Name, &p.PasswordHash, &p.Admin, &created)
	p.Created = fromMicros(created)
	return p, err
}

// AddPerson lets somebody sign in, or fails with fault.Conflict when the name is
// taken.
func (s *Store) AddPerson(ctx context.Context, p access.Person) error {
	return s.updateAccess(ctx, p.Tenant, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `
			INSERT INTO people (tenant, id, name, lower_name, password_hash, admin, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			p.Tenant, p.ID, p.Name, strings.ToLower(p.Name), p.PasswordHash, p.Admin, micros(p.Created))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "Somebody named %s may sign in already.", p.Name))
		}
		return nil
	})
}

// RemovePerson lets somebody sign in no more, or fails with fault.NotFound.
func (s *Store) RemovePerson(ctx context.Context, tenant, id string) error {
	return s.updateAccess(ctx, tenant, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_codes WHERE tenant = $1 AND person = $2`, tenant, id); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM people WHERE tenant = $1 AND id = $2`, tenant, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "Nobody with the id %s may sign in.", id))
		}
		return nil
	})
}

// Guess counts one guess of a secret of a subject, before it is looked at: so any
// number of guesses at once are counted, too. It returns the guesses that were
// there before; when they lock the subject at the time now, the guess does not
// count.
func (s *Store) Guess(ctx context.Context, tenant, subject string, now time.Time) (access.Guesses, error) {
	var before access.Guesses
	err := s.update(ctx, func(tx *sql.Tx) error {
		before = access.Guesses{} // the transaction may be tried again
		var last int64
		if _, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE last < $1`,
			micros(now.Add(-access.GuessesKept))); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT failures, last FROM guesses WHERE tenant = $1 AND subject = $2`,
			tenant, subject).Scan(&before.Failures, &last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		before.Last = fromMicros(last)
		if now.Before(before.LockedUntil()) {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO guesses (tenant, subject, failures, last) VALUES ($1, $2, 1, $3)
			ON CONFLICT (tenant, subject) DO UPDATE SET failures = guesses.failures + 1, last = excluded.last`,
			tenant, subject, micros(now))
		return err
	})
	return before, err
}

// ForgetGuesses starts the count of a subject anew, after a right guess.
func (s *Store) ForgetGuesses(ctx context.Context, tenant, subject string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE tenant = $1 AND subject = $2`, tenant, subject)
		return err
	})
}
