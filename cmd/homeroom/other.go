package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// otherRun is one call of a command whose plan is made from the ledger.
type otherRun struct {
	*app
	cmd     *cobra.Command
	options runOptions
	yes     bool
	wait    bool
	notice  func() string                      // what people should know before they say yes; nil for nothing
	audit   func(tenant string) outbound.Entry // what is recorded once they did; its object is the run
	make    func(context.Context, *engine.Engine, ledger.Lease, *config, engine.Ask) (engine.Report, error)
}

func (o *otherRun) flags(cmd *cobra.Command) {
	o.cmd = cmd
	o.outputFlag(cmd)
	o.options.configFlag(cmd)
	cmd.Flags().BoolVar(&o.options.all, "all", false, "show every step, not only the first of each group")
	o.options.limit = shownSteps
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&o.wait, "wait", false, "wait while another process is at work")
}

func (o *otherRun) run(ctx context.Context) (err error) {
	if err := o.checkOutput(); err != nil {
		return err
	}
	c, err := o.configuration(ctx, &o.options)
	if err != nil {
		return err
	}
	m, lease, end, err := o.takeUp(ctx, o.cmd, &o.options, c, o.wait)
	if err != nil {
		return err
	}
	defer end(&err)
	target, err := writtenTarget(ctx, m, c)
	if err != nil {
		return err
	}
	if err := m.sweep(ctx, lease, c.Keeping, time.Now()); err != nil {
		return err
	}
	e := engine.Engine{
		Log:   slog.New(slog.NewTextHandler(o.cmd.ErrOrStderr(), nil)),
		Store: auditedStart{m.Store, o.audit(m.tenant)}, Target: target, Scope: m.scope(c.Target), Now: time.Now, Wait: wait, Progress: o.progress.running,
	}
	report, err := o.make(ctx, &e, lease, c, o.ask)
	if err != nil || report.Run.ID == 0 {
		return err // with 0, the answer was no
	}
	if o.output == "text" {
		if err := m.reportOf(ctx, o.cmd.OutOrStdout(), report); err != nil {
			return err
		}
	}
	return exitOf(report.Run)
}

// ask shows the plan and asks whether to carry it out.
func (o *otherRun) ask(p *engine.Prepared) (bool, error) {
	show := func(w io.Writer) error {
		err := o.writePlan(w, shownPlan{Plan: p.Plan}, o.options.shown())
		if err == nil && o.notice != nil && o.output == "text" {
			_, err = io.WriteString(w, "\n"+o.notice()+"\n")
		}
		return err
	}
	return o.confirm(o.cmd, show, o.yes, p.Changes() == 0 && o.notice == nil)
}
