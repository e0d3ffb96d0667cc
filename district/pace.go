package district

import (
	"context"
	"iter"

	"github.com/homeroomhq/homeroom/fault"
)

// rowsBetween is after how many rows somebody may stop the work and is told how
// far it is.
const rowsBetween = 4096

// pace is how far the work is: what has to be counted before, and the rows that
// are written.
type pace struct {
	progress    func(done, total int) // nil where nobody asks
	done, total int
}

// newPace returns the pace of writing a roster; the total is about right.
func newPace(d *district, o Options, progress func(done, total int)) *pace {
	p := &pace{progress: progress, total: d.rows()}
	if o.Churn != (Churn{}) {
		p.total += 2 * d.enrollmentCount()
	}
	if o.Mistakes > 0 {
		p.total += d.rows()
	}
	return p
}

func (p *pace) advance(rows int) {
	p.done += rows
	if p.progress != nil {
		p.progress(p.done, max(p.done, p.total))
	}
}

// count counts what a sequence has, which takes its time where it is long.
func count[T any](ctx context.Context, p *pace, sequence iter.Seq[T]) (int, error) {
	n := 0
	for range sequence {
		if n++; n%rowsBetween > 0 {
			continue
		}
		if ctx.Err() != nil {
			return n, fault.New(fault.Canceled, "Stopped before anything was written.")
		}
		p.advance(rowsBetween)
	}
	p.advance(n % rowsBetween)
	return n, nil
}
