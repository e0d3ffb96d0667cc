package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

func newDecide(a *app) *cobra.Command {
	var d decide
	var by string
	cmd := &cobra.Command{
		Use:   "decide {KEY | --org ORG | --all} {same | new}",
		Short: "Say whether a class whose id came back is still the same class",
		Long: `A class id that comes back in another school year may be another class's. Its group
is held until somebody decides:

  same  it is the same class: its group goes on, with the roster's people in it
  new   it is another class: the group stays as it is, under names with ExpMMYY_
        before them, and a new one is made

What is decided holds for these school years, until a run has done it.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := d.read(args); err != nil {
				return err
			}
			ctx := cmd.Context()
			a.progress.begin("reading the plan")
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			run, decisions, err := d.find(ctx, m, personOr(by))
			if err != nil {
				return err
			}
			if err := m.DecideClasses(ctx, run.Scope, decisions, d.audited(run, decisions, personOr(by))); err != nil {
				return err
			}
			for _, one := range decisions {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "decided: %s is %s\n", one.Key, d.called()); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "Run the same sync again.")
			return err
		},
	}
	cmd.Flags().StringVar(&d.org, "org", "", "decide of all classes of this organization that wait")
	cmd.Flags().BoolVar(&d.all, "all", false, "decide of all classes that wait")
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the name of your account)")
	cmd.Flags().StringVar(&d.target, "target", "", "the directory that the run was for (default: that of the last run)")
	return cmd
}

// decide is what was asked on the command line.
type decide struct {
	key, org string
	all      bool
	choice   plan.Choice
	target   string
}

// read reads the arguments: the key, where no flag says of what to decide, and the choice.
func (d *decide) read(args []string) error {
	d.choice = plan.Choice(args[len(args)-1])
	if d.choice != plan.SameClass && d.choice != plan.NewClass {
		return fault.New(fault.Invalid, "It is %q what is decided last: same or new, as in homeroom decide Section_112001 new.", d.choice)
	}
	named := 0
	for _, given := range []bool{len(args) == 2, d.org != "", d.all} {
		if given {
			named++
		}
	}
	if named != 1 {
		return fault.New(fault.Invalid, "Say of what you decide: of one class by its key, or of several with --org or --all.")
	}
	if len(args) == 2 {
		d.key = args[0]
	}
	return nil
}

// find returns the last run, and the decisions about what it holds that waits for one.
func (d *decide) find(ctx context.Context, m *memory, by string) (ledger.Run, []ledger.ClassDecision, error) {
	target, err := m.target(ctx, d.target)
	if err != nil {
		return ledger.Run{}, nil, err
	}
	runs, err := m.Runs(ctx, m.scope(target), 1000)
	if err != nil {
		return ledger.Run{}, nil, err
	}
	planned := slices.IndexFunc(runs, func(r ledger.Run) bool { return r.Planned && len(r.Only) == 0 && r.Kind == ledger.OfRoster })
	if planned < 0 {
		return ledger.Run{}, nil, fault.New(fault.NotFound, "No run holds anything: nothing waits for you.")
	}
	run := runs[planned]
	var decisions []ledger.ClassDecision
	for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
		if err != nil {
			return run, nil, err
		}
		if step.Held == nil || step.Held.Rule != plan.IDReused || !d.means(&step) {
			continue
		}
		decisions = append(decisions, ledger.ClassDecision{
			Key: step.Key, Years: step.Set[directory.SchoolYears].To, Choice: string(d.choice), By: by, At: time.Now(),
		})
	}
	if len(decisions) == 0 {
		return run, nil, fault.New(fault.NotFound, "Run %d holds no such class (%s); homeroom plans %d shows what it holds.", run.ID, plan.IDReused, run.ID)
	}
	return run, decisions, nil
}

// audited is the record of decisions.
func (d *decide) audited(run ledger.Run, decisions []ledger.ClassDecision, by string) outbound.Entry {
	keys := make([]string, len(decisions))
	for i, one := range decisions {
		keys[i] = one.Key
	}
	entry := commanded(run, "decide", by)
	entry.Changes, _ = json.Marshal(map[string]any{"choice": d.choice, "classes": keys}) // texts always marshal
	return entry
}

func (d *decide) means(s *plan.Step) bool {
	return d.all || d.org != "" && s.Org == d.org || d.key != "" && s.Key == d.key
}

// called returns what people call a choice.
func (d *decide) called() string {
	if d.choice == plan.NewClass {
		return "another class: its group goes out of use, and a new one is made"
	}
	return "the same class: its group goes on"
}
