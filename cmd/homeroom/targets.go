package main

import (
	"cmp"
	"context"
	"database/sql"
	"path/filepath"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store"
)

// openTarget opens the directory that a configuration names. Every target that
// there is is opened here.
func openTarget(ctx context.Context, name string, m *memory, domains []string) (directory.Target, error) {
	if name == localTarget {
		return m.embedded(ctx, local.WithDomains(domains...))
	}
	return nil, fault.New(fault.Invalid, "Unknown target %q: the only one there is yet is local, the embedded directory.", name)
}

// writtenTarget opens the directory that a configuration names, to be written to. It is
// called as often as the configuration lets all servers together call it.
func writtenTarget(ctx context.Context, m *memory, c *config) (directory.Target, error) {
	target, err := openTarget(ctx, c.Target, m, c.Settings.Domains)
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
