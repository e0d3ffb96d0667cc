package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

func newRunsCancel(a *app) *cobra.Command {
	var by string
	var o runOptions
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "End a run that is under way, or that was interrupted",
		Long: `Ends a run, whichever process is at work on it. What was done until then stays; the
next sync plans the rest. A run that has no plan yet ends at once, one that is being
carried out within seconds.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			id, err := runNumber(args[0])
			if err != nil {
				return err
			}
			a.progress.begin("ending the run")
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			run, err := m.Run(ctx, m.tenant, id)
			if err != nil {
				return err
			}
			c, err := a.settled(ctx, &o, run.Scope.Target)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			ended, err := m.cancel(ctx, log, c, run, commanded(run, "cancel", personOr(by)))
			if err != nil {
				return err
			}
			said := "Run %d has ended. What was done until then stays; the next sync plans the rest.\n"
			if !ended {
				said = "Run %d is told to end, which takes some seconds. What was done until then stays; the next sync plans the rest.\n"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), said, id)
			return err
		},
	}
	o.configFlag(cmd)
	cmd.Flags().StringVar(&by, "by", "", "who cancels (default: the name of your account)")
	return cmd
}

// commanded is the record of what somebody did about a run on the command line.
func commanded(run ledger.Run, action, by string) outbound.Entry {
	return outbound.Entry{At: time.Now(), Kind: string(access.CommandLine), User: by, Action: action, Object: objectOf(run)}
}

// cancel ends a run, and reports whether it has ended. Otherwise somebody is at work on it
// and was told.
func (m *memory) cancel(ctx context.Context, log *slog.Logger, c *config, run ledger.Run, entry outbound.Entry) (ended bool, err error) {
	if err := m.Cancel(ctx, run.Scope, ledger.Cancellation{Run: run.ID, By: entry.User}, time.Now(), entry); err != nil {
		return false, err
	}
	lease, release, err := m.acquire(ctx, run.Scope.Target, false)
	if fault.KindOf(err) == fault.Busy {
		now, err := m.Run(ctx, run.Scope.Tenant, run.ID)
		return now.Status != ledger.Running, err
	}
	if err != nil {
		return false, err
	}
	defer release()
	err = m.endCanceled(ctx, log, c, lease)
	return err == nil, err
}

// endCanceled ends the run that somebody canceled and nobody is at work on.
func (m *memory) endCanceled(ctx context.Context, log *slog.Logger, c *config, lease ledger.Lease) error {
	target, err := openTarget(ctx, m, c)
	if err != nil {
		return err
	}
	e := engine.Engine{Log: log, Store: m.Store, Target: target, Scope: lease.Scope, Now: time.Now, Wait: wait} // nobody is created
	_, _, err = e.EndCanceled(ctx, lease)
	return err
}
