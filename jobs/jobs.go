// Package jobs tells the servers that work with one database of PostgreSQL's that there is
// something to do, through River (riverqueue.com/river).
//
// A job of River's is a word and no more: that one more batch of a run can be taken. What
// the batch is, who has it and what became of it stands in the journal. So a job may be
// lost, come late, or come twice, and nothing else is.
package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/homeroomhq/homeroom/fault"
)

// Batch says that a batch of a run can be taken, as long as the run's owner holds the lease
// with the epoch.
type Batch struct {
	Tenant string `json:"tenant"`
	Target string `json:"target"`
	Epoch  int64  `json:"epoch"`
	Run    int64  `json:"run"`
}

// Kind is what River calls such jobs.
func (Batch) Kind() string { return "batch" }

// InsertOpts lets nobody try again: the owner of the run carries out what nobody else does.
func (Batch) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queue, MaxAttempts: 1} }

const (
	queue = "batches"
	// AtOnce is how many batches a server takes at once of runs that others own.
	AtOnce = 3

	fetchEvery = 20 * time.Millisecond // at most, when there are jobs
	keepFor    = time.Hour             // a job that is done
	stopTime   = 20 * time.Second      // for batches under way when the server stops
)

// Queue is a server's part in the work.
type Queue struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
}

// Open begins to take part in the work, with a function that is called for every batch, for
// several at once. The tables must be there (Migrate).
func Open(ctx context.Context, address string, log *slog.Logger, take func(context.Context, Batch)) (*Queue, error) {
	pool, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{take: take})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{queue: {MaxWorkers: AtOnce}}, Workers: workers,
		FetchCooldown: fetchEvery, JobTimeout: -1, SoftStopTimeout: stopTime, ReindexerSchedule: river.NeverSchedule(),
		CompletedJobRetentionPeriod: keepFor, DiscardedJobRetentionPeriod: keepFor,
		Logger: slog.New(warnings{log.Handler()}),
	})
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx)) // until Close
	}
	if err != nil {
		pool.Close()
		return nil, fault.Wrap(err, fault.Unavailable, "The server cannot take part in the work of others")
	}
	return &Queue{pool, client}, nil
}

// worker does what a job says.
type worker struct {
	river.WorkerDefaults[Batch]
	take func(context.Context, Batch)
}

func (w *worker) Work(ctx context.Context, job *river.Job[Batch]) error {
	w.take(ctx, job.Args)
	return nil
}

// Call lets the servers know, this one included, that so many more batches can be taken.
func (q *Queue) Call(ctx context.Context, b Batch, batches int) error {
	words := make([]river.InsertManyParams, batches)
	for i := range words {
		words[i] = river.InsertManyParams{Args: b}
	}
	_, err := q.client.InsertManyFast(ctx, words)
	return err
}

// Close ends the part in the work. Batches under way are ended first, unless that takes long.
func (q *Queue) Close(ctx context.Context) error {
	err := q.client.Stop(context.WithoutCancel(ctx))
	q.pool.Close()
	return err
}

// How many connections a server has for this: one of them listens.
const conns = 4

// connect opens a pool of connections, which give up a machine that is gone as the store's do.
func connect(ctx context.Context, address string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil { // which may tell the password
		return nil, fault.New(fault.Invalid, "The address of the database cannot be read.")
	}
	for name, value := range map[string]string{
		"application_name": "homeroom jobs", "idle_in_transaction_session_timeout": "20s",
		"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "25000",
	} {
		if _, said := config.ConnConfig.RuntimeParams[name]; !said {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	config.MaxConns = conns
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return pool, fault.Wrap(err, fault.Unavailable, "The database cannot be reached")
}

// warnings passes on of a log what somebody should know.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
