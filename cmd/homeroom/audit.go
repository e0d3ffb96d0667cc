package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

func newAudit(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:         "audit",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "List who changed what: flows, codes, apps, people, runs",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			if limit < 1 {
				return fault.New(fault.Invalid, "--limit is %d; it is how many records are listed, from 1 on.", limit)
			}
			m, err := a.look(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			entries, err := m.Audit(cmd.Context(), m.tenant, limit)
			if err != nil {
				return err
			}
			return a.writeAudit(cmd, m.tenant, entries)
		},
	}
	a.outputFlag(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many records, the latest first")
	cmd.AddCommand(newAuditVerify(a))
	return cmd
}

// shownEntry is the JSON form of a record.
type shownEntry struct {
	At        time.Time       `json:"dateTime"`
	App       string          `json:"app,omitempty"`
	Kind      string          `json:"kind"`
	User      string          `json:"user,omitempty"`
	RequestID string          `json:"requestId,omitempty"`
	Action    string          `json:"action"`
	Object    string          `json:"object"`
	Changes   json.RawMessage `json:"changes,omitempty"`
}

func (a *app) writeAudit(cmd *cobra.Command, tenant string, entries []outbound.Entry) error {
	if a.output == "json" {
		shown := []shownEntry{}
		for _, e := range entries {
			e.At = e.At.UTC()
			shown = append(shown, shownEntry(e))
		}
		return writeJSON(cmd.OutOrStdout(), shown)
	}
	if len(entries) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There are no records yet.")
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "WHEN\tBY\tACTION\tOBJECT"); err != nil {
		return err
	}
	for _, e := range entries {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.At.Local().Format(time.DateTime), byWhom(e), e.Action, objectFor(tenant, e.Object))
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// objectFor names what a record is about as the other commands do: runs by their numbers.
func objectFor(tenant, object string) string {
	id, isRun := strings.CutPrefix(object, "runs('")
	if number := runNumberOf(tenant, strings.TrimSuffix(id, "')")); isRun && number != 0 {
		return fmt.Sprintf("run %d", number)
	}
	return object
}

// byWhom says who did what a record tells.
func byWhom(e outbound.Entry) string {
	switch {
	case e.User != "" && e.App != "":
		return e.User + " by " + e.App
	case e.User != "":
		return e.User
	case e.App != "":
		return e.App
	}
	return e.Kind
}

func newAuditVerify(a *app) *cobra.Command {
	var kept string
	cmd := &cobra.Command{
		Use:         "verify",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "Look whether a record was changed or taken out since it was written",
		Long: `Each record carries a hash of itself and of all before it. verify works them out anew,
and prints the last one. Keep that elsewhere: with --since it tells, at any later time,
that the records up to there are the ones that they were, and that none is missing.
Whoever is forgotten stands under a name that means nothing, so that the hashes hold.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			since, err := parseMark(kept)
			if err != nil {
				return err
			}
			m, err := a.look(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			end, err := m.VerifyAudit(cmd.Context(), m.tenant, since)
			if err != nil {
				return err
			}
			if end.Record == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "There are no records yet.")
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s as written. Keep this for --since:\n%d:%x\n",
				count(int(end.Record), "record is", "records are"), end.Record, end.Hash)
			return err
		},
	}
	cmd.Flags().StringVar(&kept, "since", "", "what an earlier verify printed")
	return cmd
}

// parseMark reads what verify printed.
func parseMark(text string) (outbound.Mark, error) {
	if text == "" {
		return outbound.Mark{}, nil
	}
	number, hash, _ := strings.Cut(text, ":")
	record, err := strconv.ParseInt(number, 10, 64)
	if err != nil || record < 1 {
		return outbound.Mark{}, fault.New(fault.Invalid, "--since is %q; it is what audit verify printed: a number, a colon, a hash.", text)
	}
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) == 0 {
		return outbound.Mark{}, fault.New(fault.Invalid, "--since is %q; it is what audit verify printed: a number, a colon, a hash.", text)
	}
	return outbound.Mark{Record: record, Hash: sum}, nil
}
