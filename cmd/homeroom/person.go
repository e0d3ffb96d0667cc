package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/store"
)

func newPerson(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "person",
		Short: "Tell a person of the roster what is kept of them, and forget them",
		Long: `What a person may ask of whoever keeps data of theirs. A person is named by the id in
the roster.`,
	}
	cmd.AddCommand(newPersonExport(a), newPersonForget(a), newPersonWelcome(a))
	return cmd
}

func newPersonForget(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Take a person out of all that Homeroom remembers",
		Long: `Takes a person out of the ledger, links, plans, journals and passwords, and leaves a
tombstone: a hash of the id, with a key that is not in the database. A roster that has
the person again brings nobody back: each run says PersonForgotten, and does nothing for
the person, until homeroom person welcome.

The account in the directory stays, with its memberships; whoever runs the directory
deletes it there. The roster is the school's. Backups keep what was in them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !yes {
				return fault.New(fault.Invalid, "What is known of the person is gone then. If that is meant, add --yes.")
			}
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			return a.forgetPerson(cmd, m, args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "it is meant")
	return cmd
}

func (a *app) forgetPerson(cmd *cobra.Command, m *memory, id string) error {
	ctx := cmd.Context()
	targets, err := m.targets(ctx)
	if err != nil {
		return err
	}
	var leases []ledger.Lease
	for _, target := range targets {
		lease, release, err := m.acquire(ctx, target, false)
		if err != nil {
			return err
		}
		defer release()
		leases = append(leases, lease)
	}
	_, err = m.tellPerson(ctx, id)
	unknown := fault.KindOf(err) == fault.NotFound
	if err != nil && !unknown {
		return err
	}
	dropped, err := m.dropAllKept(ctx)
	if err != nil {
		return err
	}
	person := store.Subject{ID: id, Key: flow.UserKey(id), Settings: func(frozen []byte, word string) ([]byte, error) {
		return engine.ForgetIn(frozen, id, word)
	}}
	for _, lease := range leases {
		if err := m.ForgetPerson(ctx, lease, person, audited("forget", "")); err != nil {
			return err
		}
	}
	said := fmt.Sprintf("Homeroom remembers nothing of %s any more. The account in the directory stays as it is.\n"+
		"Whatever names the person in homeroom.yaml, such as exclude or pin, is yours to take out.\n", id)
	if unknown {
		said = fmt.Sprintf("Homeroom knew nothing of %s: no account, no group, no run. If the id is wrong, take that back:\n"+
			"homeroom person welcome %[1]s\n", id)
	}
	if dropped > 0 {
		said += fmt.Sprintf("With that went %s, in which the person may stand.\n", count(dropped, "kept copy of a roster", "kept copies of rosters"))
	}
	_, err = io.WriteString(cmd.OutOrStdout(), said)
	return err
}

// dropAllKept deletes the copies of rosters that are kept, and returns how many there were:
// a copy is sealed as a whole, and cannot lose one person.
func (m *memory) dropAllKept(ctx context.Context) (int, error) {
	kept, err := m.Snapshots(ctx, m.tenant)
	for _, snapshot := range kept {
		err = errors.Join(err, m.dropKept(ctx, snapshot.SHA256))
	}
	return len(kept), err
}

func newPersonWelcome(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "welcome ID",
		Short: "Let the roster bring a person back who was forgotten",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			err = m.Welcome(cmd.Context(), m.tenant, args[0], audited("welcome", ""))
			if fault.KindOf(err) == fault.NotFound {
				return fault.New(fault.NotFound, "Nobody with the id %s was forgotten.", args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The next run takes %s as one who is new in the roster.\n", args[0])
			return err
		},
	}
	return cmd
}
