package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/homeroomhq/homeroom/directory"
)

// met are the directory ids of the users that a run has met, by their keys: classes
// name the same people again and again. A link is written by whoever holds the lease
// and by nobody else, so while a run can write at all, only what it records itself
// changes any; what it finds again after a crash, it asks the store for. Of many users
// those that were met last are remembered.
type met struct {
	lock  sync.Mutex
	young map[string]string
	old   map[string]string // that were met before the young ones
}

// manyMet is how many users are young before they become old: some ten megabytes.
const manyMet = 1 << 16

// note remembers users.
func (m *met) note(ids map[string]string) {
	m.lock.Lock()
	defer m.lock.Unlock()
	for key, id := range ids {
		m.put(key, id)
	}
}

func (m *met) put(key, id string) {
	if m.young == nil || len(m.young) >= manyMet {
		m.young, m.old = make(map[string]string), m.young
	}
	// The texts may be parts of much longer ones, such as all of a step.
	m.young[strings.Clone(key)] = strings.Clone(id)
}

// find puts the ids of users into ids, and returns the keys of those who were not
// met, each once and sorted.
func (m *met) find(keys []string, ids map[string]string) (strange []string) {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, key := range keys {
		if ids[key] != "" {
			continue
		}
		id := m.young[key]
		if id == "" {
			if id = m.old[key]; id == "" {
				strange = append(strange, key)
				continue
			}
			m.put(key, id)
		}
		ids[key] = id
	}
	slices.Sort(strange)
	return slices.Compact(strange)
}

// userIDs returns the directory ids of users by their keys. Those who have none are
// absent.
func (s *sender) userIDs(ctx context.Context, keys []string) (map[string]string, error) {
	ids := make(map[string]string, len(keys)/2)
	for _, key := range keys {
		if id, is := directory.StrangerID(key); is {
			ids[key] = id
		}
	}
	strange := s.met.find(keys, ids)
	if len(strange) == 0 {
		return ids, nil
	}
	found, err := s.Store.IDs(ctx, s.Scope, directory.User, strange)
	if err != nil {
		return nil, err
	}
	s.met.note(found)
	maps.Copy(ids, found)
	return ids, nil
}
