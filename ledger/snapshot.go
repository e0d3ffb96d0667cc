package ledger

import "time"

// Snapshot is a copy of a roster that is kept, encrypted (rules 5).
type Snapshot struct {
	SHA256 string    // of the original
	Used   time.Time // when a run last read it
	Whole  bool      // with demographics and flags
}
