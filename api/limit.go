package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/homeroomhq/homeroom/odata"
)

// limits holds back clients that call too often: a bucket of tokens each. A nil *limits
// holds nobody back.
type limits struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// maxBuckets bounds the memory for clients. Beyond it, those are forgotten that have
// been quiet for so long that their bucket is full: forgetting them changes nothing.
const maxBuckets = 10_000

func newLimits(perSecond float64, burst int) *limits {
	if perSecond <= 0 {
		return nil
	}
	if burst <= 0 {
		burst = max(1, int(10*perSecond))
	}
	return &limits{rate: rate.Limit(perSecond), burst: burst, buckets: make(map[string]*rate.Limiter)}
}

// take counts a request of a client, or says when it may come back: an error of 429.
func (l *limits) take(client string, now time.Time) error {
	if l == nil {
		return nil
	}
	r := l.bucket(client, now).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return tooMany(wait)
}

// look says likewise when a client may come back, and counts nothing.
func (l *limits) look(client string, now time.Time) error {
	if l == nil {
		return nil
	}
	missing := 1 - l.bucket(client, now).TokensAt(now)
	if missing <= 0 {
		return nil
	}
	return tooMany(time.Duration(missing / float64(l.rate) * float64(time.Second)))
}

func tooMany(wait time.Duration) error {
	return &Later{odata.TooManyRequests("Too many requests. Try again when Retry-After says."), wait}
}

func (l *limits) bucket(client string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[client]; b != nil {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		l.forget(now)
	}
	b := rate.NewLimiter(l.rate, l.burst)
	l.buckets[client] = b
	return b
}

// forget drops the clients that were quiet; when nobody was, all of them, so that a
// flood of addresses cannot fill the memory.
func (l *limits) forget(now time.Time) {
	for client, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, client)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// gate bounds how many requests are answered at a time.
type gate chan struct{}

func (g gate) enter() error {
	select {
	case g <- struct{}{}:
		return nil
	default:
		return &Later{unavailable("The server has all the requests that it can answer at a time. Try again in a second."), time.Second}
	}
}

func (g gate) leave() { <-g }

// shares counts the places that each client has, so that none takes all of them: an eighth
// is left to others, though a client sends its bodies ever so slowly.
type shares struct {
	most int

	mu   sync.Mutex
	held map[string]int
}

func newShares(places int) *shares {
	return &shares{most: max(1, places-places/8), held: make(map[string]int)}
}

func (s *shares) enter(client string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[client] >= s.most {
		return tooMany(time.Second)
	}
	s.held[client]++
	return nil
}

func (s *shares) leave(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[client]--; s.held[client] == 0 {
		delete(s.held, client)
	}
}
