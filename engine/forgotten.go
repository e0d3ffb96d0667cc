package engine

import (
	"context"

	"github.com/homeroomhq/homeroom/roster"
)

// forgotten returns the ids of people of the roster who were forgotten (rules 5), and whom
// nobody welcomed since.
func (p *Preparer) forgotten(ctx context.Context, r *roster.Roster) ([]string, error) {
	tombstones, err := p.Store.Tombstones(ctx, p.Scope.Tenant)
	if err != nil || len(tombstones.At) == 0 {
		return nil, err
	}
	var ids []string
	for i := range r.People {
		id := r.Str(r.People[i].ID)
		if _, found := tombstones.Of(id); found {
			ids = append(ids, id)
		}
	}
	for _, id := range r.Unknown.People {
		if _, found := tombstones.Of(id); found {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
