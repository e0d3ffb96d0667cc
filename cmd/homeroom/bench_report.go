package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/engine"
)

// benchReport is what was measured. Its names in JSON are stable.
type benchReport struct {
	Size     benchSize       `json:"size"` // that was asked for
	Format   string          `json:"format"`
	System   string          `json:"system"`
	Cores    int             `json:"cores"`
	Go       string          `json:"go"`
	Records  district.Counts `json:"records"` // of the first roster
	Rows     int             `json:"rows"`    // of all files of the last one
	Phases   []phase         `json:"phases"`
	Applying []applied       `json:"applying"`
	Numbers  []number        `json:"numbers"`
}

// phaseName names a phase in JSON.
type phaseName string

// The phases.
const (
	generate        phaseName = "generate"
	scanned         phaseName = "scan"
	checked         phaseName = "check"
	firstPlan       phaseName = "firstPlan"
	firstSync       phaseName = "firstSync"
	firstBare       phaseName = "firstBare"
	scannedAgain    phaseName = "scanAgain"
	planUnchanged   phaseName = "planUnchanged"
	syncUnchanged   phaseName = "syncUnchanged"
	generateChanged phaseName = "generateChanged"
	scannedChanged  phaseName = "scanChanged"
	planChanged     phaseName = "planChanged"
	syncChanged     phaseName = "syncChanged"
	bareChanged     phaseName = "bareChanged"
)

// title names a phase for people.
func (n phaseName) title() string {
	switch n {
	case scanned:
		return "bare scan"
	case firstPlan:
		return "first plan"
	case firstSync:
		return "first sync"
	case firstBare:
		return "its changes, bare"
	case scannedAgain:
		return "bare scan again"
	case planUnchanged:
		return "plan, no change"
	case syncUnchanged:
		return "sync, no change"
	case generateChanged:
		return "generate a day's changes"
	case scannedChanged:
		return "bare scan of those"
	case planChanged:
		return "plan, a day's changes"
	case syncChanged:
		return "sync, a day's changes"
	case bareChanged:
		return "these changes, bare"
	}
	return string(n)
}

// reads reports whether the phase reads the roster.
func (n phaseName) reads() bool {
	return n != generate && n != generateChanged && n != firstBare && n != bareChanged
}

// works reports whether the phase is work of Homeroom's, whose memory is limited.
func (n phaseName) works() bool {
	return n.reads() && n != scanned && n != scannedAgain && n != scannedChanged
}

// phase is what one process took.
type phase struct {
	Name    phaseName `json:"name"`
	Runs    int       `json:"runs"` // of which it is the median
	Seconds float64   `json:"seconds"`
	CPU     float64   `json:"cpuSeconds"`
	Memory  int64     `json:"peakBytes,omitempty"` // 0 where the system does not tell
	Ratio   float64   `json:"timesScan,omitempty"` // of the time, to the bare scan before
	Rows    int       `json:"rows,omitempty"`      // of the roster that was read
	Rate    float64   `json:"rowsPerSecond,omitempty"`
}

// applied is what a sync did after it had planned. An object is a change, and an owner
// or a member is one. Shares are of the time from the first batch to the last; as the
// target and the journal work at the same time, they may be more than 1 together.
type applied struct {
	Phase   phaseName `json:"phase"`
	Seconds float64   `json:"seconds"` // from the first batch to the last
	Changes int       `json:"changes"`
	Rate    float64   `json:"changesPerSecond"`
	Calls   int       `json:"calls"` // to the target, searches included
	PerK    float64   `json:"callsPerThousandChanges"`
	Target  float64   `json:"targetShare"`
	Search  float64   `json:"searchShare"`
	Journal float64   `json:"journalShare"` // and the lease's
	Waiting float64   `json:"targetIdleShare"`
	Held    int       `json:"heldSteps"`   // by the guard
	Bare    float64   `json:"bareSeconds"` // of the same changes in a directory alone
	OfBare  float64   `json:"ofBareSpeed"`
}

// newApplied tells what a run did, of whose time a part is not its own.
func newApplied(r engine.Report, foreign time.Duration) *applied {
	e := r.Effort
	e.Wall, e.Target = max(0, e.Wall-foreign), max(0, e.Target-foreign)
	wall := e.Wall.Seconds()
	share := func(seconds float64) float64 { return seconds / max(wall, 1e-9) }
	return &applied{
		Seconds: wall, Changes: e.Changes, Rate: e.Rate(), Calls: e.Calls, PerK: e.CallsPerThousand(),
		Target: share(e.Target.Seconds()), Search: share(e.Search.Seconds()), Journal: share(e.Journal.Seconds()),
		Waiting: e.Idle(), Held: r.Run.Held,
	}
}

// bare is what a directory took for changes alone.
type bare struct {
	Changes int     `json:"changes"`
	Seconds float64 `json:"seconds"`
}

func (a *applied) compare(b bare) {
	a.Bare = b.Seconds
	if a.Seconds > 0 {
		a.OfBare = b.Seconds / a.Seconds
	}
}

// begin writes what stands above the phases, which follow one by one.
func (b *bencher) begin() error {
	r := &b.report
	if b.app.output == "json" {
		return nil
	}
	_, err := fmt.Fprintf(b.cmd.OutOrStdout(), "%d people as %s on %s, %d cores, %s\n\n%24s %12s %12s %12s %8s %12s\n",
		r.Size.People, district.Format(r.Format), r.System, r.Cores, r.Go, "phase", "time", "CPU", "peak memory", "× scan", "rows/s")
	return err
}

// show writes a phase that is done.
func (b *bencher) show(p phase) error {
	if b.app.output == "json" {
		return nil
	}
	memory, ratio, rate := "", "", ""
	if p.Memory > 0 {
		memory = mebibytes(float64(p.Memory))
	}
	if p.Ratio > 0 {
		ratio, rate = fmt.Sprintf("%.1f", p.Ratio), fmt.Sprintf("%.0f", p.Rate)
	}
	out := b.cmd.OutOrStdout()
	_, err := fmt.Fprintf(out, "%24s %10.2f s %10.2f s %12s %8s %12s\n", p.Name.title(), p.Seconds, p.CPU, memory, ratio, rate)
	if err == nil && (p.Name == firstSync || p.Name == syncChanged) {
		a := b.report.Applying[len(b.report.Applying)-1]
		_, err = fmt.Fprintf(out, "%24s %10.2f s   %s, %.0f a second\n", "of it applying", a.Seconds, count(a.Changes, "change", "changes"), a.Rate)
	}
	return err
}

// end writes what is known when all is done.
func (b *bencher) end() error {
	out := b.cmd.OutOrStdout()
	if b.app.output == "json" {
		return writeJSON(out, b.report)
	}
	return errors.Join(b.report.writeApplying(out), b.report.writeNumbers(out))
}

func (r *benchReport) writeApplying(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, err := fmt.Fprint(w, "\napplying\ttime\tchanges\tchanges/s\tcalls\tcalls/1000\ttarget\ttarget waits\tjournal, lease\tbare\tof bare speed\theld steps\t\n")
	for _, a := range r.Applying {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\t%.2f s\t%d\t%.0f\t%d\t%.1f\t%s\t%s\t%s\t%.2f s\t%s\t%d\t\n", a.Phase.title(),
				a.Seconds, a.Changes, a.Rate, a.Calls, a.PerK, percent(a.Target), percent(a.Waiting), percent(a.Journal), a.Bare, percent(a.OfBare), a.Held)
		}
	}
	return errors.Join(err, w.Flush())
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

func mebibytes(n float64) string { return fmt.Sprintf("%.0f MiB", n/(1<<20)) }
