package main

import (
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

func newInit(a *app) *cobra.Command {
	var out string
	var strict bool
	cmd := &cobra.Command{
		Use:   "init PATH",
		Short: "Look at a roster and write a homeroom.yaml that fits it",
		Long: `Looks at a roster: its schools, its roles, the domains of its user names. Writes a
configuration that fits it, with what was found in comments, and says what a sync
with it would do. Read it, change it, and go on with homeroom plan.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			codes := roster.DefaultCodes()
			r, problems, err := a.useRoster(cmd.Context(), args[0], codes, strict)
			if err != nil {
				return err
			}
			if err := writeNew(out, survey(r, codes, args[0])); err != nil {
				return err
			}
			return a.introduce(cmd, args[0], out, problems)
		},
	}
	cmd.Flags().StringVar(&out, "out", "homeroom.yaml", "the file to write; it must not be there yet")
	strictFlag(cmd, &strict)
	return cmd
}

//go:embed init.yaml.tmpl
var initTemplate string

// writeNew writes the configuration for what was found to a new file.
func writeNew(path string, found findings) error {
	text, err := template.New("homeroom.yaml").Parse(initTemplate)
	if err != nil {
		return err
	}
	return writeNewFile(path, func(w io.Writer) error { return text.Execute(w, found) })
}

// introduce says what was written, and what a sync with it would do.
func (a *app) introduce(cmd *cobra.Command, path, config string, problems []roster.Problem) error {
	w := cmd.OutOrStdout()
	o := runOptions{config: config, problems: problems}
	if _, err := fmt.Fprintf(w, "%s is written.\n%sWith it, a sync would do this:\n\n", config, o.rosterNote(path)); err != nil {
		return err
	}
	prepared, err := a.dryRun(cmd.Context(), &o, path)
	if err != nil && cmd.Context().Err() != nil {
		return fault.New(fault.Canceled, "Stopped; only %s was written. What a sync would do, homeroom plan shows, too.", config)
	}
	if err != nil {
		return err
	}
	if err := plan.WriteCounts(w, prepared.Plan); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nRead %s, change what is not right, and look at every step:\n\n  %s plan %s -c %s\n",
		config, called(), quoted(path), quoted(config))
	return err
}

// quoted returns a path as it is typed into a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t'\"$&;()") {
		return strconv.Quote(path)
	}
	return path
}
