package main

import (
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
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
	cmd.Flags().StringVar(&d.target, "target", "", "the directory that the run was for (default: that of the last run)")
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
	contents, err := d.pick(cmd, m, run, word)
	if err != nil {
		return err
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

// pick shows the steps that are meant and returns their contents.
func (d *decision) pick(cmd *cobra.Command, m *memory, run ledger.Run, word string) (contents []string, err error) {
	decided, err := m.Decisions(cmd.Context(), run.Scope)
	if err != nil {
		return nil, err
	}
	rejected, done := 0, 0
	for step, err := range m.heldSteps(cmd.Context(), run) {
		if err != nil {
			return nil, err
		}
		switch before := decided[step.Content()]; {
		case !chosen(d.keys, step.Key):
			continue
		case isDone(before, run):
			done++
			continue
		case len(d.keys) == 0 && before.Rejected:
			rejected++
			continue
		}
		contents = append(contents, step.Content())
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s %s (%s)\n", word, step.Action, step.Kind, step.Key, step.Held.Rule); err != nil {
			return nil, err
		}
	}
	if len(contents) == 0 {
		err = d.nothingLeft(run, rejected, done)
	}
	return contents, err
}

// nothingLeft says why there is nothing to decide about: of what a run held, some was
// rejected before, and some is done.
func (d *decision) nothingLeft(run ledger.Run, rejected, done int) error {
	switch {
	case rejected > 0 && d.rejected:
		return fault.New(fault.NotFound, "What run %d holds is rejected already.", run.ID)
	case rejected > 0:
		return fault.New(fault.NotFound, "What run %d holds was rejected. To approve it all the same, name its objects with --key; homeroom plans %[1]d shows them.", run.ID)
	case done > 0:
		return fault.New(fault.NotFound, "What run %d held was approved, and a later run went on with it.", run.ID)
	}
	return fault.New(fault.NotFound, "Run %d holds no such step; homeroom plans %[1]d shows what it holds, and why.", run.ID)
}

// isDone reports whether a held step of a run was let pass since, by what was decided about
// it. Another run may hold the same anew.
func isDone(decided ledger.Approval, run ledger.Run) bool {
	return decided.Used && decided.Run >= run.ID
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
