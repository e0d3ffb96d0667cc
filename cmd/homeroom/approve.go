package main

import (
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// approvalTime is how long an approval holds (rules 4).
const approvalTime = 72 * time.Hour

func newApprove(a *app) *cobra.Command {
	var by, target string
	var keys []string
	cmd := &cobra.Command{
		Use:   "approve [RUN]",
		Short: "Let held steps of a run pass, for 72 hours",
		Long: `Approves the steps that a run held back, of the latest run unless another is
named. What is approved is the content of each step: a later sync lets the same
step pass, and holds anything more anew.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			a.progress.begin("reading the plan")
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			run, err := m.findRun(ctx, target, args, "steps", func(r ledger.Run) bool { return r.Held > 0 })
			if err != nil {
				return err
			}
			var approvals []ledger.Approval
			for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
				if err != nil {
					return err
				}
				if step.Held == nil || !approvable(step.Held.Rule) || !chosen(keys, step.Key) {
					continue
				}
				approvals = append(approvals, ledger.Approval{
					Step: step.Content(), Run: run.ID, By: personOr(by), Expires: time.Now().Add(approvalTime),
				})
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "approved: %s %s %s (%s)\n", step.Action, step.Kind, step.Key, step.Held.Rule)
				if err != nil {
					return err
				}
			}
			if len(approvals) == 0 {
				return fault.New(fault.NotFound, "Run %d holds no such step.", run.ID)
			}
			if err := m.Approve(ctx, m.scope(target), approvals); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of run %d may pass until %s. Run the same %s again.\n",
				count(len(approvals), "step", "steps"), run.ID, approvals[0].Expires.Format(time.RFC1123), commandOf(run))
			return err
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who approves (default: the name of your account)")
	cmd.Flags().StringVar(&target, "target", "local", "the directory that the run was for")
	cmd.Flags().StringSliceVar(&keys, "key", nil, "approve only the steps of these objects")
	return cmd
}

// approvable reports whether an approval lets pass what a rule holds.
func approvable(rule string) bool {
	return rule != plan.WaitsForUser && rule != plan.WaitsForName && rule != plan.IDReused
}

func chosen(keys []string, key string) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return len(keys) == 0
}

// personOr returns who is named, or else who is logged in.
func personOr(named string) string {
	if named != "" {
		return named
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

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
			if err := m.AcceptRoster(ctx, m.scope(target), run.RosterSHA256, personOr(by), reason); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The roster of run %d (%s) is accepted. Run the same sync again.\n", run.ID, run.RosterPath)
			return err
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who accepts (default: the name of your account)")
	cmd.Flags().StringVar(&reason, "reason", "", "why the roster is right")
	cmd.Flags().StringVar(&target, "target", "local", "the directory that the run was for")
	return cmd
}

// isHeldRoster reports whether the code says that a run's roster was held.
func isHeldRoster(code string) bool {
	return code == string(roster.RosterShrunk) || code == string(roster.FileSetChanged) || code == string(roster.RosterRejected)
}
