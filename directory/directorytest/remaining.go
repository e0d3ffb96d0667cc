package directorytest

import (
	"context"

	"github.com/homeroomhq/homeroom/directory"
)

// remaining returns what is still to be done to make have the desired object.
// Attributes that want does not name are left alone; owners and members are to
// be exactly those of want.
func remaining(want, have directory.Object) directory.Change {
	c := directory.Change{Kind: want.Kind, ID: have.ID, Set: directory.Attributes{}}
	for name, text := range want.Attributes {
		if have.Attributes[name] != text {
			c.Set[name] = text
		}
	}
	c.AddOwners, c.RemoveOwners = difference(want.Owners, have.Owners)
	c.AddMembers, c.RemoveMembers = difference(want.Members, have.Members)
	return c
}

// nothing reports whether the change does nothing.
func nothing(c directory.Change) bool {
	return len(c.Set)+len(c.AddOwners)+len(c.RemoveOwners)+len(c.AddMembers)+len(c.RemoveMembers) == 0
}

// difference returns what want has and have does not, and the other way round.
func difference(want, have []string) (add, remove []string) {
	return minus(want, have), minus(have, want)
}

func minus(ids, others []string) (rest []string) {
	among := make(map[string]bool, len(others))
	for _, id := range others {
		among[id] = true
	}
	for _, id := range ids {
		if !among[id] {
			rest = append(rest, id)
		}
	}
	return rest
}

// attempts is how often a passing fault is tried again.
const attempts = 20

// carryOut applies the changes, and again those that met a passing fault.
func carryOut(ctx context.Context, target directory.Target, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := target.Apply(ctx, changes)
	if err != nil {
		return nil, err
	}
	for range attempts {
		var again []int
		var some []directory.Change
		for i, outcome := range outcomes {
			if outcome.Verdict == directory.Retry {
				again = append(again, i)
				some = append(some, changes[i])
			}
		}
		if len(some) == 0 {
			break
		}
		repeated, err := target.Apply(ctx, some)
		if err != nil {
			return nil, err
		}
		for i, outcome := range repeated {
			outcomes[again[i]] = outcome
		}
	}
	return outcomes, nil
}
