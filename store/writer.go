package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/homeroomhq/homeroom/fault"
)

// writer lets one update at a time write. Updates that wait while another writes share
// its transaction and so its commit, which is what takes long: the disk is waited for.
// Each but the first is a savepoint, and is acknowledged after the commit. An update that
// comes alone is a transaction of its own and waits for nobody.
type writer struct {
	db    *sql.DB       // one connection
	queue chan *turn    // without a buffer: who got in is next
	done  chan struct{} // closed when serve has ended
	log   *checkpointer // nil when there is no log

	gate   sync.RWMutex // an update under way holds it for reading
	closed bool
}

// turn is an update that waits for its turn.
type turn struct {
	ctx   context.Context //nolint:containedctx // whoever waits may give up
	start chan *sql.Tx    // the transaction, when the turn has come
	ran   chan error      // what the update said
	kept  chan error      // what became of the transaction
}

// maxTurns is how many updates share a transaction at most. More gain nothing, and the
// first of them waits for the last.
const maxTurns = 100

var (
	errClosed     = fault.New(fault.Unavailable, "the Homeroom data is being closed; try again")
	errUnfinished = errors.New("the update did not come to its end")
)

func startWriter(db *sql.DB, log *checkpointer) *writer {
	w := &writer{db: db, queue: make(chan *turn), done: make(chan struct{}), log: log}
	go w.serve()
	return w
}

// do runs f in a transaction, on the caller's goroutine. When f fails or panics, what it
// did is undone. A context that ends is minded until f returns. Whose the update is does
// not matter.
func (w *writer) do(ctx context.Context, _ string, f func(tx *sql.Tx) error) error {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.closed {
		return errClosed
	}
	t := &turn{ctx: ctx, start: make(chan *sql.Tx), ran: make(chan error, 1), kept: make(chan error, 1)}
	select {
	case w.queue <- t:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case tx := <-t.start:
		if err := t.run(tx, f); err != nil {
			return err
		}
		return <-t.kept
	case err := <-t.kept: // it could not even begin
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run tells the writer what f said, also when f panics.
func (t *turn) run(tx *sql.Tx, f func(tx *sql.Tx) error) (err error) {
	err = errUnfinished
	defer func() { t.ran <- err }()
	err = f(tx)
	return err
}

// take gives the update its turn, and returns what it said.
func (t *turn) take(tx *sql.Tx) error {
	select {
	case t.start <- tx:
		return <-t.ran
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

func (w *writer) serve() {
	defer close(w.done)
	for first := range w.queue {
		w.share(first)
		if w.log != nil {
			w.log.mind()
		}
	}
	if w.log != nil {
		w.log.finish()
	}
}

// share carries out an update, and those that wait by then, in one transaction.
func (w *writer) share(first *turn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	beginning := context.AfterFunc(first.ctx, cancel) // another process may be writing for long
	tx, err := w.db.BeginTx(ctx, nil)
	if !beginning() && err == nil {
		err = errors.Join(first.ctx.Err(), tx.Rollback())
	}
	if err != nil {
		first.kept <- err
		return
	}
	if first.take(tx) != nil {
		_ = tx.Rollback() // nobody else has written anything
		return
	}
	kept, err := w.others(tx, []*turn{first})
	if err != nil {
		_ = tx.Rollback() // the first error says more
	} else {
		err = tx.Commit()
	}
	for _, t := range kept {
		t.kept <- err
	}
}

// others lets those who wait take part in the transaction. It returns all whose updates
// are in it, or the error that undid them all.
func (w *writer) others(tx *sql.Tx, kept []*turn) ([]*turn, error) {
	for range maxTurns - 1 {
		select {
		case t := <-w.queue:
			if t == nil { // closed
				return kept, nil
			}
			said, err := takePart(tx, t)
			if said == nil {
				kept = append(kept, t)
			}
			if err != nil {
				return kept, err
			}
		default:
			return kept, nil
		}
	}
	return kept, nil
}

// takePart gives an update its turn within a savepoint. It returns what the update said,
// and the error that undid the whole transaction: a full disk does.
func takePart(tx *sql.Tx, t *turn) (said, err error) {
	ctx := context.Background()
	if _, err := tx.ExecContext(ctx, `SAVEPOINT turn`); err != nil {
		t.kept <- err
		return err, err
	}
	said = t.take(tx)
	if said != nil {
		if _, err := tx.ExecContext(ctx, `ROLLBACK TO turn`); err != nil {
			return said, said // for which SQLite has undone everything
		}
	}
	_, err = tx.ExecContext(ctx, `RELEASE turn`)
	return said, err
}

// finish waits for the updates under way, and lets no other begin.
func (w *writer) finish() {
	w.gate.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.gate.Unlock()
	<-w.done
}
