package main

import (
	"context"
	"encoding/json"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store"
)

// audited returns the record of what a command does to an object; "" where the store says
// to which.
func audited(action, object string) outbound.Entry {
	by := byCommand()
	return outbound.Entry{At: by.At, Kind: string(by.Kind), User: by.Person, Action: action, Object: object}
}

// auditedWith is audited with what else there is to know: texts, numbers and lists of them.
func auditedWith(action string, changes map[string]any) outbound.Entry {
	e := audited(action, "")
	e.Changes, _ = json.Marshal(changes) // such values always marshal
	return e
}

// auditedStart is a store that records with the beginning of a run what a command does.
type auditedStart struct {
	*store.Store
	entry outbound.Entry // its object is the run
}

// Begin begins a run.
func (s auditedStart) Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) (ledger.Run, error) {
	return s.BeginAudited(ctx, lease, run, func(begun ledger.Run) outbound.Entry {
		s.entry.Object = objectOf(begun)
		return s.entry
	})
}
