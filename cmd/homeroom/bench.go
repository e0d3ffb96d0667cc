package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/district"
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

// benchOptions are the flags of bench.
type benchOptions struct {
	size               benchSize
	reference, country bool
	format             string
	dir                string // "" for one that is deleted in the end
}

func newBench(a *app) *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reading, planning and applying on this machine",
		Long: `Makes up a roster, then measures what it takes to check it, to plan it for an empty
directory, to carry that plan out in the embedded directory, to plan it again, and
to plan and carry out a day's changes. Every phase is a process of its own, so that
its peak of memory is its own. Machines differ: reading is compared with a bare
reading of the same files, and carrying out with the same changes made in the
directory and nowhere else. At the end stands what was to be reached, and whether it
was; the exit code does not say. docs/performance.md explains the figures.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(a.checkOutput(), o.complete()); err != nil {
				return err
			}
			return a.bench(cmd, o)
		},
	}
	a.outputFlag(cmd)
	flags := cmd.Flags()
	flags.IntVar(&o.size.People, "people", benchPeople, "people in the roster")
	flags.IntVar(&o.size.Classes, "classes", 0, "classes in the roster (default: as many as such a district has)")
	flags.IntVar(&o.size.Enrollments, "enrollments", 0, "enrollments in the roster (default: as many as such a district has)")
	flags.BoolVar(&o.reference, "reference", false, "the size of the documented reference run")
	flags.BoolVar(&o.country, "country", false, "the size of a country; needs "+size(countrySize().space())+" of disk and many hours")
	flags.StringVar(&o.format, "format", string(district.SDS), "format of the files: sds (V2.1) or oneroster (1.1)")
	flags.StringVar(&o.dir, "dir", "", "a new folder for the files, which is kept (default: one that is deleted in the end)")
	cmd.AddCommand(newBenchScan(a), newBenchSync(a), newBenchBare(a), newBenchServers(a), newBenchServer(a))
	return cmd
}

// complete checks the flags, and fills in the size that they name.
func (o *benchOptions) complete() error {
	if o.format != string(district.SDS) && o.format != string(district.OneRoster) {
		return fault.New(fault.Invalid, "%q is no format. Give %s or %s.", o.format, string(district.SDS), string(district.OneRoster))
	}
	switch {
	case o.reference && o.country:
		return fault.New(fault.Invalid, "Choose --reference or --country, not both.")
	case o.reference:
		o.size = referenceSize()
	case o.country:
		o.size = countrySize()
	}
	return nil
}

// flags returns what the generator is told.
func (o *benchOptions) flags() []string {
	args := []string{
		"--people", strconv.Itoa(o.size.People), "--seed", "1", "--year", "2027",
		"--domain", "bench.example", "--format", o.format, "-o", "json",
	}
	for name, n := range map[string]int{"--orgs": o.size.Orgs, "--classes": o.size.Classes, "--enrollments": o.size.Enrollments} {
		if n > 0 {
			args = append(args, name, strconv.Itoa(n))
		}
	}
	return args
}

// bench measures, and says what came of it.
func (a *app) bench(cmd *cobra.Command, o benchOptions) error {
	program, err := exec.LookPath(os.Args[0])
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The program does not find itself")
	}
	b := &bencher{app: a, cmd: cmd, program: program, options: o, report: benchReport{
		Size: o.size, Format: o.format, System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(),
	}}
	if err := b.settle(); err != nil {
		return err
	}
	err = b.run(cmd.Context())
	if o.dir == "" {
		err = errors.Join(err, os.RemoveAll(b.dir))
	}
	switch {
	case err == nil || cmd.Context().Err() == nil:
		return err
	case o.dir == "":
		return fault.New(fault.Canceled, "The measurement was stopped, and its files are removed. The same command begins anew.")
	}
	return fault.New(fault.Canceled, "The measurement was stopped. Delete %s, where its files are; the same command then begins anew.", b.dir)
}

// settle finds a place for the files.
func (b *bencher) settle() (err error) {
	if b.dir = b.options.dir; b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "homeroom-bench-"); err != nil {
			return fault.Wrap(err, fault.Invalid, "There is no place for the files")
		}
	} else if err = os.Mkdir(b.dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Invalid, "The folder cannot be made")
	}
	if err = b.checkSpace(); err != nil {
		return errors.Join(err, os.Remove(b.dir))
	}
	return os.WriteFile(filepath.Join(b.dir, benchConfig), []byte(demoConfig), 0o600)
}

const benchConfig = "homeroom.yaml"

func (b *bencher) run(ctx context.Context) error {
	if err := b.begin(); err != nil {
		return err
	}
	for _, t := range b.tasks() {
		if err := b.measure(ctx, t); err != nil {
			return err
		}
	}
	b.report.judge()
	return b.end()
}
