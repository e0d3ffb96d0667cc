package main

import (
	"cmp"
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/store"
)

// The targets that there are, as configurations and scopes call them.
const (
	localTarget = "local" // the embedded directory
	ldapTarget  = "ldap"
)

// openTarget opens the directory that a configuration names. Every target that
// there is is opened here.
func openTarget(ctx context.Context, m *memory, c *config) (directory.Target, error) {
	if c.Target == ldapTarget {
		return c.LDAP.open(ctx, c.Settings.Domains)
	}
	return m.embedded(ctx, local.WithDomains(c.Settings.Domains...))
}

// settled returns the configuration by which a directory is opened whose name a run left.
// The embedded one needs none.
func (a *app) settled(ctx context.Context, o *runOptions, target string) (*config, error) {
	if target == localTarget {
		return &newConfigReader(os.LookupEnv).config, nil
	}
	c, err := a.configuration(ctx, o)
	if err == nil && c.Target != target {
		err = fault.New(fault.Invalid, "The run was for the directory %s, and %s is configured. Name its configuration with -c.", target, c.Target)
	}
	return c, err
}

// targets returns the directories that the tenant was worked on in, that of the last run
// first; the embedded one before any run.
func (m *memory) targets(ctx context.Context) ([]string, error) {
	targets, err := m.Targets(ctx, m.tenant)
	if err == nil && len(targets) == 0 {
		targets = []string{localTarget}
	}
	return targets, err
}

// target returns the directory that somebody names, or, who names none, that of the last run.
func (m *memory) target(ctx context.Context, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	targets, err := m.targets(ctx)
	if err != nil {
		return "", err
	}
	return targets[0], nil
}

// lastScope returns the scope of the directory that the last run of a tenant was for.
func (m *memory) lastScope(ctx context.Context, tenant string) (ledger.Scope, error) {
	of := m.of(tenant)
	target, err := of.target(ctx, "")
	return of.scope(target), err
}

// writtenTarget opens the directory that a configuration names, to be written to. It is
// called as often as the configuration lets all servers together call it.
func writtenTarget(ctx context.Context, m *memory, c *config) (directory.Target, error) {
	target, err := openTarget(ctx, m, c)
	if err != nil || c.Calls == 0 {
		return target, err
	}
	return directory.Paced(target, store.Pace{Store: m.Store, Scope: m.scope(c.Target)}, c.Calls, wait), nil
}

// embedded opens the embedded directory. It has a file of its own, so that writing to
// it and writing the journal of that need not wait for each other; on PostgreSQL it has
// tables of its own.
func (m *memory) embedded(ctx context.Context, options ...local.Option) (*local.Directory, error) {
	db, err := m.directoryHandle()
	if err != nil {
		return nil, err
	}
	if m.reading {
		there, err := local.Knows(ctx, db, m.tenant)
		if err == nil && !there { // the tenant is a new one
			return m.emptied(ctx, db, options)
		}
	}
	d, err := local.Open(ctx, db, m.tenant, options...)
	if m.reading && m.postgres != "" && fault.KindOf(err) == fault.Denied { // to make its tables
		return m.emptied(ctx, db, options)
	}
	return d, err
}

// emptied opens an empty directory in the place of one that is not there and must not be
// made.
func (m *memory) emptied(ctx context.Context, db *sql.DB, options []local.Option) (_ *local.Directory, err error) {
	if m.directory, err = store.HandleMemory(); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return local.Open(ctx, m.directory, m.tenant, options...)
}

// directoryHandle opens the database of the embedded directory, once.
func (m *memory) directoryHandle() (*sql.DB, error) {
	if m.directory != nil {
		return m.directory, nil
	}
	open := store.Handle
	if m.reading {
		open = store.HandleReadOnly
	}
	db, err := open(cmp.Or(m.postgres, filepath.Join(m.dir, directoryName)))
	if m.reading && fault.KindOf(err) == fault.NotFound {
		db, err = store.HandleMemory() // as if it were empty
	}
	if err == nil {
		m.directory = db
	}
	return db, err
}
