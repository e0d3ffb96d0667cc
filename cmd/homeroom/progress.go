package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// showAfter is how long something takes before its progress is shown.
const showAfter = 2 * time.Second

// progress shows on a terminal how far something is that takes its time, with
// its rate and the time left. Elsewhere it shows nothing.
type progress struct {
	doing, things string // "applying", "steps"
	began         time.Time
	mutex         sync.Mutex
	bars          *mpb.Progress // nil where nothing is shown
	bar           *mpb.Bar
}

func newProgress(w io.Writer, doing, things string) *progress {
	p := &progress{doing: doing, things: things, began: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(w))
	}
	return p
}

// update moves the bar on.
func (p *progress) update(done, total int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.bars == nil || p.bar == nil && time.Since(p.began) < showAfter {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(p.doing+" "), decor.CountersNoUnit("%d of %d "+p.things)),
			mpb.AppendDecorators(decor.NewAverageSpeed(0, "%.0f/s  ", p.began), decor.NewAverageETA(decor.ET_STYLE_GO, p.began, nil)))
	}
	p.bar.SetTotal(int64(total), false)
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
