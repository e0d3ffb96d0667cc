package main

import (
	"context"
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

// embedded opens the embedded directory. It has a file of its own, so that writing to
// it and writing the journal of that need not wait for each other.
func (m *memory) embedded(ctx context.Context, options ...local.Option) (*local.Directory, error) {
	if m.directory == nil {
		path := filepath.Join(m.dir, directoryName)
		open := store.Handle
		if m.reading {
			open = store.HandleReadOnly
		}
		db, err := open(path)
		if m.reading && fault.KindOf(err) == fault.NotFound {
			db, err = store.HandleMemory() // as if it were empty
		}
		if err != nil {
			return nil, err
		}
		m.directory = db
	}
	return local.Open(ctx, m.directory, m.tenant, options...)
}
