package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

func newPlans(a *app) *cobra.Command {
	var target string
	var all bool
	cmd := &cobra.Command{
		Use:   "plans [RUN]",
		Short: "Show the plan of a run again, with what became of it",
		Long: `Shows the plan that a run carried out, as it was stored: of the latest run that
has one, unless another is named. Where a step was not carried out, it says why.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			a.progress.begin("reading the plan")
			if err := a.checkOutput(planForms()...); err != nil {
				return err
			}
			m, err := a.look(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			run, err := m.plannedRun(ctx, target, args)
			if err != nil {
				return err
			}
			p, err := m.storedPlan(ctx, run)
			if err != nil {
				return err
			}
			shown := shownPlan{Plan: p, title: runTitle(run)}
			if shown.names, err = m.ledgerNames(ctx, run.Scope); err != nil {
				return err
			}
			if a.output == "text" {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n", shown.title); err != nil {
					return err
				}
			}
			limit := shownSteps
			if all {
				limit = 0
			}
			return a.writePlan(long(ctx, cmd.OutOrStdout(), a.progress), shown, limit)
		},
	}
	a.outputFlag(cmd, planForms()...)
	cmd.Flags().BoolVar(&all, "all", false, "show every step, not only the first of each group")
	cmd.Flags().StringVar(&target, "target", "", "the directory that the run was for (default: that of the last run)")
	return cmd
}

// plannedRun returns the run that the argument names, or else the latest one that has
// a plan.
func (m *memory) plannedRun(ctx context.Context, target string, args []string) (ledger.Run, error) {
	if len(args) > 0 {
		id, err := runNumber(args[0])
		if err != nil {
			return ledger.Run{}, err
		}
		return m.Run(ctx, m.tenant, id)
	}
	target, err := m.target(ctx, target)
	if err != nil {
		return ledger.Run{}, err
	}
	runs, err := m.Runs(ctx, m.scope(target), 1000)
	if err != nil {
		return ledger.Run{}, err
	}
	for _, run := range runs {
		if run.Planned {
			return run, nil
		}
	}
	return ledger.Run{}, fault.New(fault.NotFound, "There is no stored plan yet: it comes with the first sync.")
}
