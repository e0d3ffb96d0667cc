package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// What is asked only to tell people why something is as it is.

// Memberships returns the keys of the objects of a kind in which the ledger has a
// user as owner or member, sorted. It goes through all pairs of the kind.
func (s *Store) Memberships(ctx context.Context, scope ledger.Scope, kind directory.Kind, user string) ([]string, error) {
	keys := make(map[string]bool)
	note := func(key string, p pair) {
		if p.user == user && (p.owner.asked() || p.member.asked()) {
			keys[key] = true
		}
	}
	err := s.look(ctx, scope, kind, func(shelf *shelf) error { return shelf.pairs(ctx, note, `TRUE`) })
	return slices.Sorted(maps.Keys(keys)), err
}

// Approval returns the approval of a step, used or not, or fault.NotFound.
func (s *Store) Approval(ctx context.Context, scope ledger.Scope, step string) (ledger.Approval, error) {
	a, err := scanApproval(s.read.QueryRowContext(ctx,
		`SELECT step, run, approver, expires, used, rejected FROM approvals WHERE `+ofScope+` AND step = $3 AND NOT rejected`,
		scope.Tenant, scope.Target, step))
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "nobody approved the step")
	}
	return a, err
}
