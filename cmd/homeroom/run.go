package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// toldRun is one run in detail.
type toldRun struct {
	shownRun
	HeldBy   map[string]int `json:"heldBy"` // steps by rule
	Failures []toldStep     `json:"failures"`
	Waiting  []toldStep     `json:"waiting"`
	Open     int            `json:"notCarriedOut"`

	run ledger.Run
}

// toldStep is a step that was not, or not wholly, carried out.
type toldStep struct {
	Seq     int            `json:"seq"`
	Action  plan.Action    `json:"action"`
	Kind    directory.Kind `json:"kind"`
	Key     string         `json:"key"`
	Rule    string         `json:"rule"`
	Message string         `json:"message"`
}

// tellRun tells of one run what became of it, and why.
func (a *app) tellRun(cmd *cobra.Command, m *memory, number string) error {
	ctx := cmd.Context()
	id, err := runNumber(number)
	if err != nil {
		return err
	}
	run, err := m.Run(ctx, m.tenant, id)
	if err != nil {
		return err
	}
	told := toldRun{shownRun: newShownRun(run), HeldBy: map[string]int{}, Failures: []toldStep{}, Waiting: []toldStep{}, run: run}
	if run.Planned {
		if err := told.sumUp(ctx, m); err != nil {
			return err
		}
	}
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), told)
	}
	return told.write(cmd.OutOrStdout())
}

// sumUp goes through the steps of the run.
func (t *toldRun) sumUp(ctx context.Context, m *memory) error {
	outcome, err := m.outcomes(ctx, t.run)
	if err != nil {
		return err
	}
	for step, err := range m.Steps(ctx, m.tenant, t.run.ID, 1) {
		if err != nil {
			return err
		}
		o := outcome(&step)
		told := toldStep{step.Seq, step.Action, step.Kind, step.Key, o.Rule, o.Message}
		switch o.Status {
		case plan.Held:
			t.HeldBy[step.Held.Rule]++
		case plan.Failed:
			t.Failures = append(t.Failures, told)
		case plan.Waiting:
			t.Waiting = append(t.Waiting, told)
		case plan.Open:
			t.Open++
		case plan.Done:
		}
	}
	return nil
}

// runTitle names a run and says how it ended.
func runTitle(r ledger.Run) string {
	return fmt.Sprintf("Run %d%s of %s: %s", r.ID, partOf(r), r.Started.Local().Format(time.DateTime), r.Status)
}

func (t *toldRun) write(w io.Writer) error {
	r := t.run
	var b strings.Builder
	b.WriteString(runTitle(r) + "\n")
	if r.Message != "" {
		fmt.Fprintf(&b, "  %s (%s)\n", r.Message, r.Code)
	}
	fmt.Fprintf(&b, "  roster   %s\n           SHA-256 %s\n", r.RosterPath, r.RosterSHA256)
	if !r.Ended.IsZero() {
		fmt.Fprintf(&b, "  took     %s\n", r.Ended.Sub(r.Started).Round(time.Millisecond))
	}
	if r.Planned {
		fmt.Fprintf(&b, "  steps    %d: %d done, %d failed, %d held, %d not carried out\n", r.Steps, r.Done, r.Failed, r.Held, t.Open)
	}
	for _, rule := range slices.Sorted(maps.Keys(t.HeldBy)) {
		fmt.Fprintf(&b, "  held     %s: %s\n", rule, count(t.HeldBy[rule], "step", "steps"))
	}
	for _, s := range t.Failures {
		fmt.Fprintf(&b, "  failed   %s %s %s: %s (%s)\n", s.Action, s.Kind, s.Key, s.Message, s.Rule)
	}
	for _, s := range t.Waiting {
		fmt.Fprintf(&b, "  waits    %s\n", s.Message)
	}
	if r.Planned {
		fmt.Fprintf(&b, "`homeroom plans %d` shows every step.\n", r.ID)
	}
	if len(t.HeldBy) > 0 {
		fmt.Fprintf(&b, "`homeroom approve %d` lets the held steps pass; then the same sync again.\n", r.ID)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
