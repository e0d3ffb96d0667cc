package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/homeroomhq/homeroom/district"
)

// number is one number to hold, and what was measured.
type number struct {
	Name     string  `json:"name"`
	Phase    string  `json:"phase"`
	Unit     unit    `json:"unit"`
	AtLeast  bool    `json:"atLeast"` // the goal is; else it is at most
	Goal     float64 `json:"goal"`
	Measured float64 `json:"measured"`
	Held     bool    `json:"held"`

	what string // for people
}

// unit is what a number counts.
type unit string

const (
	timesScan unit = "timesScan"
	moreTime  unit = "seconds"
	memoryOf  unit = "bytes"
	perSecond unit = "changesPerSecond"
	shareOf   unit = "share"
	timesOne  unit = "timesOneServer"
)

// text writes a value with its unit.
func (u unit) text(value float64) string {
	switch u {
	case timesScan:
		return fmt.Sprintf("%.1f × scan", value)
	case moreTime:
		return fmt.Sprintf("%.1f s", value)
	case memoryOf:
		return mebibytes(value)
	case shareOf:
		return percent(value)
	case timesOne:
		return fmt.Sprintf("%.1f × one", value)
	}
	return fmt.Sprintf("%.0f/s", value)
}

// The goals (design, "Numbers to hold").
const (
	readingGoal   = 2.5       // times the bare scan
	unchangedGoal = 5         // times the bare scan, reading included
	runGoal       = 2         // seconds that a run without changes takes longer than its plan
	referenceGoal = 1 << 30   // bytes, for the first plan of the reference run
	countryGoal   = 8 << 30   // bytes, for every phase of a country
	rateGoal      = 20_000    // changes a second, to the embedded directory
	ofBareGoal    = 0.9       // of the directory's speed when it is driven bare
	journalGoal   = 0.15      // of the time, for journal and lease
	memoryBase    = 200 << 20 // bytes, whatever the size
)

// memoryGoal returns how much memory a roster may take.
func memoryGoal(c district.Counts) float64 {
	people := c.Students + c.Staff + c.Guardians
	return memoryBase + 250*float64(people) + 200*float64(c.Classes) + 20*float64(c.Enrollments)
}

// judge compares what was measured with the goals.
func (r *benchReport) judge() {
	var largest, plan phase
	for _, p := range r.Phases {
		if p.Name.works() && p.Memory > largest.Memory {
			largest = p
		}
		switch p.Name {
		case checked:
			r.atMost("reading", p.Name, "reading and checking", timesScan, readingGoal, p.Ratio)
		case planUnchanged:
			plan = p
			r.atMost("planUnchanged", p.Name, "plan without changes, reading included", timesScan, unchangedGoal, p.Ratio)
		case syncUnchanged:
			r.atMost("syncUnchanged", p.Name, "sync without changes, beyond its plan", moreTime, runGoal, p.Seconds-plan.Seconds)
		case firstPlan:
			if r.Size == referenceSize() {
				r.atMost("referenceMemory", p.Name, "memory of the first plan of the reference run", memoryOf, referenceGoal, float64(p.Memory))
			}
		}
	}
	if largest.Memory > 0 {
		r.atMost("memory", largest.Name, "memory at peak ("+largest.Name.title()+")", memoryOf, memoryGoal(r.Records), float64(largest.Memory))
		if r.Size == countrySize() {
			r.atMost("countryMemory", largest.Name, "memory for a country", memoryOf, countryGoal, float64(largest.Memory))
		}
	}
	for _, a := range r.Applying {
		r.judgeApplying(a)
	}
}

func (r *benchReport) judgeApplying(a applied) {
	of := ", " + a.Phase.title()
	r.atLeast("changesPerSecond", a.Phase, "changes a second"+of, perSecond, rateGoal, a.Rate)
	r.atLeast("ofBareSpeed", a.Phase, "share of the directory's own speed"+of, shareOf, ofBareGoal, a.OfBare)
	r.atMost("journal", a.Phase, "time lost to journal, lease and run"+of, shareOf, journalGoal, a.Waiting)
}

func (r *benchReport) atMost(name string, of phaseName, what string, u unit, goal, measured float64) {
	r.Numbers = append(r.Numbers, number{
		Name: name, Phase: string(of), what: what, Unit: u, Goal: goal, Measured: measured, Held: measured <= goal,
	})
}

func (r *benchReport) atLeast(name string, of phaseName, what string, u unit, goal, measured float64) {
	r.Numbers = append(r.Numbers, number{
		Name: name, Phase: string(of), what: what, Unit: u, AtLeast: true, Goal: goal, Measured: measured, Held: measured >= goal,
	})
}

func (r *benchReport) writeNumbers(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprint(w, "\nnumbers to hold\tgoal\tmeasured\t\n")
	for _, n := range r.Numbers {
		bound, verdict := "≤ ", "not held"
		if n.AtLeast {
			bound = "≥ "
		}
		if n.Held {
			verdict = "held"
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", n.what, bound+n.Unit.text(n.Goal), n.Unit.text(n.Measured), verdict)
		}
	}
	return errors.Join(err, w.Flush())
}
