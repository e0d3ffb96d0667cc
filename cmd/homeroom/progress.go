package main

import (
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows on a terminal how far a run is. Elsewhere it shows nothing.
type progress struct {
	mutex sync.Mutex
	bars  *mpb.Progress // nil where nothing is shown
	bar   *mpb.Bar
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{bars: mpb.New(mpb.WithOutput(w))}
}

// update moves the bar on.
func (p *progress) update(done, total int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.bars == nil {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name("applying "), decor.CountersNoUnit("%d of %d steps")),
			mpb.AppendDecorators(decor.AverageSpeed(0, "%.0f/s  "), decor.AverageETA(decor.ET_STYLE_GO)))
	}
	p.bar.SetCurrent(int64(done))
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Abort(true)
	}
	if p.bars != nil {
		p.bars.Wait()
	}
}
