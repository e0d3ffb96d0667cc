package ldap

import (
	"context"
	"sync"
	"time"
)

// A connection that was idle for so long is asked for a sign of life before it is used:
// servers and firewalls end those without a word.
const idleTime = 20 * time.Second

// A connection that nobody uses for so long is closed: a server makes many runs, each with a
// pool of its own.
const longIdle = time.Minute

// pool keeps connections that nobody uses. How many there are is for those to know who
// take them.
type pool struct {
	dialer *dialer

	lock   sync.Mutex // guards what follows
	idle   []*conn    // the one used last at the end
	closed bool
	ends   *time.Timer // of those that are idle; nil before the first was
}

func newPool(d *dialer) *pool { return &pool{dialer: d} }

// get returns a connection, which may be one that was used before.
func (p *pool) get(ctx context.Context) (c *conn, used bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		c := p.take()
		if c == nil {
			c, err := p.dialer.dial(ctx)
			return c, false, err
		}
		if c.IsClosing() || time.Since(c.used) > idleTime && !c.alive(p.dialer.options.timeout()) {
			c.Close()
			continue
		}
		return c, true, nil
	}
}

func (p *pool) take() *conn {
	p.lock.Lock()
	defer p.lock.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c
}

// signTime is how long a server may take to give a sign of life.
const signTime = 3 * time.Second

// alive asks the server for its root entry.
func (c *conn) alive(otherwise time.Duration) bool {
	c.SetTimeout(min(signTime, otherwise))
	defer c.SetTimeout(otherwise)
	_, err := c.entry("", "1.1")
	return err == nil
}

// put gives a connection back.
func (p *pool) put(c *conn) {
	c.used = time.Now()
	p.lock.Lock()
	closed := p.closed || c.IsClosing()
	if !closed {
		p.idle = append(p.idle, c)
		p.endLater()
	}
	p.lock.Unlock()
	if closed {
		c.Close()
	}
}

// endLater sees to it that idle connections end when none was given back for long. The lock
// is held.
func (p *pool) endLater() {
	if p.ends == nil {
		p.ends = time.AfterFunc(longIdle, p.endIdle)
		return
	}
	p.ends.Reset(longIdle)
}

// endIdle closes the connections that nobody uses. More can be made.
func (p *pool) endIdle() {
	p.lock.Lock()
	idle := p.idle
	p.idle = nil
	p.lock.Unlock()
	for _, c := range idle {
		c.Close()
	}
}

func (p *pool) close() {
	p.lock.Lock()
	if p.ends != nil {
		p.ends.Stop()
	}
	p.closed = true
	p.lock.Unlock()
	p.endIdle()
}

// use does something with a connection for as long as the context lasts.
func (c *conn) use(ctx context.Context, do func(*conn) error) error {
	stop := context.AfterFunc(ctx, c.cut)
	err := do(c)
	if !stop() && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// read does something that may be done twice: it is, when a connection from before turns
// out to be dead.
func (d *Directory) read(ctx context.Context, do func(*conn) error) error {
	for {
		c, used, err := d.pool.get(ctx)
		if err != nil {
			return err
		}
		err = c.use(ctx, do)
		if !isLost(err) {
			d.pool.put(c)
			return d.explain(err)
		}
		c.Close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !used {
			return d.explain(err)
		}
	}
}
