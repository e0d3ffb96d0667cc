package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/source"
)

// Progress is shown late, so that what is quick shows nothing, and seldom where
// every time takes a line of its own.
const (
	barAfter  = 500 * time.Millisecond
	barEvery  = 100 * time.Millisecond
	lineAfter = 2 * time.Second
	lineEvery = 5 * time.Second
)

// progress shows how far something is that takes its time, with its rate and the
// time left: on a terminal in one line that is drawn over, elsewhere now and then in
// a line of its own. It takes no escape codes, only blanks and carriage returns. Its
// methods do nothing on a nil progress.
type progress struct {
	out   io.Writer
	width func() int // columns of the terminal; 0 where there is none to draw on
	now   func() time.Time

	mutex  sync.Mutex
	silent bool
	last   bool          // work stays what it is
	work   *work         // that is going on; nil for none
	next   time.Time     // when it is shown, or shown again
	drawn  int           // columns that the bar takes; 0 while none stands
	ticker chan struct{} // closed to end drawing; nil before it begins
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, width: func() int { return barWidth(out) }, now: time.Now}
}

// update says what is going on, and how many of about how many things are behind it;
// with a total of 0 nobody knows how many there are.
func (p *progress) update(doing, things string, done, total int64) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.silent || p.last {
		return
	}
	now := p.now()
	if p.work == nil {
		p.next = now.Add(lineAfter)
		if p.width() > 0 {
			p.next = now.Add(barAfter)
		}
	}
	if p.work == nil || p.work.doing != doing {
		p.work = &work{doing: doing, things: things, began: now, first: done}
	}
	p.work.done, p.work.total = max(p.work.done, done), total
	if p.ticker == nil {
		p.ticker = make(chan struct{})
		go p.drawAgain(p.ticker)
	}
}

// stopping says that somebody asked to stop, which holds whatever goes on until then.
func (p *progress) stopping() {
	p.idle()
	p.begin("stopping (Ctrl-C again ends at once)")
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.last = true
}

// begin says what is going on where nothing is counted.
func (p *progress) begin(doing string) { p.update(doing, "", 0, 0) }

// drawAgain draws until it is told to end.
func (p *progress) drawAgain(end <-chan struct{}) {
	ticks := time.NewTicker(barEvery)
	defer ticks.Stop()
	for {
		select {
		case <-end:
			return
		case <-ticks.C:
			p.draw()
		}
	}
}

// draw shows what is going on, when it is time to.
func (p *progress) draw() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := p.now()
	if p.silent || p.work == nil || now.Before(p.next) {
		return
	}
	width := p.width()
	if width == 0 {
		p.next = now.Add(lineEvery)
		_, _ = io.WriteString(p.out, p.work.line(now)+"\n") // where nobody can be told, nobody is
		return
	}
	p.next = now.Add(barEvery)
	p.drawn = width - 1 // after the last column some terminals begin a new line
	_, _ = fmt.Fprintf(p.out, "\r%-*s", p.drawn, p.work.bar(now, p.drawn))
}

// erase takes the bar away, which may be drawn again. It reports whether there was
// one.
func (p *progress) erase() bool {
	if p == nil {
		return false
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.drawn == 0 {
		return false
	}
	_, _ = io.WriteString(p.out, "\r"+strings.Repeat(" ", p.drawn)+"\r")
	p.drawn = 0
	return true
}

// idle says that nothing is going on that takes its time.
func (p *progress) idle() {
	if p == nil {
		return
	}
	p.erase()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.work = nil
}

// silence lets nothing be shown from now on.
func (p *progress) silence() {
	if p == nil {
		return
	}
	p.idle()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.silent = true
	if p.ticker != nil {
		close(p.ticker)
		p.ticker = nil
	}
}

// reading shows how far a roster is read.
func (p *progress) reading(stage source.Stage, done, total int64) {
	p.update(string(stage), bytesRead, done, total)
}

// running shows how far a run is.
func (p *progress) running(stage engine.Stage, done, total int) {
	doing, things := string(stage), "" // nothing that is counted
	switch stage {
	case engine.Comparing:
		doing = "comparing rosters"
	case engine.Matching:
		doing, things = "going through users", "users"
	case engine.Planning:
		things = "objects"
	case engine.Committing:
		doing, things = "storing the plan", "steps"
	case engine.Applying:
		things = "steps"
	}
	p.update(doing, things, int64(done), int64(total))
}
