package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
)

// benchSize says how much is measured; 0 leaves a number to the generator.
type benchSize struct {
	People      int `json:"people"`
	Orgs        int `json:"organizations,omitempty"`
	Classes     int `json:"classes,omitempty"`
	Enrollments int `json:"enrollments,omitempty"`
}

const benchPeople = 20_000 // unless another number is asked for

// referenceSize is that of the documented reference run (domain page G.1).
func referenceSize() benchSize {
	return benchSize{People: 278_473, Orgs: 16, Classes: 565_987, Enrollments: 1_235_120}
}

func countrySize() benchSize {
	return benchSize{People: 10_000_000, Classes: 4_000_000, Enrollments: 100_000_000}
}

// churn is the change of a typical day (domain page G.1).
const churn = "created=1%,deleted=1%,changed=5%"

func newBench(a *app) *cobra.Command {
	var size benchSize
	var reference, country bool
	var dir string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reading, planning and applying on this machine",
		Long: `Makes up a roster, then measures what it takes to check it, to plan it for an empty
directory, to carry that plan out in the embedded directory, to plan it again, and
to plan and carry out a day's changes. Every step is a process of its own, so that
its peak of memory is its own, and is compared with a bare reading of the same
files, since machines differ. docs/performance.md explains the figures.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			switch {
			case reference && country:
				return fault.New(fault.Invalid, "Choose --reference or --country, not both.")
			case reference:
				size = referenceSize()
			case country:
				size = countrySize()
			}
			return a.bench(cmd, dir, size)
		},
	}
	a.outputFlag(cmd)
	flags := cmd.Flags()
	flags.IntVar(&size.People, "people", benchPeople, "people in the roster")
	flags.IntVar(&size.Classes, "classes", 0, "classes in the roster (default: as many as such a district has)")
	flags.IntVar(&size.Enrollments, "enrollments", 0, "enrollments in the roster (default: as many as such a district has)")
	flags.BoolVar(&reference, "reference", false, "the size of the documented reference run")
	flags.BoolVar(&country, "country", false, "the size of a country; needs 40 GB of disk and some hours")
	flags.StringVar(&dir, "dir", "", "a new folder for the files, which is kept (default: one that is deleted in the end)")
	cmd.AddCommand(newBenchScan())
	return cmd
}

// newBenchScan returns the bare reading that everything is compared with.
func newBenchScan() *cobra.Command {
	return &cobra.Command{
		Use:    "scan DIR",
		Short:  "Read all CSV files of a folder and do nothing with them",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			paths, err := filepath.Glob(filepath.Join(args[0], "*.csv"))
			if err != nil {
				return err
			}
			for _, path := range paths {
				if err := scan(path); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func scan(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// benchReport is what was measured.
type benchReport struct {
	Size    benchSize `json:"size"`
	System  string    `json:"system"`
	Cores   int       `json:"cores"`
	Go      string    `json:"go"`
	Records int       `json:"records"` // rows of all files
	Phases  []phase   `json:"phases"`
}

// phase is what one process took.
type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpuSeconds"`
	Memory  int64   `json:"peakBytes,omitempty"` // 0 where the system does not tell
	Ratio   float64 `json:"timesScan,omitempty"` // of the time, to a bare scan of the same files
	Changes int     `json:"changes,omitempty"`   // objects and memberships
	Rate    float64 `json:"perSecond,omitempty"` // records, or changes where there are some
}

// bencher makes measurements.
type bencher struct {
	program string
	dir     string
	app     *app
	log     io.Writer
	report  benchReport
	scanned float64 // seconds
}

func (a *app) bench(cmd *cobra.Command, dir string, size benchSize) (err error) {
	b := &bencher{app: a, log: cmd.ErrOrStderr(), report: benchReport{
		Size: size, System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(),
	}}
	if b.program, err = exec.LookPath(os.Args[0]); err != nil {
		return fault.Wrap(err, fault.Internal, "The program does not find itself")
	}
	if b.dir = dir; dir == "" {
		if b.dir, err = os.MkdirTemp("", "homeroom-bench-"); err != nil {
			return fault.Wrap(err, fault.Invalid, "There is no place for the files")
		}
		defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	} else if err = os.Mkdir(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Invalid, "The folder cannot be made")
	}
	if err := b.measureAll(cmd.Context(), size); err != nil {
		return err
	}
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), b.report)
	}
	return b.report.write(cmd.OutOrStdout())
}

// measureAll makes the rosters and goes through all phases.
func (b *bencher) measureAll(ctx context.Context, size benchSize) error {
	today, tomorrow := filepath.Join(b.dir, "today"), filepath.Join(b.dir, "tomorrow")
	config, data := filepath.Join(b.dir, "homeroom.yaml"), filepath.Join(b.dir, "data")
	if err := os.WriteFile(config, []byte(demoConfig), 0o600); err != nil {
		return err
	}
	generate := size.flags()
	with := []string{"-c", config, "--data", data}
	for _, p := range []struct {
		name    string
		args    []string
		changes bool
	}{
		{"generate", append([]string{"generate", "--out", today}, generate...), false},
		{"scan", []string{"bench", "scan", today}, false},
		{"check", []string{"check", today}, false},
		{"first plan", append([]string{"plan", today}, with...), false},
		{"plan and apply", append([]string{"sync", today, "--yes"}, with...), true},
		{"plan, no change", append([]string{"plan", today}, with...), false},
		{"generate changes", append([]string{"generate", "--out", tomorrow, "--churn", churn}, generate...), false},
		{"plan, a day's changes", append([]string{"plan", tomorrow}, with...), false},
		{"plan and apply these", append([]string{"sync", tomorrow, "--yes"}, with...), true},
	} {
		if err := b.measure(ctx, p.name, p.args); err != nil {
			return err
		}
		if p.changes {
			if err := b.countChanges(ctx, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// flags returns what the generator is told.
func (s benchSize) flags() []string {
	args := []string{"--people", strconv.Itoa(s.People), "--seed", "1", "--year", "2027", "--domain", "bench.example"}
	for name, n := range map[string]int{"--orgs": s.Orgs, "--classes": s.Classes, "--enrollments": s.Enrollments} {
		if n > 0 {
			args = append(args, name, strconv.Itoa(n))
		}
	}
	return args
}

// measure runs one process.
func (b *bencher) measure(ctx context.Context, name string, args []string) error {
	if _, err := fmt.Fprintf(b.log, "%s …\n", name); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.program, args...) //nolint:gosec // the program itself, with arguments from here
	cmd.Stderr = b.log
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start).Seconds()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() != exitErrors && exit.ExitCode() != exitHeld {
		return fault.Wrap(err, fault.Internal, "Measuring %q failed", name)
	} else if err != nil && !ok {
		return err
	}
	p := phase{
		Name: name, Seconds: took, Memory: peakMemory(cmd.ProcessState),
		CPU: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
	}
	if name == "scan" {
		b.scanned = took
	}
	if b.scanned > 0 {
		p.Ratio = took / b.scanned
	}
	b.report.Phases = append(b.report.Phases, p)
	return nil
}

// countChanges notes what the last run changed, and how fast.
func (b *bencher) countChanges(ctx context.Context, data string) (err error) {
	a := *b.app
	a.dataDir = data
	m, err := a.look(ctx)
	if err != nil {
		return err
	}
	defer closing(m, &err)
	runs, err := m.Runs(ctx, m.scope(localTarget), 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	document, err := m.PlanDocument(ctx, m.tenant, runs[0].ID)
	if err != nil {
		return err
	}
	var plan struct{ Summary map[string]json.RawMessage }
	if err := json.Unmarshal(document, &plan); err != nil {
		return err
	}
	last := &b.report.Phases[len(b.report.Phases)-1]
	for _, part := range plan.Summary {
		var n struct{ Create, Update, Add, Remove int }
		if json.Unmarshal(part, &n) == nil { // others are plain numbers
			last.Changes += n.Create + n.Update + n.Add + n.Remove
		}
	}
	last.Rate = float64(last.Changes) / last.Seconds
	return nil
}

// write writes the report as a table.
func (r benchReport) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, err := fmt.Fprintf(w, "%d people on %s, %d cores, %s\n\nphase\ttime\tCPU\tpeak memory\t× scan\tchanges\tchanges/s\t\n",
		r.Size.People, r.System, r.Cores, r.Go)
	for _, p := range r.Phases {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\t%.2f s\t%.2f s\t%d MB\t%.1f\t%d\t%.0f\t\n",
				p.Name, p.Seconds, p.CPU, p.Memory>>20, p.Ratio, p.Changes, p.Rate)
		}
	}
	return errors.Join(err, w.Flush())
}
