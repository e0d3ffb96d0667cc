package main

import (
	"context"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
)

// openTarget opens the directory that a configuration names. Every target that
// there is is opened here.
func openTarget(ctx context.Context, name string, m *memory, domains []string) (directory.Target, error) {
	if name == localTarget {
		return local.Open(ctx, m.DB(), m.tenant, local.WithDomains(domains...))
	}
	return nil, fault.New(fault.Invalid, "Unknown target %q: the only one there is yet is local, the embedded directory.", name)
}
