package ledger

import "time"

// Due is when the next run starts by itself.
type Due struct {
	Schedule string    // by which At was worked out; "" for none
	At       time.Time // zero: never
	Last     time.Time // the time before, whether there was a run or not; zero for none
}
