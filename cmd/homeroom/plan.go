package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/roster"
)

func newPlan(a *app) *cobra.Command {
	var o runOptions
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan PATH -c homeroom.yaml",
		Short: "Show what a roster would change, and change nothing",
		Long: `Reads a roster and shows what a sync would do: what is created, changed and
removed, why, what is held back and what is skipped. It writes nothing, takes no
lease, and makes no data folder.

Exit codes: 0, or with --detailed-exitcode 2 when there is something to do;
4 when the roster cannot be used, 5 when it lacks too much of the last one.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(planForms()...); err != nil {
				return err
			}
			prepared, err := a.dryRun(cmd.Context(), &o, args[0])
			if err != nil {
				return err
			}
			if _, err := io.WriteString(cmd.ErrOrStderr(), o.rosterNote(args[0])); err != nil {
				return err
			}
			if err := a.printPlan(long(cmd.Context(), cmd.OutOrStdout(), a.progress), prepared, o.shown()); err != nil {
				return err
			}
			if detailed && prepared.Plan.Len() > 0 {
				return exitCode(exitChanges)
			}
			return nil
		},
	}
	a.outputFlag(cmd, planForms()...)
	o.flags(cmd)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when there is something to do")
	return cmd
}

// dryRun prepares a run and goes no further.
func (a *app) dryRun(ctx context.Context, o *runOptions, path string) (prepared *engine.Prepared, err error) {
	request, c, err := a.request(ctx, o, path)
	if err != nil {
		return nil, err
	}
	m, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer closing(m, &err)
	target, err := openTarget(ctx, m, c)
	if err != nil {
		return nil, err
	}
	preparer := engine.Preparer{Store: m.Store, Target: target, Scope: m.scope(c.Target), Now: time.Now, Wait: wait, Progress: a.progress.running}
	prepared, err = preparer.Prepare(ctx, request)
	if err != nil {
		return nil, describeHeld(err, 0)
	}
	return prepared, nil
}

// runOptions are the flags of the commands that plan.
type runOptions struct {
	config       string
	named        func() bool // whether the command line names config; nil when it does
	ofAPI        bool        // what the API configured is used in place of config
	acceptRoster string
	strict       bool // the roster is read without aliases
	only         []string
	all          bool  // show all steps
	limit        int   // of steps to show in a group, unless all are shown
	kept         *kept // is read in place of what lies at the path; nil for none

	problems []roster.Problem // of the roster that request read
}

func (o *runOptions) flags(cmd *cobra.Command) {
	o.configFlag(cmd)
	cmd.Flags().StringVar(&o.acceptRoster, "accept-roster", "", "take the roster with this SHA-256 however much it shrank")
	strictFlag(cmd, &o.strict)
	cmd.Flags().StringSliceVar(&o.only, "only", nil, "look at these objects alone: keys, or ids of organizations")
	cmd.Flags().BoolVar(&o.all, "all", false, "show every step, not only the first of each group")
	o.limit = shownSteps
}

// shown returns how many steps of a group are shown; 0 for all.
func (o *runOptions) shown() int {
	if o.all {
		return 0
	}
	return o.limit
}

// request reads configuration and roster. Of a roster that cannot be used it returns the
// configuration all the same.
func (a *app) request(ctx context.Context, o *runOptions, path string) (engine.Request, *config, error) {
	c, err := a.configuration(ctx, o)
	if err != nil {
		return engine.Request{}, nil, err
	}
	if err := c.checkExpiry(); err != nil {
		return engine.Request{}, nil, err
	}
	r, problems, err := a.rosterOf(ctx, o, path, c.Codes)
	o.problems = problems
	if err != nil {
		return engine.Request{}, c, err
	}
	today := roster.DateOf(time.Now().In(c.TimeZone))
	return engine.Request{
		Roster: r, RosterPath: path, Problems: problems, Codes: c.Codes, Settings: c.Settings, Limits: c.Limits,
		AsOf: today, Rollover: c.Rollover.has(today), Reused: c.Reused, Only: o.only, AcceptRoster: o.acceptRoster,
	}, c, nil
}

// rosterOf reads the roster that is asked for.
func (a *app) rosterOf(ctx context.Context, o *runOptions, path string, codes *roster.Codes) (*roster.Roster, []roster.Problem, error) {
	if o.kept != nil {
		return usable(readSnapshot(ctx, o.kept.Source, codes, o.strict))
	}
	return a.useRoster(ctx, path, codes, o.strict)
}

// rosterNote says how many problems the roster has, "" for none.
func (o *runOptions) rosterNote(path string) string {
	errs, warnings := 0, 0
	for _, p := range o.problems {
		n := max(1, p.Count)
		if p.Severity == roster.Error {
			errs += n
		} else {
			warnings += n
		}
	}
	if errs+warnings == 0 {
		return ""
	}
	return fmt.Sprintf("The roster has problems (errors: %d, warnings: %d); `homeroom check %s` lists them.\n", errs, warnings, path)
}
