package auth

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How much of what needs no secret, and costs us something, an address may ask for: a
// wrong client secret with the id of any app, a device code. It is less than the device
// codes that may wait (store), so that no address can take all.
const (
	crowdEvery = time.Second
	crowdBurst = 60
	maxCrowd   = 10_000 // addresses that are remembered
)

// crowd holds back addresses. Its zero value holds back nobody.
type crowd struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// check fails when an address has asked for too much.
func (c *crowd) check(address string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.buckets[address]
	if b == nil || b.TokensAt(now) >= 1 {
		return nil
	}
	return &oauthError{http.StatusTooManyRequests, "temporarily_unavailable", 50196,
		"There were too many requests from this address. Try again in a second.", crowdEvery}
}

// count counts what an address asked for.
func (c *crowd) count(address string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.buckets[address]
	if b == nil {
		if c.buckets == nil || len(c.buckets) >= maxCrowd {
			c.buckets = make(map[string]*rate.Limiter) // a flood of addresses must not fill the memory
		}
		b = rate.NewLimiter(rate.Every(crowdEvery), crowdBurst)
		c.buckets[address] = b
	}
	b.AllowN(now, 1)
}
