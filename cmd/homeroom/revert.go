package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

func newRevert(a *app) *cobra.Command {
	o := otherRun{app: a}
	var deleteCreated bool
	cmd := &cobra.Command{
		Use:   "revert RUN -c homeroom.yaml",
		Short: "Take back what a run did, as far as it still stands",
		Long: `Plans the opposite of what a run did, shows it, asks, and carries it out. What was
changed again since, by a later run or by hand, is left as it is and listed, and so is
what no plan holds: passwords and contacts. Accounts that the run created are never
deleted; other objects that it created are emptied, or deleted with --delete-created.

The roster of that run is rejected: no sync takes it again unless somebody accepts it.
Nothing starts by itself any more until homeroom resume, or until another roster is
accepted.

Exit codes: 0 when everything was done, 5 when steps wait for approval, 6 when steps
failed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runNumber(args[0])
			if err != nil {
				return err
			}
			a.progress.begin("reverting")
			o.notice = func() string {
				return fmt.Sprintf("A roster that run %d took is not taken again by itself, and nothing starts by itself until `%s resume`.", id, called())
			}
			o.audit = func(tenant string) outbound.Entry {
				reverted := objectOf(ledger.Run{ID: id, Scope: ledger.Scope{Tenant: tenant}})
				return auditedWith("revert", map[string]any{"run": reverted, "deleteCreated": deleteCreated})
			}
			o.make = func(ctx context.Context, e *engine.Engine, lease ledger.Lease, c *config, ask engine.Ask) (engine.Report, error) {
				return e.Revert(ctx, lease, engine.RevertRequest{Run: id, DeleteCreated: deleteCreated, Limits: c.Limits}, ask)
			}
			return o.run(cmd.Context())
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&deleteCreated, "delete-created", false, "delete the groups and units that the run created and that nobody changed since")
	return cmd
}

func newResume(a *app) *cobra.Command {
	var target string
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Let runs start by themselves again after a revert",
		Long: `After a revert nothing starts by itself, so that the same roster does not come again.
When the roster was corrected, let runs start again. The roster of the run that was
reverted stays rejected; homeroom accept takes that back.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if target, err = m.target(ctx, target); err != nil {
				return err
			}
			run, err := m.Paused(ctx, m.scope(target))
			if err != nil {
				return err
			}
			if run == 0 {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "Nothing was paused.")
				return err
			}
			if err := m.Resume(ctx, m.scope(target), audited("resume", "schedule")); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Runs start by themselves again. They had been paused since run %d was reverted.\n", run)
			return err
		},
	}
	cmd.Flags().StringVar(&target, "target", "", "the directory that the runs are for (default: that of the last run)")
	return cmd
}
