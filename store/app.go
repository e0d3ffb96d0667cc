package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// AccessRevision returns a number that moves whenever apps, people or keys of a tenant
// are changed, by whatever process.
func (s *Store) AccessRevision(ctx context.Context, tenant string) (int64, error) {
	var revision int64
	err := s.read.QueryRowContext(ctx, `SELECT revision FROM access_revisions WHERE tenant = $1`, tenant).Scan(&revision)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return revision, err
}

// updateAccess is an update of apps, people or keys of a tenant.
func (s *Store) updateAccess(ctx context.Context, tenant string, f func(tx *sql.Tx) error) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO access_revisions (tenant, revision) VALUES ($1, 1)
			ON CONFLICT (tenant) DO UPDATE SET revision = access_revisions.revision + 1`, tenant)
		if err != nil {
			return err
		}
		return f(tx)
	})
}

// changeAccess is an update of apps or people of a tenant, with its record for those who
// audit: what was done to what, and what it is now.
func (s *Store) changeAccess(
	ctx context.Context, tenant string, by access.By, action, object string, changes any, f func(tx *sql.Tx) error,
) error {
	entry, err := entryOf(by, action, object, changes)
	if err != nil {
		return err
	}
	return s.updateAccess(ctx, tenant, func(tx *sql.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, entry)
	})
}

// entryOf makes a record; of what changed nothing is told where it is nil.
func entryOf(by access.By, action, object string, changes any) (outbound.Entry, error) {
	e := outbound.Entry{At: by.At, App: by.App, Kind: string(by.Kind), User: by.Person, Action: action, Object: object}
	if changes == nil {
		return e, nil
	}
	var err error
	e.Changes, err = json.Marshal(changes)
	return e, err
}

// appChanges is what records tell of an app.
type appChanges struct {
	Name        string     `json:"displayName,omitempty"`
	Application []string   `json:"applicationPermissions,omitempty"`
	Delegated   []string   `json:"delegatedPermissions,omitempty"`
	Expires     *time.Time `json:"passwordEndDateTime,omitempty"` // of the last secret
}

func newAppChanges(app access.App) appChanges {
	c := appChanges{Name: app.Name, Application: app.All(access.Application), Delegated: app.All(access.Delegated)}
	for _, secret := range app.Secrets {
		c.Expires = &secret.Expires
	}
	return c
}

func appObject(id string) string { return "applications('" + id + "')" }

const selectApps = `SELECT tenant, id, name, created FROM apps WHERE tenant = $1 `

// Apps returns the registered apps of a tenant with their secrets and grants, by
// name and id.
func (s *Store) Apps(ctx context.Context, tenant string) ([]access.App, error) {
	apps, err := query(ctx, s.read, scanApp, selectApps+`ORDER BY name, id`, tenant)
	for i := range apps {
		err = errors.Join(err, s.fillApp(ctx, &apps[i]))
	}
	return apps, err
}

// App returns a registered app with its secrets and grants, or fault.NotFound.
func (s *Store) App(ctx context.Context, tenant, id string) (access.App, error) {
	app, err := scanApp(s.read.QueryRowContext(ctx, selectApps+`AND id = $2`, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return access.App{}, noApp(id)
	}
	if err != nil {
		return access.App{}, err
	}
	return app, s.fillApp(ctx, &app)
}

func scanApp(row rowScanner) (access.App, error) {
	var app access.App
	var created int64
	err := row.Scan(&app.Tenant, &app.ID, &app.Name, &created)
	app.Created = fromMicros(created)
	return app, err
}

func noApp(id string) error {
	return fault.New(fault.NotFound, "There is no app %s; homeroom apps list shows which there are.", id)
}

// fillApp reads an app's secrets and grants.
func (s *Store) fillApp(ctx context.Context, app *access.App) (err error) {
	app.Secrets, err = query(ctx, s.read, scanSecret, `SELECT id, hash, hint, created, expires FROM app_secrets
		WHERE tenant = $1 AND app = $2 ORDER BY id`, app.Tenant, app.ID)
	if err != nil {
		return err
	}
	app.Grants, err = query(ctx, s.read, scanGrant, `SELECT permission, kind FROM app_grants
		WHERE tenant = $1 AND app = $2 ORDER BY permission, kind`, app.Tenant, app.ID)
	return err
}

func scanSecret(row rowScanner) (access.Secret, error) {
	var secret access.Secret
	var created, expires int64
	err := row.Scan(&secret.ID, &secret.Hash, &secret.Hint, &created, &expires)
	secret.Created, secret.Expires = fromMicros(created), fromMicros(expires)
	return secret, err
}

func scanGrant(row rowScanner) (access.Grant, error) {
	var grant access.Grant
	err := row.Scan(&grant.Permission, &grant.Kind)
	return grant, err
}

// CreateApp registers an app with its secrets and grants, or fails with
// fault.Conflict when its id is taken.
func (s *Store) CreateApp(ctx context.Context, app access.App, by access.By) error {
	return s.changeAccess(ctx, app.Tenant, by, "create", appObject(app.ID), newAppChanges(app), func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx, `INSERT INTO apps (tenant, id, name, created) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, id) DO NOTHING`, app.Tenant, app.ID, app.Name, micros(app.Created)))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "There is an app %s already.", app.ID)
		}
		if err != nil {
			return err
		}
		for _, secret := range app.Secrets {
			_, err := tx.ExecContext(ctx, `INSERT INTO app_secrets (tenant, app, id, hash, hint, created, expires)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, app.Tenant, app.ID, secret.ID, secret.Hash, secret.Hint,
				micros(secret.Created), micros(secret.Expires))
			if err != nil {
				return err
			}
		}
		return putGrants(ctx, tx, app.Tenant, app.ID, app.Grants)
	})
}

func putGrants(ctx context.Context, tx *sql.Tx, tenant, app string, grants []access.Grant) error {
	for _, g := range grants {
		_, err := tx.ExecContext(ctx, `INSERT INTO app_grants (tenant, app, permission, kind) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, app, permission, kind) DO NOTHING`, tenant, app, g.Permission, string(g.Kind))
		if err != nil {
			return err
		}
	}
	return nil
}

// Grant gives permissions to an app, or fails with fault.NotFound. What it has
// already, it keeps.
func (s *Store) Grant(ctx context.Context, tenant, app string, grants []access.Grant, by access.By) error {
	return s.changeAccess(ctx, tenant, by, "grant", appObject(app), newAppChanges(access.App{Grants: grants}), func(tx *sql.Tx) error {
		if err := mustHaveApp(ctx, tx, tenant, app); err != nil {
			return err
		}
		return putGrants(ctx, tx, tenant, app, grants)
	})
}

// Revoke takes permissions from an app, or fails with fault.NotFound. It is no
// error that the app does not have them.
func (s *Store) Revoke(ctx context.Context, tenant, app string, grants []access.Grant, by access.By) error {
	return s.changeAccess(ctx, tenant, by, "revoke", appObject(app), newAppChanges(access.App{Grants: grants}), func(tx *sql.Tx) error {
		if err := mustHaveApp(ctx, tx, tenant, app); err != nil {
			return err
		}
		for _, g := range grants {
			_, err := tx.ExecContext(ctx, `DELETE FROM app_grants
				WHERE tenant = $1 AND app = $2 AND permission = $3 AND kind = $4`, tenant, app, g.Permission, string(g.Kind))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func mustHaveApp(ctx context.Context, tx *sql.Tx, tenant, app string) error {
	var found int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM apps WHERE tenant = $1 AND id = $2`, tenant, app).Scan(&found)
	if err == nil && found == 0 {
		return noApp(app)
	}
	return err
}

// DeleteApp forgets an app with all that belongs to it, or fails with
// fault.NotFound.
func (s *Store) DeleteApp(ctx context.Context, tenant, id string, by access.By) error {
	return s.changeAccess(ctx, tenant, by, "delete", appObject(id), nil, func(tx *sql.Tx) error {
		if err := mustHaveApp(ctx, tx, tenant, id); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM device_codes WHERE tenant = $1 AND app = $2`,
			`DELETE FROM app_grants WHERE tenant = $1 AND app = $2`,
			`DELETE FROM app_secrets WHERE tenant = $1 AND app = $2`,
			`DELETE FROM apps WHERE tenant = $1 AND id = $2`,
		} {
			if _, err := tx.ExecContext(ctx, statement, tenant, id); err != nil {
				return err
			}
		}
		return nil
	})
}
