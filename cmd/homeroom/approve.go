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
	d := decision{app: a}
	cmd := &cobra.Command{
		Use:   "approve [RUN]",
		Short: "Let held steps of a run pass, for 72 hours",
		Long: `Approves the steps that a run held back, of the latest run unless another is
named. What is approved is the content of each step: a later sync lets the same
step pass, and holds anything more anew. What was rejected is approved only by its key.`,
		Args: cobra.MaximumNArgs(1),
		RunE: d.decide,
	}
	d.flags(cmd, "who approves", "approve")
	return cmd
}

// approvable reports whether an approval lets pass what a rule holds.
func approvable(rule string) bool {
	return rule != plan.WaitsForUser && rule != plan.WaitsForName && rule != plan.IDReused
}

func newReject(a *app) *cobra.Command {
	d := decision{app: a, rejected: true}
	cmd := &cobra.Command{
		Use:   "reject [RUN]",
		Short: "Say that held steps of a run must not be done",
		Long: `Rejects the steps that a run held back, of the latest run unless another is named.
They stay held, and homeroom approve leaves them out, until the roster takes them back
or asks for something else.`,
		Args: cobra.MaximumNArgs(1),
		RunE: d.decide,
	}
	d.flags(cmd, "who rejects", "reject")
	return cmd
}

// decision is one call of approve or reject.
type decision struct {
	*app
	rejected   bool
	by, target string
	keys       []string
}

func (d *decision) flags(cmd *cobra.Command, who, verb string) {
	cmd.Flags().StringVar(&d.by, "by", "", who+" (default: the name of your account)")
	cmd.Flags().StringVar(&d.target, "target", "local", "the directory that the run was for")
	cmd.Flags().StringSliceVar(&d.keys, "key", nil, verb+" only the steps of these objects")
}

func (d *decision) decide(cmd *cobra.Command, args []string) (err error) {
	ctx := cmd.Context()
	d.progress.begin("reading the plan")
	m, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer closing(m, &err)
	run, err := m.findRun(ctx, d.target, args, "steps", func(r ledger.Run) bool {
		return r.Held > 0 && (!r.Reduced || len(args) > 0) // who names one is told that it is past
	})
	if err != nil {
		return err
	}
	action, word, until := "reject", "rejected", (*time.Time)(nil)
	if !d.rejected {
		expires := time.Now().Add(approvalTime)
		action, word, until = "approve", "approved", &expires
	}
	decided, err := m.Decisions(ctx, run.Scope)
	if err != nil {
		return err
	}
	var contents []string
	for step, err := range m.heldSteps(ctx, run) {
		if err != nil {
			return err
		}
		if !chosen(d.keys, step.Key) || len(d.keys) == 0 && decided[step.Content()].Rejected {
			continue
		}
		contents = append(contents, step.Content())
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s %s (%s)\n", word, step.Action, step.Kind, step.Key, step.Held.Rule); err != nil {
			return err
		}
	}
	if len(contents) == 0 {
		return fault.New(fault.NotFound, "Run %d holds no such step.", run.ID)
	}
	by := personOr(d.by)
	if err := m.Approve(ctx, run.Scope, verdicts(run, contents, by, until), commanded(run, action, by)); err != nil {
		return err
	}
	if d.rejected {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of run %d will not be done, unless the roster asks for something else.\n",
			count(len(contents), "step", "steps"), run.ID)
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of run %d may pass until %s. Run the same %s again.\n",
		count(len(contents), "step", "steps"), run.ID, until.Format(time.RFC1123), commandOf(run))
	return err
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
			if err := m.AcceptRoster(ctx, run.Scope, run.RosterSHA256, personOr(by), reason, commanded(run, "accept", personOr(by))); err != nil {
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
