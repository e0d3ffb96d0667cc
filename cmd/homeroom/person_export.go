package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/store"
)

func newPersonExport(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:         "export ID",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "Print as JSON all that Homeroom remembers of a person",
		Long: `Prints what is remembered of a person: the account that was found or made, what was
written to it, the groups, and what each run did. A password that was made and not yet
handed out is named, and not printed. What the directory itself knows shows
homeroom directory show, and what the roster says, the roster.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := a.look(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			told, err := m.tellPerson(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return writeJSON(cmd.OutOrStdout(), told)
		},
	}
	return cmd
}

// toldPerson is all that is remembered of a person.
type toldPerson struct {
	ID        string       `json:"id"` // in the roster
	Key       string       `json:"key"`
	Forgotten *time.Time   `json:"forgottenDateTime,omitempty"`
	Link      *toldLink    `json:"link,omitempty"`
	Account   *toldAccount `json:"account,omitempty"`
	Groups    []toldGroup  `json:"groups"`
	Password  bool         `json:"passwordWaits"` // one was made and not handed out
	Runs      []toldPart   `json:"runs"`
}

type toldLink struct {
	ID  string `json:"directoryId"`
	Via string `json:"via"` // link, anchor, rule or created
}

// toldAccount is what Homeroom wrote to the account of a person.
type toldAccount struct {
	ID         string               `json:"directoryId"`
	State      directory.State      `json:"state"`
	Created    bool                 `json:"createdByHomeroom"`
	Attributes directory.Attributes `json:"written"`
}

// toldGroup is a group, class or unit that the person is in.
type toldGroup struct {
	Kind     directory.Kind `json:"kind"`
	Key      string         `json:"key"`
	Name     string         `json:"displayName,omitempty"`
	Owner    bool           `json:"owner"`
	Member   bool           `json:"member"`
	Released bool           `json:"released"` // Homeroom let go of the membership
}

// toldPart is what a run did, or did not do, about the person.
type toldPart struct {
	Run     int64           `json:"run"`
	Started time.Time       `json:"startedDateTime"`
	Steps   []plan.Step     `json:"steps,omitempty"` // with the person's part alone
	Skipped []plan.Skip     `json:"skipped,omitempty"`
	Results []ledger.Result `json:"results,omitempty"` // of steps that were not wholly carried out
}

// tellPerson collects what is remembered of a person. It fails with fault.NotFound when
// that is nothing.
func (m *memory) tellPerson(ctx context.Context, id string) (*toldPerson, error) {
	told := &toldPerson{ID: id, Key: flow.UserKey(id), Groups: []toldGroup{}, Runs: []toldPart{}}
	tombstones, err := m.Tombstones(ctx, m.tenant)
	if err != nil {
		return nil, err
	}
	if at, found := tombstones.Of(id); found {
		told.Forgotten = &at
	}
	targets, err := m.targets(ctx)
	if err != nil {
		return nil, err
	}
	var runs []ledger.Run
	for _, target := range targets {
		if err := told.ledger(ctx, m, m.scope(target)); err != nil {
			return nil, err
		}
		some, err := m.Runs(ctx, m.scope(target), runsKept)
		if err != nil {
			return nil, err
		}
		runs = append(runs, some...)
	}
	slices.SortFunc(runs, func(a, b ledger.Run) int { return cmp.Compare(a.ID, b.ID) })
	for _, run := range runs {
		if err := told.run(ctx, m, run); err != nil {
			return nil, err
		}
	}
	if told.Forgotten == nil && told.Link == nil && told.Account == nil && len(told.Groups)+len(told.Runs) == 0 {
		return nil, fault.New(fault.NotFound, "Homeroom remembers nothing of a person with the id %s.", id)
	}
	return told, nil
}

// ledger adds what is remembered of one directory. Of several that know the person, the link
// and the account are told of that which the last run was for.
func (t *toldPerson) ledger(ctx context.Context, m *memory, scope ledger.Scope) error {
	link, err := m.Link(ctx, scope, t.Key)
	if err == nil && t.Link == nil {
		t.Link = &toldLink{link.ID, link.Via}
	} else if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	user, err := m.Have(ctx, scope, directory.User, t.Key)
	if err == nil && t.Account == nil {
		t.Account = &toldAccount{user.ID, user.State, user.Created, user.Attributes}
	} else if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	for _, kind := range directory.Kinds() {
		for have, err := range m.Haves(ctx, scope, kind, directory.Span{}) {
			if err != nil {
				return err
			}
			if store.Involves(&have, t.Key) {
				t.Groups = append(t.Groups, newToldGroup(&have, t.Key))
			}
		}
	}
	passwords, err := m.Passwords(ctx, scope)
	t.Password = t.Password || slices.ContainsFunc(passwords, func(p ledger.Password) bool { return p.Key == t.Key })
	return err
}

func newToldGroup(have *directory.Have, key string) toldGroup {
	in := func(lists ...[]string) bool {
		return slices.ContainsFunc(lists, func(list []string) bool { return slices.Contains(list, key) })
	}
	return toldGroup{
		Kind: have.Kind, Key: strings.Clone(have.Key), Name: strings.Clone(have.Attributes[directory.DisplayName]),
		Owner: in(have.Owners, have.ReleasedOwners), Member: in(have.Members, have.ReleasedMembers),
		Released: in(have.ReleasedOwners, have.ReleasedMembers),
	}
}

// run adds what a run did about the person.
func (t *toldPerson) run(ctx context.Context, m *memory, run ledger.Run) error {
	part := toldPart{Run: run.ID, Started: run.Started}
	for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
		if err != nil {
			return err
		}
		if mine, ok := partOfStep(step, t.Key); ok {
			part.Steps = append(part.Steps, mine)
		}
	}
	for skip, err := range m.Skips(ctx, m.tenant, run.ID) {
		if err != nil {
			return err
		}
		if skip.Kind == directory.User && skip.Key == t.Key {
			part.Skipped = append(part.Skipped, skip)
		}
	}
	for answer, err := range m.Answers(ctx, m.tenant, run.ID) {
		if err != nil {
			return err
		}
		for _, result := range answer.Short {
			if result.Kind == directory.User && result.Key == t.Key {
				part.Results = append(part.Results, result)
			}
		}
	}
	if len(part.Steps)+len(part.Skipped)+len(part.Results) > 0 {
		t.Runs = append(t.Runs, part)
	}
	return nil
}

// partOfStep returns of a step what is about a person: other people are not the person's
// business.
func partOfStep(s plan.Step, key string) (plan.Step, bool) {
	if s.Kind == directory.User {
		return s, s.Key == key
	}
	found := false
	only := func(keys []string) []string {
		if !slices.Contains(keys, key) {
			return nil
		}
		found = true
		return []string{key}
	}
	mine := plan.Step{Seq: s.Seq, Action: s.Action, Kind: s.Kind, Key: s.Key, ID: s.ID, Org: s.Org, Approved: s.Approved}
	mine.Owners = plan.Pairs{Add: only(s.Owners.Add), Remove: only(s.Owners.Remove)}
	mine.Members = plan.Pairs{Add: only(s.Members.Add), Remove: only(s.Members.Remove)}
	if s.Released != nil {
		mine.Released = &plan.Released{Owners: only(s.Released.Owners), Members: only(s.Released.Members)}
	}
	return mine, found
}
