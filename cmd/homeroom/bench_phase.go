package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
)

// bencher makes a measurement.
type bencher struct {
	app     *app
	cmd     *cobra.Command
	program string // this one, which is started for every phase
	options benchOptions
	dir     string
	report  benchReport
	scanned float64 // seconds that the bare scan took last
}

// task is a process to be measured.
type task struct {
	phase  phaseName
	args   []string
	before func(context.Context) error // what is done first, unmeasured; nil for nothing
	repeat bool                        // it changes nothing, so that the median of several can be taken
	tells  bool                        // it prints figures
}

// tasks returns all phases in their order. What is compared with a bare scan comes
// right behind one of the same files, so that both find them in the system's cache,
// as far as they fit in there, and the same other load on the machine.
func (b *bencher) tasks() []task {
	path := func(name string) string { return filepath.Join(b.dir, name) }
	today, tomorrow, with := path("today"), path("tomorrow"), []string{"-c", path(benchConfig), "--data", path("data")}
	calls, more, bare := path("calls"), path("calls-changed"), path("bare")
	command := func(tail []string, words ...string) []string { return append(words, tail...) }
	return []task{
		{phase: generate, args: command(b.options.flags(), "generate", "--out", today), tells: true},
		{phase: scanned, args: command(nil, "bench", "scan", today), repeat: true, tells: true},
		{phase: checked, args: command(nil, "check", today), repeat: true},
		{phase: firstPlan, args: command(with, "plan", today)},
		{phase: firstSync, args: command(with, "bench", "sync", today, "--calls", calls), tells: true, before: b.makeTwins},
		{phase: firstBare, args: command(nil, "bench", "bare", calls, "--data", bare), tells: true},
		{phase: scannedAgain, args: command(nil, "bench", "scan", today), repeat: true, tells: true},
		{phase: planUnchanged, args: command(with, "plan", today), repeat: true},
		{phase: syncUnchanged, args: command(with, "sync", "--yes", today), repeat: true},
		{phase: generateChanged, args: command(b.options.flags(), "generate", "--out", tomorrow, "--churn", churn), tells: true},
		{phase: scannedChanged, args: command(nil, "bench", "scan", tomorrow), repeat: true, tells: true},
		{phase: planChanged, args: command(with, "plan", tomorrow)},
		{phase: syncChanged, args: command(with, "bench", "sync", tomorrow, "--calls", more), tells: true},
		{phase: bareChanged, args: command(nil, "bench", "bare", more, "--data", bare), tells: true},
	}
}

// makeTwins makes the data folder and its copy: two empty directories that give the
// same ids to the same objects.
func (b *bencher) makeTwins(ctx context.Context) error {
	a := *b.app
	a.dataDir = filepath.Join(b.dir, "data")
	m, err := a.open(ctx)
	if err != nil {
		return err
	}
	_, err = m.embedded(ctx)
	if err := errors.Join(err, m.Close()); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(b.dir, "bare"), os.DirFS(a.dataDir))
}

// figures are what a process tells of its work.
type figures struct {
	Rows    int              `json:"rows"`    // that were read
	Records *district.Counts `json:"records"` // that were generated
	Applied *applied         `json:"applied"`
	Bare    *bare            `json:"bare"`
}

// measure runs a task, several times where it can be repeated, and reports it.
func (b *bencher) measure(ctx context.Context, t task) error {
	if t.before != nil {
		if err := t.before(ctx); err != nil {
			return err
		}
	}
	if err := b.announce(t.phase); err != nil {
		return err
	}
	var runs []phase
	var told figures
	for spent := 0.0; again(t, len(runs), spent); spent += runs[len(runs)-1].Seconds {
		p, err := b.start(ctx, t, &told)
		if err != nil {
			return err
		}
		runs = append(runs, p)
	}
	return b.take(middle(runs), told)
}

// Whatever can be repeated is, this often or for this long, so that its time is
// steady on a machine that has other work.
const (
	fewRuns, manyRuns   = 3, 9
	fewSeconds, seconds = 1.0, 60.0
)

// again reports whether a task is to run another time.
func again(t task, runs int, spent float64) bool {
	switch {
	case runs == 0:
		return true
	case !t.repeat || spent >= seconds:
		return false
	}
	return runs < fewRuns || runs < manyRuns && spent < fewSeconds
}

// middle returns the median of several runs, with the highest peak of memory.
func middle(runs []phase) phase {
	median := func(of func(phase) float64) float64 {
		var all []float64
		for _, p := range runs {
			all = append(all, of(p))
		}
		slices.Sort(all)
		return all[(len(all)-1)/2]
	}
	p := phase{
		Name: runs[0].Name, Runs: len(runs),
		Seconds: median(func(p phase) float64 { return p.Seconds }),
		CPU:     median(func(p phase) float64 { return p.CPU }),
	}
	for _, run := range runs {
		p.Memory = max(p.Memory, run.Memory)
	}
	return p
}

// start runs one process.
func (b *bencher) start(ctx context.Context, t task, told *figures) (phase, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, b.program, t.args...) //nolint:gosec // the program itself, with arguments from here
	cmd.Stderr = b.errOut()
	if t.tells {
		cmd.Stdout = &out
	}
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began).Seconds()
	if cmd.ProcessState.ExitCode() == exitHeld {
		err = nil // the report tells of held steps
	}
	if err == nil && t.tells {
		err = json.Unmarshal(out.Bytes(), told)
	}
	if err != nil {
		return phase{}, fault.Wrap(err, fault.Internal, "Measuring %q failed", t.phase.title())
	}
	return phase{
		Name: t.phase, Seconds: took, Memory: peakMemory(cmd.ProcessState),
		CPU: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
	}, nil
}

// errOut returns where processes tell how far they are: the terminal itself, so that
// they draw there as ever, if it is one.
func (b *bencher) errOut() io.Writer {
	if t := terminal(b.app.progress.out); t != nil && b.app.output == "text" {
		return t
	}
	return b.cmd.ErrOrStderr()
}

// announce says what is measured now, where no bar does.
func (b *bencher) announce(p phaseName) error {
	_, isTerminal := b.errOut().(*os.File)
	if isTerminal {
		return nil
	}
	_, err := fmt.Fprintf(b.errOut(), "%s …\n", p.title())
	return err
}

// take puts a phase into the report and shows it.
func (b *bencher) take(p phase, told figures) error {
	r := &b.report
	switch {
	case told.Records != nil && p.Name == generate:
		r.Records = *told.Records
	case told.Rows > 0:
		r.Rows, b.scanned = told.Rows, p.Seconds
	case told.Applied != nil:
		told.Applied.Phase = p.Name
		r.Applying = append(r.Applying, *told.Applied)
	case told.Bare != nil:
		r.Applying[len(r.Applying)-1].compare(*told.Bare)
	}
	if b.scanned > 0 && p.Name.reads() {
		p.Ratio = p.Seconds / b.scanned
		p.Rows = r.Rows
		p.Rate = float64(p.Rows) / p.Seconds
	}
	r.Phases = append(r.Phases, p)
	return b.show(p)
}
