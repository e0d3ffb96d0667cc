package source

import (
	"context"
	"io"
	"sync/atomic"
)

// Stage is a part of the work on a snapshot: every byte is read twice.
type Stage string

// The stages.
const (
	Hashing Stage = "hashing"
	Reading Stage = "reading"
)

// Progress is told, after every block, how many of about how many bytes a stage has
// read, unpacked. It must be safe for concurrent use.
type Progress func(stage Stage, done, total int64)

// watch counts what is read in one stage, and ends it when the context is done.
type watch struct {
	stage    Stage
	progress Progress     // nil where nobody asks
	stopped  func() error // of the context
	total    int64
	done     atomic.Int64
}

func newWatch(ctx context.Context, stage Stage, progress Progress, total int64) *watch {
	return &watch{stage: stage, progress: progress, stopped: ctx.Err, total: total}
}

// over watches a file.
func (w *watch) over(file io.ReadCloser) io.ReadCloser { return &watched{file, w} }

type watched struct {
	io.ReadCloser
	watch *watch
}

func (r *watched) Read(p []byte) (int, error) {
	if err := r.watch.stopped(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	r.watch.count(int64(n))
	return n, err
}

// count adds bytes. Those of headers, which are looked at first, come twice.
func (w *watch) count(n int64) {
	done := w.done.Add(n)
	if w.progress != nil {
		w.progress(w.stage, min(done, w.total), w.total)
	}
}
