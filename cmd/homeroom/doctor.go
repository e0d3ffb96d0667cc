package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/fault"
)

func newDoctor(a *app) *cobra.Command {
	var o runOptions
	var look bool
	cmd := &cobra.Command{
		Use:   "doctor -c homeroom.yaml",
		Short: "Look whether Homeroom can work with the directory, and say what is missing",
		Long: `Looks at the directory that the configuration names: connection, encryption, schema,
containers, and how many entries are shown. Then it tries each right that runs need: it
makes a user and a group of each kind, changes, fills, empties and renames them, and
deletes them again. Each thing that is not as it must be comes with what to do.

Exit codes: 0 when all is well, 1 when something is not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			c, err := a.configuration(cmd.Context(), &o)
			if err != nil {
				return err
			}
			found, err := a.examine(cmd.Context(), c, look)
			if err != nil {
				return err
			}
			return a.printFindings(cmd.OutOrStdout(), c.Target, found)
		},
	}
	a.outputFlag(cmd)
	o.configFlag(cmd)
	cmd.Flags().BoolVar(&look, "look", false, "write nothing: do not try the rights")
	return cmd
}

// examine looks at the directory of a configuration, and tries its rights unless it is only
// to be looked at. The embedded one has nothing that could be missing.
func (a *app) examine(ctx context.Context, c *config, look bool) ([]ldap.Finding, error) {
	if c.Target == localTarget {
		return []ldap.Finding{{Subject: "directory", OK: true, Sentence: "The embedded directory needs nothing that could be missing."}}, nil
	}
	options, err := c.LDAP.settled(c.Settings.Domains)
	if err != nil {
		return nil, err
	}
	a.progress.begin("looking at the directory")
	found := ldap.Check(ctx, options)
	if look || connectionFailed(found) {
		return found, ctx.Err()
	}
	d, err := ldap.Open(ctx, options)
	if err != nil {
		return found, err
	}
	defer d.Close()
	a.progress.begin("trying the rights")
	return append(found, d.Try(ctx)...), ctx.Err()
}

// connectionFailed reports whether the server could not be looked at to the end.
func connectionFailed(found []ldap.Finding) bool {
	last := found[len(found)-1]
	return last.Subject == "connection" && !last.OK
}

// diagnosis is the JSON form of what was found.
type diagnosis struct {
	Target   string         `json:"target"`
	OK       bool           `json:"ok"`
	Findings []shownFinding `json:"findings"`
}

type shownFinding struct {
	Subject  string `json:"subject"`
	OK       bool   `json:"ok"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy,omitempty"`
}

func (a *app) printFindings(w io.Writer, target string, found []ldap.Finding) error {
	told := diagnosis{Target: target}
	wrong := 0
	for _, f := range found {
		told.Findings = append(told.Findings, shownFinding(f))
		if !f.OK {
			wrong++
		}
	}
	told.OK = wrong == 0
	write := func() error { return writeJSON(w, told) }
	if a.output == "text" {
		write = func() error { return told.write(w) }
	}
	if err := write(); err != nil || told.OK {
		return err
	}
	return fault.New(fault.Invalid, "%s.", count(wrong, "thing is not as Homeroom needs it", "things are not as Homeroom needs them"))
}

// write writes what was found for people.
func (d *diagnosis) write(w io.Writer) error {
	var b strings.Builder
	for _, f := range d.Findings {
		mark := "ok  "
		if !f.OK {
			mark = "BAD "
		}
		fmt.Fprintf(&b, "%s %-10s  %s\n", mark, f.Subject, f.Sentence)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "%17s%s\n", "", f.Remedy)
		}
	}
	if d.OK {
		b.WriteString("\nHomeroom can work with this directory.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
