package store

import (
	"context"
	"sync"
)

// cache remembers rows that were read by their keys for as long as the revision of the
// store stays the same: whatever is written, by whatever process, empties it. Rows that
// it gives out are shared, so nobody may change their bodies. Its zero value is empty.
type cache[Row any] struct {
	mutex    sync.Mutex
	revision int64 // that was asked for before the rows were read
	rows     map[rowKey]Row
	bytes    int // of all
}

// rowKey is the key of a row of a tenant.
type rowKey struct{ tenant, set, id string }

// maxCached is how many bytes a cache holds at most. One that is full begins anew.
const maxCached = 16 << 20

// read returns the row of a key. One that is not remembered is read, which also says how
// many bytes it has.
func (c *cache[Row]) read(ctx context.Context, s *Store, key rowKey, read func() (Row, int, error)) (Row, error) {
	revision, err := s.Revision(ctx) // what is written from here on makes the row stale
	if err != nil {
		var none Row
		return none, err
	}
	if row, known := c.find(key, revision); known {
		return row, nil
	}
	row, size, err := read()
	if err == nil {
		c.keep(key, row, size, revision)
	}
	return row, err
}

func (c *cache[Row]) find(key rowKey, revision int64) (Row, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	row, known := c.rows[key]
	return row, known && c.revision == revision
}

// keep remembers a row, unless what is remembered already is newer.
func (c *cache[Row]) keep(key rowKey, row Row, size int, revision int64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, known := c.rows[key]
	switch {
	case revision < c.revision, revision == c.revision && known, size > maxCached:
		return
	case revision > c.revision, c.bytes+size > maxCached, c.rows == nil:
		c.rows, c.bytes = make(map[rowKey]Row), 0
	}
	c.revision = revision
	c.rows[key] = row
	c.bytes += size
}
