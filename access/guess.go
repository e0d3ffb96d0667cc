package access

import "time"

// How many guesses are free, and how long the next has to wait. Every further
// failure doubles the wait.
const (
	freeGuesses = 5
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// GuessesKept is how long after the last failure guesses are forgotten.
const GuessesKept = 24 * time.Hour

// Guesses counts wrong secrets or passwords of one subject since the last right one.
type Guesses struct {
	Failures int
	Last     time.Time
}

// LockedUntil returns until when no further guess is looked at, the zero time if
// the next one may come at once.
func (g Guesses) LockedUntil() time.Time {
	if g.Failures < freeGuesses {
		return time.Time{}
	}
	wait := longestWait
	if doublings := g.Failures - freeGuesses; doublings < 5 { // 30 s doubled five times is longer than the longest
		wait = min(firstWait<<doublings, longestWait)
	}
	return g.Last.Add(wait)
}
