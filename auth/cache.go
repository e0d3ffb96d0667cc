package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// maxCached is how many verified tokens are remembered.
const maxCached = 10_000

// verified is what came out of a token that was verified.
type verified struct {
	claimed  access.Caller // as the token says
	caller   access.Caller // with the permissions that still held at the revision
	embedded bool          // it is of the embedded issuer, and what it says may be taken back
	kid      string        // the key that signed it
	issued   time.Time
	expires  time.Time // until when it is remembered
	revision int64     // of the store
	access   int64     // of its apps, people and keys
}

// cache remembers verified tokens by their hash, no longer than they count. Its zero value
// is empty.
type cache struct {
	mu     sync.RWMutex
	tokens map[[sha256.Size]byte]verified
}

func (c *cache) get(hash [sha256.Size]byte, now time.Time) (verified, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	known, ok := c.tokens[hash]
	return known, ok && now.Before(known.expires)
}

// put remembers a token. When there are too many, those that have expired go, and
// if that is not enough, any quarter of them.
func (c *cache) put(hash [sha256.Size]byte, known verified, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens == nil {
		c.tokens = make(map[[sha256.Size]byte]verified)
	}
	if len(c.tokens) >= maxCached {
		for h, other := range c.tokens {
			if !now.Before(other.expires) {
				delete(c.tokens, h)
			}
		}
		for h := range c.tokens {
			if len(c.tokens) <= maxCached*3/4 {
				break
			}
			delete(c.tokens, h)
		}
	}
	c.tokens[hash] = known
}

func (c *cache) drop(hash [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tokens, hash)
}
