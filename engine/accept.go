package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// HeldRoster says that a roster lacks so much of an earlier one that a person
// must look at it first. Nothing was changed.
type HeldRoster struct {
	Rule    roster.Rule // RosterShrunk, FileSetChanged or RosterRejected
	SHA256  string
	Message string // a sentence
}

func (h *HeldRoster) Error() string { return h.Message }

// acceptedDays is for how long rosters are compared with (rules 4).
const acceptedDays = 14

// rejected fails for the roster of a run that was reverted.
func (p *Preparer) rejected(ctx context.Context, r *roster.Roster) error {
	run, err := p.Store.RosterRejected(ctx, p.Scope, r.SHA256)
	if err != nil || run == 0 {
		return err
	}
	return &HeldRoster{roster.RosterRejected, r.SHA256, fmt.Sprintf(
		"This roster is that of run %d, which was reverted, so it is not taken again by itself. Nothing was changed.", run)}
}

// compareRosters compares the roster with the last one that passed, and with all
// that passed lately. It returns what the next one is to be compared with, but for
// the ids: they are collected when the run is committed.
func (p *Preparer) compareRosters(ctx context.Context, request Request, present func() present) (ledger.Accepted, error) {
	r := request.Roster
	now := ledger.Accepted{SHA256: r.SHA256, At: p.Now(), Files: fileNames(r)}
	var err error
	now.ByHand, err = p.excused(ctx, request)
	if err != nil || now.ByHand {
		return now, err
	}
	if err := p.rejected(ctx, r); err != nil {
		return now, err
	}
	earlier, err := p.Store.Accepted(ctx, p.Scope, p.Now().AddDate(0, 0, -acceptedDays))
	if err != nil {
		return now, err
	}
	if len(earlier) == 0 || earlier[0].SHA256 == r.SHA256 {
		return now, nil // there is nothing to compare with, or it passed just before
	}
	at := present()
	for i, before := range earlier {
		if before.SHA256 == r.SHA256 {
			break // it passed already
		}
		if lost := filesLost(before.Files, now.Files); i == 0 && lost != "" {
			return now, &HeldRoster{roster.FileSetChanged, r.SHA256, fmt.Sprintf(
				"The roster, read as %s, has no %s, which the last one had: all that stands there would be taken for gone. Nothing was changed.", r.Format, lost)}
		}
		gone, err := at.shrunk(p.Store.AcceptedIDs(ctx, p.Scope, before.SHA256), request.Rollover)
		if fault.KindOf(err) == fault.NotFound {
			continue // that was too long ago in the meantime
		}
		if err != nil {
			return now, fmt.Errorf("reading the ids of an earlier roster: %w", err)
		}
		if gone != "" {
			return now, &HeldRoster{roster.RosterShrunk, r.SHA256, fmt.Sprintf(
				"The roster shrank: %s. Nothing was changed.", gone)}
		}
		if before.ByHand {
			break // a person said that it may lack what earlier ones had
		}
	}
	return now, nil
}

// excused reports whether a person said that the roster is right as it is.
func (p *Preparer) excused(ctx context.Context, request Request) (bool, error) {
	if request.AcceptRoster != "" && strings.EqualFold(request.AcceptRoster, request.Roster.SHA256) {
		return true, nil
	}
	return p.Store.RosterAccepted(ctx, p.Scope, request.Roster.SHA256)
}

func fileNames(r *roster.Roster) []string {
	var names []string
	for _, f := range r.Files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// filesLost names the files that were there and are not.
func filesLost(before, now []string) string {
	var lost []string
	for _, name := range before {
		if !slices.ContainsFunc(now, func(n string) bool { return strings.EqualFold(n, name) }) {
			lost = append(lost, name)
		}
	}
	return strings.Join(lost, ", ")
}
