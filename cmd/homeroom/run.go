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

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/explain"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// toldRun is one run in detail.
type toldRun struct {
	shownRun
	HeldBy   map[string]int `json:"heldBy"` // steps by rule
	Failures []api.Failure  `json:"failures"`
	Waiting  []api.Failure  `json:"waiting"`
	Open     int            `json:"notCarriedOut"`

	run ledger.Run
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
	told := toldRun{shownRun: newShownRun(run), HeldBy: map[string]int{}, Failures: []api.Failure{}, Waiting: []api.Failure{}, run: run}
	if run.Planned && !run.Reduced {
		if err := told.sumUp(ctx, m); err != nil {
			return err
		}
	}
	switch a.output {
	case "json":
		return writeJSON(cmd.OutOrStdout(), told)
	case "csv":
		return told.writeCSV(cmd.OutOrStdout())
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
		told := newFailure(&step, o)
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

func newFailure(s *plan.Step, o plan.Outcome) api.Failure {
	told := api.Failure{
		Seq: s.Seq, Action: s.Action, Kind: s.Kind, Key: s.Key,
		Rule: o.Rule, Message: o.Message, Remedy: explain.Remedy(o.Rule, s.Kind), Outcome: o.Status,
	}
	if len(s.Why) > 0 {
		told.Record = s.Why[0].Record
	}
	return told
}

// writeCSV writes what failed and what waits as a table, a row for each step.
func (t *toldRun) writeCSV(w io.Writer) error {
	return api.WriteFailures(w, func(yield func(api.Failure, error) bool) {
		for _, f := range slices.Concat(t.Failures, t.Waiting) {
			if !yield(f, nil) {
				return
			}
		}
	})
}

// remedies returns what can be done about the failures, each rule once.
func (t *toldRun) remedies() []string {
	var all []string
	for _, s := range t.Failures {
		if s.Remedy != "" && !slices.Contains(all, s.Rule+": "+s.Remedy) {
			all = append(all, s.Rule+": "+s.Remedy)
		}
	}
	return all
}

// runTitle names a run and says how it ended.
func runTitle(r ledger.Run) string {
	return fmt.Sprintf("Run %d%s of %s: %s", r.ID, partOf(r), r.Started.Local().Format(time.DateTime), r.Status)
}

// steps counts the steps of the run by what became of them, "" for a run without a plan.
func (t *toldRun) steps() string {
	r := t.run
	switch {
	case !r.Planned:
		return ""
	case r.Reduced:
		return fmt.Sprintf("  steps    %d: %d done, %d failed, %d held; more than these counts is kept no longer\n", r.Steps, r.Done, r.Failed, r.Held)
	}
	return fmt.Sprintf("  steps    %d: %d done, %d failed, %d held, %d not carried out\n", r.Steps, r.Done, r.Failed, r.Held, t.Open)
}

func (t *toldRun) write(w io.Writer) error {
	r := t.run
	var b strings.Builder
	b.WriteString(runTitle(r) + "\n")
	if r.Message != "" {
		fmt.Fprintf(&b, "  %s (%s)\n", r.Message, r.Code)
	}
	if r.Kind == ledger.OfRoster {
		fmt.Fprintf(&b, "  roster   %s\n           SHA-256 %s\n", r.RosterPath, r.RosterSHA256)
	}
	if !r.Ended.IsZero() {
		fmt.Fprintf(&b, "  took     %s\n", r.Ended.Sub(r.Started).Round(time.Millisecond))
	}
	b.WriteString(t.steps())
	for _, rule := range slices.Sorted(maps.Keys(t.HeldBy)) {
		fmt.Fprintf(&b, "  held     %s: %s\n", rule, count(t.HeldBy[rule], "step", "steps"))
	}
	for _, s := range t.Failures {
		fmt.Fprintf(&b, "  failed   %s %s %s: %s (%s)\n", s.Action, s.Kind, s.Key, s.Message, s.Rule)
	}
	for _, remedy := range t.remedies() {
		fmt.Fprintf(&b, "  to do    %s\n", remedy)
	}
	for _, s := range t.Waiting {
		fmt.Fprintf(&b, "  waits    %s\n", s.Message)
	}
	for _, line := range append(t.advice(), heldAdvice(r, t.HeldBy)...) {
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// advice says which commands help further, but for those about held steps.
func (t *toldRun) advice() (lines []string) {
	r := t.run
	if r.Planned && !r.Reduced {
		lines = append(lines, fmt.Sprintf("`homeroom plans %d` shows every step.", r.ID))
	}
	if isHeldRoster(r.Code) {
		lines = append(lines, fmt.Sprintf("`homeroom accept %d --reason \"…\"` says that the roster is right; then the same sync again. If it is wrong, the next one is taken.", r.ID))
	}
	if len(t.Failures) > 0 {
		lines = append(lines, fmt.Sprintf("`homeroom runs retry %d` tries what failed once more; the next sync does, too.", r.ID))
	}
	return lines
}
