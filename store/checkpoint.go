package store

import (
	"context"
	"database/sql"
	"sync"
)

// checkpointer moves what was committed from the log of the database into its file, beside
// the commits that follow. Left to itself, SQLite does so within a commit, for which all
// others wait. What it has not moved is in the log for the next one, also when the process
// was killed: nothing depends on it but the length of the log.
type checkpointer struct {
	write *sql.DB       // the writer's connection
	own   *sql.DB       // another one, which does nothing else
	due   chan struct{} // holds one: there is something to move
	done  chan struct{} // closed when serve has ended
	one   sync.Mutex    // checkpoint at a time

	tried int // how many pages the log had when it was last to be moved
	long  int // how many it has when nobody may commit until it can begin anew
}

const (
	// logStep is how many pages the log grows by until they are moved. Fewer are written
	// more often, and more keep the disk busy for longer.
	logStep = 1000

	// longLog is how many pages the log has at most if nobody reads for long. It begins
	// anew by itself when all of it was moved and nobody reads from it before something
	// is committed, of which there may be no moment.
	longLog = 4 * logStep
)

func startCheckpointer(write *sql.DB, address string) (*checkpointer, error) {
	own, err := openPool(address)
	if err != nil {
		return nil, err
	}
	own.SetMaxOpenConns(1)
	c := &checkpointer{write: write, own: own, due: make(chan struct{}, 1), done: make(chan struct{}), long: longLog}
	go c.serve()
	return c, nil
}

func (c *checkpointer) serve() {
	defer close(c.done)
	for range c.due {
		c.checkpoint("PASSIVE") // which waits for nobody, and nobody for it
	}
}

// mind is called by the writer between two transactions.
func (c *checkpointer) mind() {
	log, _ := walCheckpoint(c.write, "NOOP")
	if log < c.tried { // it began anew
		c.tried, c.long = 0, longLog
	}
	switch {
	case log >= c.long:
		c.tried, c.long = log, 2*log // who reads that long is not waited for again soon
		c.checkpoint("RESTART")
	case log >= c.tried+logStep:
		c.tried = log
		select {
		case c.due <- struct{}{}:
		default: // it is about to begin
		}
	}
}

func (c *checkpointer) checkpoint(mode string) {
	c.one.Lock()
	defer c.one.Unlock()
	_, _ = walCheckpoint(c.own, mode)
}

// walCheckpoint carries out a checkpoint. It returns how many pages the log has, and how
// many of them are in the file; both are 0 when it cannot be done now: another process is
// at it, or the disk fails, of which the next commit will tell.
func walCheckpoint(db *sql.DB, mode string) (log, moved int) {
	var busy bool
	err := db.QueryRowContext(context.Background(), `PRAGMA wal_checkpoint(`+mode+`)`).Scan(&busy, &log, &moved)
	if err != nil || log < 0 { // there is no log yet
		return 0, 0
	}
	return log, moved
}

// finish is called by the writer behind its last transaction.
func (c *checkpointer) finish() { close(c.due) }

// close waits for the checkpoint under way. The writer must have finished.
func (c *checkpointer) close() error {
	<-c.done
	return c.own.Close()
}
