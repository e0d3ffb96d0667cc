package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

func newSync(a *app) *cobra.Command {
	s := syncRun{app: a}
	cmd := &cobra.Command{
		Use:   "sync PATH -c homeroom.yaml",
		Short: "Make the directory true to a roster: plan, show, ask, apply, report",
		Long: `Plans, shows the plan, asks, and carries it out. A sync that was cut off, however
it was, is carried on by the next one with the same roster and configuration.

Exit codes: 0 when everything was done, 4 when the roster cannot be used, 5 when
steps or the roster wait for approval, 6 when steps failed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			s.watch = a.watch
			return s.run(cmd.Context(), args[0])
		},
	}
	s.flags(cmd)
	s.options.flags(cmd)
	cmd.Flags().BoolVar(&s.keep, "keep", false, "keep an encrypted copy of the roster, for homeroom runs replay")
	return cmd
}

// syncRun is one call of sync.
type syncRun struct {
	*app
	cmd     *cobra.Command
	options runOptions
	yes     bool
	wait    bool
	keep    bool                                    // a copy of the roster is kept
	watch   func(directory.Target) directory.Target // puts somebody before the target; nil for nobody

	done engine.Report // what was done, once it was
}

// flags adds the flags of every command that syncs, but for those that say what is synced.
func (s *syncRun) flags(cmd *cobra.Command) {
	s.cmd = cmd
	s.outputFlag(cmd)
	cmd.Flags().BoolVarP(&s.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&s.wait, "wait", false, "wait while another process is at work")
}

func (s *syncRun) run(ctx context.Context, path string) (err error) {
	request, c, err := s.request(ctx, &s.options, path)
	if err != nil && c != nil && ctx.Err() == nil {
		return errors.Join(err, s.refuse(ctx, c, path, readingFault(s.options.problems, err)))
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s.cmd.ErrOrStderr(), s.options.rosterNote(path)); err != nil {
		return err
	}
	m, lease, end, err := s.takeUp(ctx, s.cmd, &s.options, c, s.wait)
	if err != nil {
		return err
	}
	defer end(&err)
	target, err := writtenTarget(ctx, m, c)
	if err != nil {
		return err
	}
	if s.watch != nil {
		target = s.watch(target)
	}
	if s.keep {
		if err := m.keep(ctx, c.Keeping, request.Roster, path, s.now()); err != nil {
			return err
		}
	}
	if err := m.sweep(ctx, lease, c.Keeping, s.now()); err != nil {
		return err
	}
	key, err := openVault(m.dir)
	if err != nil {
		return err
	}
	e := engine.Engine{
		Log:   slog.New(slog.NewTextHandler(s.cmd.ErrOrStderr(), nil)),
		Store: m.Store, Target: target, Scope: m.scope(c.Target), Now: s.now,
		NewPassword: newPassword, Seal: key.seal, Wait: wait, Progress: s.progress.running,
	}
	if strings.EqualFold(request.AcceptRoster, request.Roster.SHA256) {
		e.Store = auditedStart{m.Store, auditedWith("accept", map[string]any{"rosterSha256": request.Roster.SHA256})}
	}
	report, err := e.Sync(ctx, lease, request, s.ask)
	if err != nil {
		return describeHeld(err, report.Run.ID)
	}
	s.done = report
	return s.report(ctx, m, report)
}

// ask shows the plan and asks whether to carry it out.
func (s *syncRun) ask(p *engine.Prepared) (bool, error) {
	show := func(w io.Writer) error { return s.printPlan(w, p, s.options.shown()) }
	return s.confirm(s.cmd, show, s.yes, p.Changes() == 0)
}

// report says what was done, and returns the exit code for it.
func (s *syncRun) report(ctx context.Context, m *memory, r engine.Report) error {
	run := r.Run
	if run.ID == 0 {
		return nil // the answer was no
	}
	if s.output == "text" {
		if err := m.reportOf(ctx, s.cmd.OutOrStdout(), r); err != nil {
			return err
		}
	}
	return exitOf(run)
}

// exitOf returns the exit code of a run that ended.
func exitOf(run ledger.Run) error {
	switch {
	case run.Failed > 0:
		return exitCode(exitPartial)
	case run.Held > 0:
		return exitCode(exitHeld)
	}
	return nil
}

// reportOf writes what was done, and what helps with what is held.
func (m *memory) reportOf(ctx context.Context, w io.Writer, r engine.Report) error {
	var advice []string
	if r.Run.Held > 0 {
		counts, err := m.heldBy(ctx, r.Run)
		if err != nil {
			return err
		}
		advice = heldAdvice(r.Run, counts)
	}
	return writeReport(w, r, advice)
}

func writeReport(w io.Writer, r engine.Report, advice []string) error {
	run := r.Run
	var b strings.Builder
	if r.Resumed {
		fmt.Fprintf(&b, "Run %d had been interrupted after %d of %d steps; it was carried on.\n", run.ID, r.Before, run.Steps)
	}
	if run.Steps == 0 {
		nothing := "the directory was true to the roster already"
		if run.Kind != ledger.OfRoster {
			nothing = "there was nothing to do"
		}
		fmt.Fprintf(&b, "Run %d%s: %s.\n", run.ID, partOf(run), nothing)
		_, err := io.WriteString(w, b.String())
		return err
	}
	fmt.Fprintf(&b, "Run %d%s: %d of %s done", run.ID, partOf(run), run.Done, count(run.Steps, "step", "steps"))
	if run.Failed > 0 {
		fmt.Fprintf(&b, ", %d failed", run.Failed)
	}
	if run.Held > 0 {
		fmt.Fprintf(&b, ", %d held", run.Held)
	}
	b.WriteString(".\n")
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "  failed: %s %s: %s (%s)\n", f.Kind, f.Key, f.Message, f.Rule)
	}
	for _, f := range r.Waiting {
		fmt.Fprintf(&b, "  waits: %s\n", f.Message)
	}
	for _, line := range advice {
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describeHeld says what to do about a roster that is held, in a run or, with 0,
// outside of one.
func describeHeld(err error, run int64) error {
	held, ok := errors.AsType[*engine.HeldRoster](err)
	if !ok {
		return err
	}
	remedy := "run sync with --accept-roster " + held.SHA256
	if run != 0 {
		remedy = fmt.Sprintf("%s accept %d --reason \"…\", then the same sync again", called(), run)
	}
	return fault.New(fault.Held, "%s (%s)\nIf the roster is right as it is: %s.", held.Message, held.Rule, remedy)
}
