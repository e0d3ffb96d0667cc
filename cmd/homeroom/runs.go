package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

const runsShown = 20

func newRuns(a *app) *cobra.Command {
	var target string
	cmd := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "List the latest runs, or tell of one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			a.progress.begin("reading the runs")
			if err := a.checkOutput("csv"); err != nil {
				return err
			}
			if a.output == "csv" && len(args) == 0 {
				return fault.New(fault.Invalid, "As a table there is what failed in one run: name it.")
			}
			m, err := a.look(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if len(args) > 0 {
				return a.tellRun(cmd, m, args[0])
			}
			if target, err = m.target(ctx, target); err != nil {
				return err
			}
			runs, err := m.Runs(ctx, m.scope(target), runsShown)
			if err != nil {
				return err
			}
			if a.output == "json" {
				shown := []shownRun{}
				for _, r := range runs {
					shown = append(shown, newShownRun(r))
				}
				return writeJSON(cmd.OutOrStdout(), shown)
			}
			if len(runs) == 0 {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "There was no run yet.")
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if _, err := fmt.Fprintln(w, "RUN\tSTARTED\tSTATUS\tSTEPS\tDONE\tHELD\tFAILED\tROSTER\t"); err != nil {
				return err
			}
			for _, r := range runs {
				_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", r.ID,
					r.Started.Local().Format(time.DateTime), r.Status, r.Steps, r.Done, r.Held, r.Failed, strings.TrimSpace(r.RosterPath+partOf(r)), r.Code)
				if err != nil {
					return err
				}
			}
			return w.Flush()
		},
	}
	a.outputFlag(cmd, "csv")
	cmd.Flags().StringVar(&target, "target", "", "the directory that the runs were for (default: that of the last run)")
	cmd.AddCommand(newRunsRetry(a), newRunsReplay(a), newRunsCancel(a))
	return cmd
}

// shownRun is the JSON form of a run.
type shownRun struct {
	ID           int64         `json:"id"`
	Kind         ledger.Kind   `json:"kind,omitempty"` // revert, cleanup or repair; none for a run of a roster
	Of           int64         `json:"of,omitempty"`   // the run that was reverted
	Status       ledger.Status `json:"status"`
	Started      time.Time     `json:"startDateTime"`
	Ended        *time.Time    `json:"endDateTime"`
	RosterPath   string        `json:"rosterPath"`
	RosterSHA256 string        `json:"rosterSha256"`
	Only         []string      `json:"only,omitempty"`
	Steps        int           `json:"steps"`
	Done         int           `json:"done"`
	Held         int           `json:"held"`
	Failed       int           `json:"failed"`
	Code         string        `json:"code,omitempty"`
	Message      string        `json:"message,omitempty"`
	Reduced      bool          `json:"reduced,omitempty"` // only counts are kept
}

func newShownRun(r ledger.Run) shownRun {
	s := shownRun{r.ID, r.Kind, r.Of, r.Status, r.Started.UTC(), nil, r.RosterPath, r.RosterSHA256, r.Only, r.Steps, r.Done, r.Held, r.Failed, r.Code, r.Message, r.Reduced}
	if !r.Ended.IsZero() {
		ended := r.Ended.UTC()
		s.Ended = &ended
	}
	return s
}

// partOf says what a run was limited to, or what it was in place of a sync, "" for
// nothing.
func partOf(r ledger.Run) string {
	switch {
	case r.Kind == ledger.Revert:
		return fmt.Sprintf(" (revert of run %d)", r.Of)
	case r.Kind != ledger.OfRoster:
		return " (" + string(r.Kind) + ")"
	case len(r.Only) == 0:
		return ""
	}
	return " (only " + strings.Join(r.Only, ", ") + ")"
}

// commandOf names the command that makes runs such as this one.
func commandOf(r ledger.Run) string {
	switch r.Kind {
	case ledger.OfRoster:
		return "sync"
	case ledger.Repair:
		return "drift --repair"
	case ledger.Revert, ledger.Cleanup:
	}
	return string(r.Kind)
}

// findRun returns the run that the argument names, or else the latest one that
// fits, because it holds what is asked for.
func (m *memory) findRun(ctx context.Context, target string, args []string, what string, fits func(ledger.Run) bool) (ledger.Run, error) {
	var id int64
	if len(args) > 0 {
		var err error
		if id, err = runNumber(args[0]); err != nil {
			return ledger.Run{}, err
		}
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
		switch {
		case id == 0 && fits(run):
			return run, nil
		case id != 0 && run.ID == id && !fits(run):
			return run, fault.New(fault.Invalid, "Run %d holds no %s; homeroom runs shows which one does.", id, what)
		case id != 0 && run.ID == id:
			return run, nil
		}
	}
	if id != 0 {
		return ledger.Run{}, fault.New(fault.NotFound, "There is no run %d; homeroom runs lists them.", id)
	}
	return ledger.Run{}, fault.New(fault.NotFound, "No run holds any %s: nothing waits for you.", what)
}

// runNumber reads the number of a run.
func runNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%q is no number of a run; homeroom runs lists them.", text)
	}
	return id, nil
}
