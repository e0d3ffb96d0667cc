package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
)

// generateFlags are the flags of generate.
type generateFlags struct {
	out     string
	format  string
	churn   string
	options district.Options
}

func newGenerate(a *app) *cobra.Command {
	var flags generateFlags
	o := &flags.options
	cmd := &cobra.Command{
		Use:   "generate --people N --out DIR",
		Short: "Write a believable roster of any size, of nobody",
		Long: `Makes up a school district and writes its roster to a new folder: schools by
grade span, staff with several roles and schools, classes with courses and
sessions, households with guardians, names of many languages. The same options
give the same bytes. Any size needs the same memory.

--next-year and --churn make the roster that follows: generate once without and
once with them, with the same seed and the same numbers. --churn takes shares or
numbers of people, of classes, and of the enrollments of those that stay:

  homeroom generate --people 5000 --out monday
  homeroom generate --people 5000 --out tuesday --churn created=1%,deleted=1%,changed=5%

--mistakes plants defects and lists them in a file beside the folder, whose name
ends with .mistakes.csv. What "homeroom check" finds is what is listed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.complete(cmd); err != nil {
				return err
			}
			return a.generate(cmd, flags)
		},
	}
	a.outputFlag(cmd)
	f := cmd.Flags()
	f.IntVar(&o.People, "people", 0, "how many people there are: students, staff and guardians")
	f.StringVar(&flags.out, "out", "", "a new folder for the roster")
	f.Uint64Var(&o.Seed, "seed", 1, "what is left to chance follows from this number")
	f.StringVar(&flags.format, "format", string(district.SDS), "format of the files: sds (V2.1) or oneroster (1.1)")
	f.IntVar(&o.Year, "year", 0, "in which the school year ends (default: the present one)")
	f.StringVar(&o.Domain, "domain", "school.example", "domain of user names and email addresses; empty for plain user names")
	f.IntVar(&o.Orgs, "orgs", 0, "exactly so many organizations: the district and its schools")
	f.IntVar(&o.Classes, "classes", 0, "exactly so many classes")
	f.IntVar(&o.Enrollments, "enrollments", 0, "exactly so many enrollments")
	f.BoolVar(&o.NextYear, "next-year", false, "the same district a year later")
	f.StringVar(&flags.churn, "churn", "", "another roster of the same seed, such as created=1%,deleted=1%,changed=5%")
	f.IntVar(&o.Mistakes, "mistakes", 0, "plant so many mistakes, and list them beside the folder")
	return cmd
}

// complete checks the flags that the options cannot check and fills in the rest.
func (g *generateFlags) complete(cmd *cobra.Command) error {
	if !cmd.Flags().Changed("people") {
		return fault.New(fault.Invalid, "Say with --people how many people there are to be.")
	}
	if g.out == "" {
		return fault.New(fault.Invalid, "Say with --out into which folder the roster goes.")
	}
	for _, name := range []string{"orgs", "classes", "enrollments"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "0" {
			return fault.New(fault.Invalid, "--%s 0 cannot be met; leave the flag out for as many as come by themselves.", name)
		}
	}
	if !cmd.Flags().Changed("year") {
		g.options.Year = schoolYear(time.Now())
	}
	g.options.Format = district.Format(g.format)
	var err error
	g.options.Churn, err = district.ParseChurn(g.churn)
	return err
}

// generateReport is the JSON form of what was generated.
type generateReport struct {
	Path     string          `json:"path"`
	Format   district.Format `json:"format"`
	Seed     uint64          `json:"seed"`
	Year     int             `json:"schoolYear"` // of the roster
	Records  district.Counts `json:"records"`
	Mistakes int             `json:"mistakes,omitempty"`
	List     string          `json:"mistakesFile,omitempty"`
}

func (a *app) generate(cmd *cobra.Command, g generateFlags) error {
	if err := a.checkOutput(); err != nil {
		return err
	}
	counts, err := district.Write(cmd.Context(), g.out, g.options, func(done, total int) {
		a.progress.update("writing", "rows", int64(done), int64(total))
	})
	if err != nil {
		return err
	}
	report := generateReport{
		Path: g.out, Format: g.options.Format, Seed: g.options.Seed, Year: g.options.Year,
		Records: counts, Mistakes: g.options.Mistakes,
	}
	if g.options.NextYear {
		report.Year++
	}
	if report.Mistakes > 0 {
		report.List = district.MistakesFile(g.out)
	}
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), report)
	}
	return report.write(cmd.OutOrStdout())
}

func (r generateReport) write(w io.Writer) error {
	c := r.Records
	_, err := fmt.Fprintf(w, "%s: %s, school year %d-%d, seed %d\n%s, %s, %s, %s, %s, %s\n", r.Path, r.Format, r.Year-1, r.Year, r.Seed,
		count(c.Schools, "school", "schools"), count(c.Students, "student", "students"), fmt.Sprintf("%d staff", c.Staff),
		count(c.Guardians, "guardian", "guardians"), count(c.Classes, "class", "classes"), count(c.Enrollments, "enrollment", "enrollments"))
	if err == nil && r.Mistakes > 0 {
		_, err = fmt.Fprintf(w, "%s planted; they are listed in %s\n", count(r.Mistakes, "mistake", "mistakes"), r.List)
	}
	return err
}
