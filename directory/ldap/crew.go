package ldap

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homeroomhq/homeroom/directory"
)

// carryAll carries out what is not settled.
func (d *Directory) carryAll(ctx context.Context, jobs []*job) error {
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.settled })
	if len(jobs) == 0 {
		return ctx.Err()
	}
	d.lock.Lock()
	workers := d.pace.workers(len(jobs))
	d.lock.Unlock()
	crew := &crew{d: d, jobs: jobs}
	var all sync.WaitGroup
	begin := time.Now()
	for range workers {
		all.Go(func() { crew.note(crew.work(ctx)) })
	}
	all.Wait()
	if err := crew.result(); err != nil {
		return err
	}
	d.learn(crew, workers, time.Since(begin))
	return nil
}

// learn sets the pace by what a crew met: a server that has no time, or takes no more
// connections, is given less to do.
func (d *Directory) learn(w *crew, workers int, took time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if w.err != nil || slices.ContainsFunc(w.jobs, func(j *job) bool { return j.outcome.Verdict == directory.Retry }) {
		d.pace.ease()
		return
	}
	d.pace.learn(workers, len(w.jobs), took.Seconds())
}

// crew is those who carry out the jobs of one call, side by side.
type crew struct {
	d    *Directory
	jobs []*job
	next atomic.Int64

	lock sync.Mutex // guards what follows
	err  error      // the first
}

func (w *crew) note(err error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// result is nil when all is settled: who found no connection is not missed.
func (w *crew) result() error {
	for _, j := range w.jobs {
		if !j.settled {
			return w.err
		}
	}
	return nil
}

// work carries out jobs until there are none.
func (w *crew) work(ctx context.Context) error {
	var made []*job
	c, _, err := w.d.pool.get(ctx)
	if err != nil {
		return err
	}
	for {
		i := int(w.next.Add(1)) - 1
		if i >= len(w.jobs) {
			break
		}
		j := w.jobs[i]
		if err := c.use(ctx, func(c *conn) error { return w.d.carry(ctx, c, j) }); err != nil {
			c.Close()
			return w.d.explain(err)
		}
		if j.dn != "" {
			made = append(made, j)
		}
	}
	if err := c.use(ctx, func(c *conn) error { return w.d.learnIDs(c, made) }); err != nil {
		c.Close()
		return w.d.explain(err)
	}
	w.d.pool.put(c)
	return nil
}

// carry carries out one job. An error means that nobody knows what became of it.
func (d *Directory) carry(ctx context.Context, c *conn, j *job) error {
	if j.ID != "" {
		turn := d.turns.of(j.ID)
		turn.Lock()
		defer turn.Unlock()
	}
	var err error
	switch {
	case d.profile.inAttribute(j.Kind):
		err = d.changeUnit(ctx, c, j)
	case j.Delete:
		err = d.remove(c, j)
	case j.ID == "":
		err = d.create(c, j)
	default:
		err = d.update(ctx, c, j)
	}
	if err != nil && (isLost(err) || ctx.Err() != nil) {
		return err
	}
	if err != nil {
		j.end(d.refused(j.Change, err))
	}
	return nil
}
