package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

func newCheck(a *app) *cobra.Command {
	var configPath string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check PATH",
		Short: "Read a roster and say what is wrong with it",
		Long: `Reads a roster, a folder or a ZIP archive of any known format, and prints every
problem with its file, line and column. Nothing is changed or stored.

Exit codes: 0 when the roster is clean or has only warnings, 3 when records had
to be dropped, 4 when the roster cannot be used at all.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			c, err := optionalConfig(configPath)
			if err != nil {
				return err
			}
			r, problems, err := a.readRoster(cmd.Context(), args[0], c.Codes, strict)
			if err != nil {
				return err
			}
			if r != nil {
				problems = append(problems, flow.UnmappedRoles(r, c.Settings.Sets)...)
			}
			if err := a.printCheck(long(cmd.Context(), cmd.OutOrStdout(), a.progress), args[0], r, problems); err != nil {
				return err
			}
			return worst(problems)
		},
	}
	a.outputFlag(cmd)
	strictFlag(cmd, &strict)
	cmd.Flags().StringVarP(&configPath, "config", "c", "", "homeroom.yaml, for its lists of values and role mappings")
	return cmd
}

// optionalConfig reads a configuration, or returns the one that holds without a
// file.
func optionalConfig(path string) (*config, error) {
	if path == "" {
		return &newConfigReader(os.LookupEnv).config, nil
	}
	return loadConfig(path)
}

// checkReport is the JSON form of a check.
type checkReport struct {
	Path     string           `json:"path"`
	Format   string           `json:"format,omitempty"`
	SHA256   string           `json:"sha256,omitempty"`
	Records  *records         `json:"records,omitempty"` // what could be used; absent when nothing can
	Problems []checkedProblem `json:"problems"`
}

type records struct {
	Organizations int `json:"organizations"`
	People        int `json:"people"`
	Roles         int `json:"roles"`
	Sessions      int `json:"academicSessions"`
	Courses       int `json:"courses"`
	Classes       int `json:"classes"`
	Enrollments   int `json:"enrollments"`
	Contacts      int `json:"contacts"`
}

// String counts the records for people.
func (r *records) String() string {
	return strings.Join([]string{
		count(r.Organizations, "organization", "organizations"), count(r.People, "person", "people"),
		count(r.Roles, "role", "roles"), count(r.Sessions, "session", "sessions"),
		count(r.Courses, "course", "courses"), count(r.Classes, "class", "classes"),
		count(r.Enrollments, "enrollment", "enrollments"), count(r.Contacts, "contact", "contacts"),
	}, ", ")
}

type checkedProblem struct {
	roster.Problem
	Effect string `json:"effect"`
}

func (a *app) printCheck(w io.Writer, path string, r *roster.Roster, problems []roster.Problem) error {
	report := checkReport{Path: path, Problems: []checkedProblem{}}
	if r != nil {
		report.Format, report.SHA256 = r.Format, r.SHA256
		report.Records = &records{
			len(r.Orgs), len(r.People), len(r.Roles), len(r.Sessions),
			len(r.Courses), len(r.Classes), len(r.Enrollments), len(r.Contacts),
		}
	}
	if a.output == "json" {
		for _, p := range problems {
			report.Problems = append(report.Problems, checkedProblem{p, p.Severity.Effect()})
		}
		return writeJSON(w, report)
	}
	if n := report.Records; n != nil {
		_, err := fmt.Fprintf(w, "%s: %s\n%s\n\n", path, report.Format, n)
		if err != nil {
			return err
		}
	}
	return roster.Report(w, problems)
}

// writeJSON writes a value as people and programs read it.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// worst returns the exit code for the gravest of problems, as an error.
func worst(problems []roster.Problem) error {
	code := exitDone
	for _, p := range problems {
		switch p.Severity {
		case roster.Catastrophic:
			code = exitCatastrophic
		case roster.Error:
			code = max(code, exitErrors)
		}
	}
	if code == exitDone {
		return nil
	}
	return exitCode(code)
}
