package engine

import (
	"context"
	"encoding/json"

	"github.com/homeroomhq/homeroom/flow"
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

// ForgetIn puts a word in the place of a person's id in settings that a run froze, wherever
// they name people. Organizations and classes may have the same id, and keep theirs: by
// frozen settings the next plan tells what the roster took away. Settings that do not name
// the person are returned as they are.
func ForgetIn(frozen []byte, id, word string) ([]byte, error) {
	if len(frozen) == 0 { // the run had none
		return frozen, nil
	}
	var s flow.Settings
	if err := json.Unmarshal(frozen, &s); err != nil {
		return nil, err
	}
	named := false
	forget := func(text *string) {
		if *text == id {
			*text, named = word, true
		}
	}
	for i := range s.Exclude.People {
		forget(&s.Exclude.People[i])
	}
	for i := range s.Pins {
		forget(&s.Pins[i].Person)
	}
	for _, owners := range s.FallbackOwners {
		for i := range owners {
			forget(&owners[i])
		}
	}
	if !named {
		return frozen, nil
	}
	return json.Marshal(s)
}
