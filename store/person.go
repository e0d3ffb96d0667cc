package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

const selectPeople = `SELECT tenant, id, name, password_hash, admin, created FROM people WHERE tenant = $1 `

// People returns who may sign in to a tenant, by name.
func (s *Store) People(ctx context.Context, tenant string) ([]access.Person, error) {
	return query(ctx, s.read, scanPerson, selectPeople+`ORDER BY lower_name`, tenant)
}

// Person returns the person with an id, or fault.NotFound.
func (s *Store) Person(ctx context.Context, tenant, id string) (access.Person, error) {
	return s.onePerson(ctx, `AND id = $2`, tenant, id)
}

// PersonNamed returns the person who signs in with a name, or fault.NotFound.
func (s *Store) PersonNamed(ctx context.Context, tenant, name string) (access.Person, error) {
	return s.onePerson(ctx, `AND lower_name = $2`, tenant, strings.ToLower(name))
}

func (s *Store) onePerson(ctx context.Context, condition, tenant, value string) (access.Person, error) {
	p, err := scanPerson(s.read.QueryRowContext(ctx, selectPeople+condition, tenant, value))
	if errors.Is(err, sql.ErrNoRows) {
		return access.Person{}, fault.New(fault.NotFound, "Nobody named %s may sign in; homeroom people list shows who may.", value)
	}
	return p, err
}

func scanPerson(row rowScanner) (access.Person, error) {
	var p access.Person
	var created int64
	err := row.Scan(&p.Tenant, &p.ID, &p.Name, &p.PasswordHash, &p.Admin, &created)
	p.Created = fromMicros(created)
	return p, err
}

// personObject is how records name a person: by an id that says nothing once the person
// was removed.
func personObject(id string) string { return "people('" + id + "')" }

// AddPerson lets somebody sign in, or fails with fault.Conflict when the name is
// taken.
func (s *Store) AddPerson(ctx context.Context, p access.Person, by access.By) error {
	changes := map[string]bool{"isAdmin": p.Admin}
	return s.changeAccess(ctx, p.Tenant, by, "create", personObject(p.ID), changes, func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx, `
			INSERT INTO people (tenant, id, name, lower_name, password_hash, admin, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			p.Tenant, p.ID, p.Name, strings.ToLower(p.Name), p.PasswordHash, p.Admin, micros(p.Created)))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "Somebody named %s may sign in already.", p.Name)
		}
		return err
	})
}

// RemovePerson lets somebody sign in no more, or fails with fault.NotFound.
func (s *Store) RemovePerson(ctx context.Context, tenant, id string, by access.By) error {
	return s.changeAccess(ctx, tenant, by, "delete", personObject(id), nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_codes WHERE tenant = $1 AND person = $2`, tenant, id); err != nil {
			return err
		}
		err := mustChange(tx.ExecContext(ctx, `DELETE FROM people WHERE tenant = $1 AND id = $2`, tenant, id))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.NotFound, "Nobody with the id %s may sign in.", id)
		}
		return err
	})
}
