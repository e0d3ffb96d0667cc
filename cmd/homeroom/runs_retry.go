package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

func newRunsRetry(a *app) *cobra.Command {
	s := syncRun{app: a}
	cmd := &cobra.Command{
		Use:   "retry RUN -c homeroom.yaml",
		Short: "Try once more what failed in a run, and nothing else",
		Long: `Plans anew, from the roster that the run was made of as it is now, for the objects of
the steps that failed or waited alone, shows the plan, asks, and carries it out. The
next sync tries all of that, too.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			return s.retry(cmd.Context(), args[0])
		},
	}
	s.flags(cmd)
	s.options.configFlag(cmd)
	s.options.limit = shownSteps
	return cmd
}

// retry syncs the part of a roster that failed in a run.
func (s *syncRun) retry(ctx context.Context, number string) error {
	id, err := runNumber(number)
	if err != nil {
		return err
	}
	m, err := s.look(ctx)
	if err != nil {
		return err
	}
	run, keys, err := m.shortOf(ctx, id)
	closing(m, &err)
	if err != nil {
		return err
	}
	s.options.only = keys
	return s.run(ctx, run.RosterPath)
}

// shortOf returns a run, and the keys of the objects of which something failed in it, or
// waited.
func (m *memory) shortOf(ctx context.Context, id int64) (ledger.Run, []string, error) {
	run, err := m.Run(ctx, m.tenant, id)
	if err != nil {
		return run, nil, err
	}
	if run.Kind != ledger.OfRoster {
		return run, nil, fault.New(fault.Invalid, "Run %d was a %s. Make that again: it tries once more what failed.", id, run.Kind)
	}
	short, err := m.shortSteps(ctx, run)
	if err != nil {
		return run, nil, err
	}
	var keys []string
	for step, err := range short {
		if err != nil {
			return run, nil, err
		}
		keys = append(keys, step.Key)
	}
	if len(keys) == 0 {
		return run, nil, fault.New(fault.Invalid, "Nothing failed in run %d.", id)
	}
	slices.Sort(keys)
	return run, slices.Compact(keys), nil
}
