package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

func newAccept(a *app) *cobra.Command {
	var by, reason, target string
	cmd := &cobra.Command{
		Use:   "accept [RUN] --reason TEXT",
		Short: "Say that a roster which was held is right as it is",
		Long: `A roster that lacks too much of an earlier one stops a run. If the roster is right
all the same, accept it: exactly that roster passes the next time. What it would
remove is still held where it is much.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			if reason == "" {
				return fault.New(fault.Invalid, "Say why the roster is right: --reason TEXT.")
			}
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			run, err := m.findRun(ctx, target, args, "roster", func(r ledger.Run) bool { return isHeldRoster(r.Code) })
			if err != nil {
				return err
			}
			if err := m.AcceptRoster(ctx, run.Scope, run.RosterSHA256, personOr(by), reason, commanded(run, "accept", personOr(by))); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The roster of run %d (%s) is accepted. Run the same sync again.\n", run.ID, run.RosterPath)
			return err
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who accepts (default: the name of your account)")
	cmd.Flags().StringVar(&reason, "reason", "", "why the roster is right")
	cmd.Flags().StringVar(&target, "target", "", "the directory that the run was for (default: that of the last run)")
	return cmd
}

// isHeldRoster reports whether the code says that a run's roster was held.
func isHeldRoster(code string) bool {
	return code == string(roster.RosterShrunk) || code == string(roster.FileSetChanged) || code == string(roster.RosterRejected)
}
