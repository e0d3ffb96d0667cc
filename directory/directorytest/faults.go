package directorytest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/directory"
)

// ErrLost is the error of a call whose answer was lost.
var ErrLost = errors.New("the answer was lost")

// Faults says what goes wrong with a target, and how often: as a share, from 0 for never
// to 1 for always, of calls, of changes, or of objects. A call of Apply meets one fault at
// most, besides those of its changes.
type Faults struct {
	// Of calls.
	Lost       float64 // nothing is done, and no answer comes
	Unheard    float64 // of Apply: everything is done, and no answer comes
	Halved     float64 // of Apply: the first changes are done, and no answer comes
	Twice      float64 // of Apply: the call arrives twice, and is answered once
	Miscounted float64 // of Apply: everything is done, and the outcomes are too few or too many
	Hung       float64 // of the answers that do not come, those that are waited for until the context ends
	Slow       float64 // the answer takes up to Delay
	Delay      time.Duration
	Stale      float64 // of Apply: what it changes is shown as it was for up to Visible

	// Of changes.
	Throttled float64 // to be tried again, not before up to Pause
	Pause     time.Duration
	Refused   float64 // not done, now or until the input changes

	// Of objects.
	Cut     float64       // of Observe: an error comes instead of this object and those that follow
	Missed  float64       // not shown by Observe and Find, though it is there
	Doubled float64       // shown twice by Observe and Find
	Visible time.Duration // how long a new object is not shown, or at least what is new about one

	// What a call and a change take; 0 for as much as the target does.
	PerCall, Members int
}

// Harsh hits three calls of Apply in ten, and of the others one change in ten. Each of its
// faults passes when it is tried often enough.
func Harsh() Faults {
	return Faults{
		Lost: 0.06, Unheard: 0.06, Halved: 0.06, Twice: 0.06, Miscounted: 0.06, Hung: 0.2, Slow: 0.1, Delay: 10 * time.Second, Stale: 0.1,
		Throttled: 0.06, Pause: 3 * time.Second, Refused: 0.04, Cut: 0.01, Visible: 3 * time.Second,
	}
}

// Disturb wraps a target so that things go wrong with it. The seed makes the schedule:
// the same calls in the same order meet the same faults. Time is that of package time,
// which a test may simulate.
func Disturb(target directory.Target, faults Faults, seed uint64) directory.Target {
	return &disturbed{
		Target: target, faults: faults,
		dice: rand.New(rand.NewPCG(seed, 1)), shown: make(map[string]time.Time), past: make(map[string]past),
	}
}

type disturbed struct {
	directory.Target
	faults Faults

	lock  sync.Mutex // guards what follows
	dice  *rand.Rand
	shown map[string]time.Time // from when on a new object is shown, by id
	past  map[string]past      // what is shown of objects, by id
}

// past is an object that is shown as it was.
type past struct {
	directory.Object
	until time.Time
}

func (d *disturbed) Abilities() directory.Abilities {
	can := d.Target.Abilities()
	can.Visible += d.faults.Visible
	if n := d.faults.PerCall; n > 0 {
		can.PerCall = min(can.PerCall, n)
	}
	if n := d.faults.Members; n > 0 {
		can.Members = min(can.Members, n)
	}
	return can
}

// hits reports whether a fault that comes so often comes now.
func (d *disturbed) hits(share float64) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.dice.Float64() < share
}

func (d *disturbed) number(n int) int {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.dice.IntN(n)
}

// slowly waits for a slow answer.
func (d *disturbed) slowly(ctx context.Context) error {
	if !d.hits(d.faults.Slow) {
		return ctx.Err()
	}
	select {
	case <-time.After(time.Duration(d.number(int(d.faults.Delay) + 1))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lost returns the error for an answer that does not come.
func (d *disturbed) lost(ctx context.Context) error {
	if d.hits(d.faults.Hung) {
		<-ctx.Done()
		return ctx.Err()
	}
	return ErrLost
}

// Apply carries out all, some or none of the changes, once or twice.
func (d *disturbed) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if err := d.slowly(ctx); err != nil {
		return nil, err
	}
	d.lock.Lock()
	fate := d.dice.Float64()
	d.lock.Unlock()
	f := &d.faults
	befalls := func(share float64) bool { fate -= share; return fate < 0 }
	switch {
	case befalls(f.Lost):
		return nil, d.lost(ctx)
	case befalls(f.Unheard):
		_, err := d.apply(ctx, changes)
		return nil, errors.Join(err, d.lost(ctx))
	case befalls(f.Halved):
		_, err := d.apply(ctx, changes[:d.number(len(changes))])
		return nil, errors.Join(err, d.lost(ctx))
	case befalls(f.Twice):
		outcomes, err := d.apply(ctx, changes)
		if err == nil {
			_, err = d.Target.Apply(ctx, done(changes, outcomes))
		}
		return outcomes, err
	case befalls(f.Miscounted):
		outcomes, err := d.apply(ctx, changes)
		if n := len(outcomes); n > 0 && d.number(2) == 0 {
			return outcomes[:n-1], err
		}
		return append(outcomes, directory.Outcome{Verdict: directory.Done}), err
	}
	return d.apply(ctx, changes)
}

// done returns the changes that were carried out.
func done(changes []directory.Change, outcomes []directory.Outcome) []directory.Change {
	var done []directory.Change
	for i, o := range outcomes {
		if o.Verdict == directory.Done {
			done = append(done, changes[i])
		}
	}
	return done
}

// apply carries out the changes but for those that are put off or refused.
func (d *disturbed) apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes := make([]directory.Outcome, len(changes))
	var passed []int
	var some []directory.Change
	for i, c := range changes {
		outcome, hit := d.mood(c)
		if outcomes[i] = outcome; !hit {
			passed, some = append(passed, i), append(some, c)
		}
	}
	if len(some) == 0 {
		return outcomes, ctx.Err()
	}
	if err := d.blur(ctx, some); err != nil {
		return nil, err
	}
	answers, err := d.Target.Apply(ctx, some)
	if err != nil {
		return nil, err
	}
	d.hide(some, answers)
	for i, at := range passed {
		outcomes[at] = answers[i]
	}
	return outcomes, nil
}

// mood says whether a change is not carried out, and with what outcome.
func (d *disturbed) mood(c directory.Change) (directory.Outcome, bool) {
	switch {
	case d.hits(d.faults.Throttled):
		wait := time.Duration(d.number(int(d.faults.Pause) + 1))
		return directory.Outcome{ID: c.ID, Verdict: directory.Retry, Rule: directory.TargetBusy, Message: "busy", Wait: wait}, true
	case !d.hits(d.faults.Refused):
		return directory.Outcome{}, false
	case d.number(2) == 0:
		return directory.Outcome{ID: c.ID, Verdict: directory.Later, Rule: directory.TargetDown, Message: "down"}, true
	}
	return directory.Outcome{ID: c.ID, Verdict: directory.Never, Rule: directory.InvalidValue, Message: "refused"}, true
}

// hide notes which objects are new.
func (d *disturbed) hide(changes []directory.Change, outcomes []directory.Outcome) {
	if d.faults.Visible == 0 {
		return
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	for i, o := range outcomes {
		if changes[i].ID == "" && o.Verdict == directory.Done {
			d.shown[o.ID] = time.Now().Add(time.Duration(d.dice.Int64N(int64(d.faults.Visible))))
		}
	}
}

// blur keeps some objects as they are to be shown when they are changed.
func (d *disturbed) blur(ctx context.Context, changes []directory.Change) error {
	if !d.hits(d.faults.Stale) {
		return nil
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	until := time.Now().Add(time.Duration(d.dice.Int64N(int64(d.faults.Visible))))
	for o, err := range d.Target.Observe(ctx, changes[0].Kind, directory.Whole) {
		if err != nil {
			return err
		}
		changed := slices.ContainsFunc(changes, func(c directory.Change) bool { return c.ID == o.ID })
		if changed && !time.Now().Before(d.past[o.ID].until) {
			d.past[o.ID] = past{o, until}
		}
	}
	return nil
}

// as returns what is shown of an object.
func (d *disturbed) as(o directory.Object) directory.Object {
	d.lock.Lock()
	defer d.lock.Unlock()
	if past := d.past[o.ID]; time.Now().Before(past.until) {
		return past.Object
	}
	return o
}

// times says how often an object is shown.
func (d *disturbed) times(id string) int {
	d.lock.Lock()
	defer d.lock.Unlock()
	switch {
	case time.Now().Before(d.shown[id]), d.dice.Float64() < d.faults.Missed:
		return 0
	case d.dice.Float64() < d.faults.Doubled:
		return 2
	}
	return 1
}

// Find may fail, and not find what is there.
func (d *disturbed) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	if err := d.slowly(ctx); err != nil {
		return nil, err
	}
	if d.hits(d.faults.Lost) {
		return nil, ErrLost // whoever looks may wait for ever
	}
	found, err := d.Target.Find(ctx, kind, anchors)
	var shown []directory.Object
	for _, o := range found {
		shown = append(shown, slices.Repeat([]directory.Object{d.as(o)}, d.times(o.ID))...)
	}
	return shown, err
}

// Observe may end early, and not yield what is there.
func (d *disturbed) Observe(ctx context.Context, kind directory.Kind, view directory.View) iter.Seq2[directory.Object, error] {
	return func(yield func(directory.Object, error) bool) {
		if err := d.slowly(ctx); err != nil {
			yield(directory.Object{}, err)
			return
		}
		for o, err := range d.Target.Observe(ctx, kind, view) {
			if err == nil && d.hits(d.faults.Cut) {
				yield(directory.Object{}, ErrLost)
				return
			}
			for range d.times(o.ID) {
				if !yield(d.as(o), err) {
					return
				}
			}
		}
	}
}
