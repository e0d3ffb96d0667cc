package engine

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
)

// usersThere reports whether the users of all links are known to be there and
// ordinary, and no other user matters: everybody who may have one is linked, and
// nothing was changed in the directory since they were looked for.
func (p *Preparer) usersThere(ctx context.Context, matcher *flow.Matcher) (bool, error) {
	if matcher.View() != directory.Brief {
		return false, nil
	}
	seen, err := p.Store.UsersSeen(ctx, p.Scope)
	if err != nil || seen == "" {
		return false, err
	}
	stamp, err := p.Target.Stamp(ctx)
	if err != nil {
		return false, fmt.Errorf("asking the directory whether it was changed: %w", err)
	}
	return stamp == seen, nil
}

// awaitUsers looks for the users of links who were not seen, as long as the directory may
// take to show those that the last run made: until then they are not gone.
func (p *Preparer) awaitUsers(ctx context.Context, matcher *flow.Matcher) error {
	unseen := matcher.Unseen()
	if len(unseen) == 0 || p.Target.Abilities().Visible == 0 {
		return nil
	}
	until, err := p.visible(ctx) // a last look is begun no sooner
	if err != nil {
		return err
	}
	for looked := p.Now(); len(unseen) > 0 && looked.Before(until); {
		if err := p.Wait(ctx, firstPause); err != nil {
			return err
		}
		looked = p.Now()
		if err := p.lookFor(ctx, matcher, unseen); err != nil {
			return err
		}
	}
	return nil
}

// lookFor looks for users by their anchors, and takes those that it finds out of the map.
func (p *Preparer) lookFor(ctx context.Context, matcher *flow.Matcher, unseen map[string]string) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(unseen)), p.Target.Abilities().PerCall) {
		users, err := p.Target.Find(ctx, directory.User, some)
		if err != nil {
			return fmt.Errorf("looking for users of the last run: %w", err)
		}
		for _, user := range users {
			if unseen[user.Anchor()] == user.ID {
				matcher.See(user)
				delete(unseen, user.Anchor())
			}
		}
	}
	return nil
}

// visible returns when the directory shows all that runs have written. Of a run that was
// interrupted nobody knows when it wrote last.
func (p *Preparer) visible(ctx context.Context) (time.Time, error) {
	run, some, err := p.Store.LastPlanned(ctx, p.Scope)
	switch takes := p.Target.Abilities().Visible; {
	case err != nil || !some:
		return time.Time{}, err
	case run.Status == ledger.Running:
		return p.Now().Add(takes), nil
	default:
		return run.Ended.Add(takes), nil
	}
}

// lookForUsers looks whether the users of all links are there and ordinary, and notes
// the target's stamp when they are: until that changes, nobody has to look again.
func (e *Engine) lookForUsers(ctx context.Context, lease ledger.Lease) error {
	stamp, err := e.Target.Stamp(ctx) // before anybody is looked for
	if err != nil || stamp == "" {
		return err
	}
	if seen, err := e.Store.UsersSeen(ctx, e.Scope); err != nil || seen == stamp {
		return err
	}
	there, err := e.allThere(ctx)
	if err != nil || !there {
		return err
	}
	return e.Store.PutUsersSeen(ctx, lease, stamp)
}

// allThere reports whether the users of all links are there, not deleted and without
// a directory role. The ids of a country's would take a gigabyte; their hashes are as
// good: two of ten million are equal once in 300,000 times.
func (e *Engine) allThere(ctx context.Context) (bool, error) {
	seed := maphash.MakeSeed()
	var linked []uint64
	for link, err := range readAhead(e.Store.Links(ctx, e.Scope)) {
		if err != nil {
			return false, err
		}
		linked = append(linked, maphash.String(seed, link.ID))
	}
	slices.Sort(linked)
	found := 0
	for user, err := range readAhead(e.Target.Observe(ctx, directory.User, directory.Brief)) {
		if err != nil {
			return false, err
		}
		if _, ours := slices.BinarySearch(linked, maphash.String(seed, user.ID)); !ours {
			continue
		}
		if user.Deleted || user.DirectoryRole {
			return false, nil
		}
		found++
	}
	return found == len(linked), nil
}
