package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

func newDrift(a *app) *cobra.Command {
	o := otherRun{app: a}
	var repair, detailed bool
	cmd := &cobra.Command{
		Use:   "drift -c homeroom.yaml",
		Short: "Show what others changed in the directory, and put it back",
		Long: `Compares what the directory shows with what Homeroom last wrote to it: values that others
changed, people whom they took out of groups or put in, groups that are gone. It shows
what a repair would do, and changes nothing. No roster is needed.

With --repair it asks, and makes the directory again what it was: a plan as any, guarded,
journaled, carried on after a crash. Whom others added stays, an account that somebody
disabled stays disabled, and an account that is gone is not made again; these are listed.

Exit codes: 0, or with --detailed-exitcode 2 when something differs; with --repair as for
sync.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.progress.begin("comparing")
			if !repair {
				return o.showDrift(cmd.Context(), detailed)
			}
			o.audit = func(string) outbound.Entry { return audited("repair", "") }
			o.make = func(ctx context.Context, e *engine.Engine, lease ledger.Lease, c *config, ask engine.Ask) (engine.Report, error) {
				return e.Repair(ctx, lease, driftRequest(c), ask)
			}
			return o.run(cmd.Context())
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&repair, "repair", false, "put back what others changed")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when something differs")
	return cmd
}

func driftRequest(c *config) engine.DriftRequest {
	return engine.DriftRequest{Limits: c.Limits, Authoritative: c.Settings.Authoritative}
}

// showDrift shows what a repair would do.
func (o *otherRun) showDrift(ctx context.Context, detailed bool) (err error) {
	if err := o.checkOutput(); err != nil {
		return err
	}
	c, err := o.configuration(ctx, &o.options)
	if err != nil {
		return err
	}
	m, err := o.look(ctx)
	if err != nil {
		return err
	}
	defer closing(m, &err)
	target, err := openTarget(ctx, m, c)
	if err != nil {
		return err
	}
	p := engine.Preparer{Store: m.Store, Target: target, Scope: m.scope(c.Target), Now: time.Now, Wait: wait, Progress: o.progress.running}
	prepared, err := p.Drift(ctx, driftRequest(c))
	if err != nil {
		return err
	}
	if err := o.writePlan(long(ctx, o.cmd.OutOrStdout(), o.progress), shownPlan{Plan: prepared.Plan}, o.options.shown()); err != nil {
		return err
	}
	if detailed && prepared.Plan.Len()+len(prepared.Plan.Skipped) > 0 {
		return exitCode(exitChanges)
	}
	return nil
}
