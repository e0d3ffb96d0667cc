package api

// buffer is memory that answers are written in, again and again.
type buffer struct{ bytes []byte }

// keepBytes is up to which size a buffer is kept: a rare large answer does not fill the
// memory for good.
const keepBytes = 1 << 20

// empty returns the memory of a buffer, to append to.
func (b *buffer) empty() []byte { return b.bytes[:0] }

// keep takes back what was written in a buffer, and grew meanwhile.
func (b *buffer) keep(body []byte) {
	if cap(body) > cap(b.bytes) && cap(body) <= keepBytes {
		b.bytes = body[:0]
	}
}
