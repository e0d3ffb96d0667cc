package directory

import (
	"context"
	"iter"
	"sync"
	"time"
)

// Pace says when a target may be called, to everybody who calls it, on this server and on
// others. Who calls asks it for a handful of calls at a time.
type Pace interface {
	// Reserve reserves so many calls, each of which takes up the target for a time,
	// and returns how long to wait for the first. When that is longer than the
	// patience, it reserves nothing.
	Reserve(ctx context.Context, calls int, each, patience time.Duration) (wait time.Duration, err error)
	// Defer lets nobody call before a time has passed.
	Defer(ctx context.Context, wait time.Duration) error
}

// Paced returns a target that is called no more than so many times a second. When it asks
// to be left alone for a while, everybody does. Its reads wait for their turn; changes
// that would have to wait long are put off without asking it. Showing all objects of a
// kind counts as one call.
func Paced(t Target, p Pace, perSecond int, wait func(context.Context, time.Duration) error) Target {
	return &paced{Target: t, pace: p, each: time.Second / time.Duration(perSecond), handful: max(1, perSecond/5), wait: wait}
}

type paced struct {
	Target
	pace    Pace
	each    time.Duration
	handful int // calls that are reserved together
	wait    func(context.Context, time.Duration) error

	lock sync.Mutex
	next time.Time // of the calls that are reserved
	left int
}

const (
	// patience is how long changes wait for their turn: whoever sends them may not be
	// long about it.
	patience = 2 * time.Second
	// stale is how long a turn that nobody took can be taken: it is not saved up.
	stale = time.Second
)

func (p *paced) Stamp(ctx context.Context) (string, error) {
	if err := p.await(ctx); err != nil {
		return "", err
	}
	return p.Target.Stamp(ctx)
}

func (p *paced) Find(ctx context.Context, kind Kind, anchors []string) ([]Object, error) {
	if err := p.await(ctx); err != nil {
		return nil, err
	}
	return p.Target.Find(ctx, kind, anchors)
}

func (p *paced) Observe(ctx context.Context, kind Kind, view View) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := p.await(ctx); err != nil {
			yield(Object{}, err)
			return
		}
		p.Target.Observe(ctx, kind, view)(yield)
	}
}

func (p *paced) Apply(ctx context.Context, changes []Change) ([]Outcome, error) {
	pause, err := p.turn(ctx, patience)
	if err != nil {
		return nil, err
	}
	if pause > patience {
		return putOff(len(changes), pause), nil
	}
	if err := p.wait(ctx, max(0, pause)); err != nil {
		return nil, err
	}
	outcomes, err := p.Target.Apply(ctx, changes)
	if asked := longest(outcomes); asked > 0 && err == nil {
		p.leaveAlone(ctx, asked)
	}
	return outcomes, err
}

// await waits for a turn, however long that takes.
func (p *paced) await(ctx context.Context) error {
	for {
		pause, err := p.turn(ctx, patience)
		if err != nil {
			return err
		}
		if err := p.wait(ctx, max(0, pause)); err != nil || pause <= patience {
			return err
		}
	}
}

// turn takes the next turn and returns how long to wait for it. One that is further away
// than the patience is not taken.
func (p *paced) turn(ctx context.Context, patience time.Duration) (time.Duration, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.left == 0 || time.Since(p.next) > stale {
		pause, err := p.pace.Reserve(ctx, p.handful, p.each, patience)
		if err != nil || pause > patience {
			return pause, err
		}
		p.next, p.left = time.Now().Add(max(0, pause)), p.handful
	}
	at := p.next
	p.next, p.left = p.next.Add(p.each), p.left-1
	return time.Until(at), nil
}

// leaveAlone forgoes the turns that are left, and lets nobody take others for a while.
func (p *paced) leaveAlone(ctx context.Context, asked time.Duration) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.left = 0
	_ = p.pace.Defer(ctx, asked) // what became of the changes is known all the same
}

// putOff answers that changes are to be sent again later.
func putOff(changes int, pause time.Duration) []Outcome {
	outcomes := make([]Outcome, changes)
	for i := range outcomes {
		outcomes[i] = Outcome{Verdict: Retry, Rule: TargetBusy, Message: "the directory is called as often as it may be", Wait: pause}
	}
	return outcomes
}

// longest returns the longest time that the target asks for, 0 when it asks for none.
func longest(outcomes []Outcome) time.Duration {
	var asked time.Duration
	for _, o := range outcomes {
		if o.Verdict == Retry {
			asked = max(asked, o.Wait)
		}
	}
	return asked
}
