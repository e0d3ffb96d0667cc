package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// serverReady is what a server that is measured says when it takes part.
const serverReady = "ready\n"

// serverFigures are what the server tells whose run it was.
type serverFigures struct {
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
}

// newBenchServer returns one of the servers that bench servers measures.
func newBenchServer(a *app) *cobra.Command {
	var path string
	var call time.Duration
	var lead bool
	cmd := &cobra.Command{
		Use:    "server PATH -c homeroom.yaml",
		Short:  "Take part in runs as a server does, until the input ends, or make one",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			a.progress.silence()
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if _, err := m.embedded(cmd.Context()); err != nil {
				return err
			}
			r := a.benchRunner(cmd, m, args[0], path, call)
			leave, err := r.join(cmd.Context())
			if err != nil {
				return err
			}
			defer leave()
			if _, err := io.WriteString(cmd.OutOrStdout(), serverReady); err != nil {
				return err
			}
			if lead {
				return r.lead(cmd.Context(), cmd.OutOrStdout())
			}
			_, err = io.Copy(io.Discard, cmd.InOrStdin())
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&path, "config", "c", "", "the configuration")
	flags.DurationVar(&call, "call", 0, "how long a call to the directory takes")
	flags.BoolVar(&lead, "lead", false, "make a run")
	return cmd
}

// benchRunner is what makes the runs of a server, without the API.
func (a *app) benchRunner(cmd *cobra.Command, m *memory, roster, path string, call time.Duration) *runner {
	r := &runner{
		app: a, data: m, rosters: map[string]string{m.tenant: roster}, metrics: newMetrics(), now: time.Now, life: cmd.Context(),
		log:      slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		settings: func(context.Context, string) (*config, error) { return loadConfig(path) },
	}
	if call > 0 {
		r.watch = func(t directory.Target) directory.Target { return far{t, call} }
	}
	return r
}

// lead makes a run, and tells how long it took.
func (r *runner) lead(ctx context.Context, out io.Writer) error {
	by := starter{automatic: true, entry: outbound.Entry{At: r.now(), Kind: string(access.CommandLine), Action: "start"}}
	if _, err := r.startOther(ctx, access.Caller{Tenant: r.data.tenant}, by); err != nil {
		return err
	}
	r.wait()
	runs, err := r.data.Runs(ctx, r.data.scope(localTarget), 1)
	if err != nil {
		return err
	}
	if run := runs[0]; run.Status == ledger.Running || run.Failed > 0 || run.Done == 0 {
		return fault.New(fault.Internal, "The run that was measured ended as %s, with %d of %d steps done.", run.Status, run.Done, run.Steps)
	}
	return writeJSON(out, serverFigures{Steps: runs[0].Done, Seconds: runs[0].Ended.Sub(runs[0].Started).Seconds()})
}

// farPerCall is how many changes a directory far away takes in a call: as many as Microsoft
// Graph takes in a batch.
const farPerCall = 20

// far is a target that is far away: calls take time, and few changes.
type far struct {
	directory.Target
	call time.Duration
}

func (f far) Abilities() directory.Abilities {
	abilities := f.Target.Abilities()
	abilities.PerCall = farPerCall
	return abilities
}

func (f far) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	if err := wait(ctx, f.call); err != nil {
		return nil, err
	}
	return f.Target.Find(ctx, kind, anchors)
}

func (f far) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if len(changes) > farPerCall {
		return nil, fmt.Errorf("%d changes in a call that takes %d", len(changes), farPerCall)
	}
	if err := wait(ctx, f.call); err != nil {
		return nil, err
	}
	return f.Target.Apply(ctx, changes)
}
