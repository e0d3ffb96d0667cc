package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newRunsReplay(a *app) *cobra.Command {
	s := syncRun{app: a}
	cmd := &cobra.Command{
		Use:   "replay RUN -c homeroom.yaml",
		Short: "Sync once more with the roster of a run, as it was then",
		Long: `Reads the copy of the roster that a server, or sync --keep, kept of a run, plans by the
configuration of now, shows the plan, asks, and carries it out. Copies have no passwords:
with useRosterPasswords nobody is created who would get one of the roster's.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			return s.replay(cmd.Context(), args[0])
		},
	}
	s.flags(cmd)
	s.options.flags(cmd)
	return cmd
}

// replay syncs with the roster that was kept of a run.
func (s *syncRun) replay(ctx context.Context, number string) error {
	id, err := runNumber(number)
	if err != nil {
		return err
	}
	m, err := s.look(ctx)
	if err != nil {
		return err
	}
	run, err := m.Run(ctx, m.tenant, id)
	if err == nil {
		s.options.kept, err = m.openKept(ctx, run, s.progress.reading)
	}
	closing(m, &err)
	if err != nil {
		return err
	}
	defer s.options.kept.Close()
	return s.run(ctx, run.RosterPath)
}
