package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/oneroster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
	"github.com/homeroomhq/homeroom/source"
)

// format is one family of roster formats.
type format struct {
	name   string
	detect func(roster.Snapshot) roster.Likeness
	read   func(ctx context.Context, snapshot roster.Snapshot, codes *roster.Codes, strict bool) (*roster.Roster, []roster.Problem, error)
}

// formats lists every format that there is, in the order in which they are tried.
func formats() []format {
	return []format{
		{"SDS V2.1", sdscsv.Detect, readSDS},
		{"OneRoster 1.1", oneroster.Detect, oneroster.Read},
	}
}

func strictFlag(cmd *cobra.Command, strict *bool) {
	cmd.Flags().BoolVar(strict, "strict", false, "take what deviates from the standard of the format for wrong")
}

// readSDS reads SDS V2.1, which has no deviations that are understood, so that
// reading is always strict.
func readSDS(ctx context.Context, snapshot roster.Snapshot, codes *roster.Codes, _ bool) (*roster.Roster, []roster.Problem, error) {
	return sdscsv.Read(ctx, snapshot, codes)
}

// readRoster reads a roster of any known format. A roster that cannot be used is
// nil, and the problems say why; an error is a path or a file that cannot be
// read. Strict reading understands no deviations from the standard of a format.
func (a *app) readRoster(ctx context.Context, path string, codes *roster.Codes, strict bool) (_ *roster.Roster, _ []roster.Problem, err error) {
	snapshot, err := source.OpenWatched(ctx, path, a.progress.reading)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	return readSnapshot(ctx, snapshot, codes, strict)
}

// readSnapshot reads a roster that is open.
func readSnapshot(ctx context.Context, snapshot *source.Source, codes *roster.Codes, strict bool) (*roster.Roster, []roster.Problem, error) {
	f, err := formatOf(snapshot)
	if err != nil {
		return nil, nil, err
	}
	limitGarbage(garbageReading, snapshot.Size())
	defer limitGarbage(garbageAfter, snapshot.Size())
	r, problems, err := f.read(ctx, snapshot, codes, strict)
	return r, append(passedOver(snapshot), problems...), err
}

// passedOver returns a problem for everything in a snapshot that was not looked at.
func passedOver(snapshot *source.Source) (problems []roster.Problem) {
	for _, note := range snapshot.Notes {
		problems = append(problems, roster.Problem{
			Rule: roster.InvalidFileFormat, Severity: roster.Warning, File: filepath.Base(snapshot.Path), Message: note,
		})
	}
	return problems
}

// formatOf tells of which format a snapshot is: the one that it surely is, else
// the first that it may be.
func formatOf(snapshot *source.Source) (format, error) {
	all := formats()
	var sure []string
	best, found := format{}, roster.Unlike
	for _, f := range all {
		likeness := f.detect(snapshot)
		if likeness > found {
			best, found = f, likeness
		}
		if likeness == roster.Surely {
			sure = append(sure, f.name)
		}
	}
	if len(sure) > 1 {
		return format{}, fault.New(fault.Roster, "%s holds files of %s; leave only those of one.", snapshot.Path, strings.Join(sure, " and of "))
	}
	if name := foreign(snapshot.Names()); name != "" && found < roster.Surely {
		return format{}, fault.New(fault.Roster, "%s holds files of %s, which cannot be read. Export it as %s.", snapshot.Path, name, formatNames())
	}
	if found == roster.Unlike {
		return format{}, fault.New(fault.Roster, "%s is not a roster: it holds %s, and none of the files of %s, such as orgs.csv and users.csv.",
			snapshot.Path, some(snapshot.Names()), formatNames())
	}
	return best, nil
}

func formatNames() string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return strings.Join(names, " or ")
}

// foreign returns the name of the format that files are of by their names, of
// those that are known and not read; "" for none.
func foreign(names []string) string {
	for _, f := range []struct {
		name  string
		files []string
	}{
		{"SDS V1", []string{"school.csv", "student.csv", "teacher.csv", "section.csv", "studentenrollment.csv", "teacherroster.csv"}},
		{"Clever", []string{"schools.csv", "students.csv", "teachers.csv", "sections.csv"}},
		{"Canvas", []string{"accounts.csv", "terms.csv", "sections.csv", "xlists.csv", "admins.csv"}},
	} {
		has := 0
		for _, name := range names {
			if slices.Contains(f.files, strings.ToLower(name)) {
				has++
			}
		}
		if has > 1 {
			return f.name
		}
	}
	return ""
}

// some lists the first of many names.
func some(names []string) string {
	const shown = 3
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// useRoster reads a roster for a run and refuses one that cannot be used.
func (a *app) useRoster(ctx context.Context, path string, codes *roster.Codes, strict bool) (*roster.Roster, []roster.Problem, error) {
	return usable(a.readRoster(ctx, path, codes, strict))
}

// usable refuses a roster that was read and cannot be used.
func usable(r *roster.Roster, problems []roster.Problem, err error) (*roster.Roster, []roster.Problem, error) {
	if err != nil {
		return nil, nil, err
	}
	for _, p := range problems {
		if p.Severity == roster.Catastrophic {
			return nil, problems, fault.New(fault.Roster, "%s", refusal(p))
		}
	}
	return r, problems, nil
}

// refusal says in sentences why a roster cannot be used, and what to do.
func refusal(p roster.Problem) string {
	what := strings.TrimSuffix(located(p), ".")
	return strings.TrimSpace(fmt.Sprintf("%s (%s). Nothing was changed. %s", what, p.Rule, p.Remedy))
}

// located returns what is wrong, and where if that is known.
func located(p roster.Problem) string {
	switch {
	case p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}
