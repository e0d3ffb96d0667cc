package flow_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// TestReasonsAgree compares what is explained with what is wanted: who has no
// reason against is in, and every attribute without one is written.
func TestReasonsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		wanted := w.decide(t).wanted
		for _, kind := range directory.Kinds() {
			for want := range wanted.Objects(kind, directory.Span{}) {
				if want.Keep.Object {
					continue
				}
				compareFacts(t, w, wanted, want)
				for _, user := range everybody() {
					compareReasons(t, w, wanted, want, user)
				}
			}
		}
		compareWhys(t, w, wanted)
	})
}

func compareFacts(t *rapid.T, w *world, wanted *flow.Wanted, want directory.Want) {
	told := map[flow.When]directory.Attributes{}
	for _, f := range wanted.Facts(want.Kind, want.Key) {
		if f.Out != "" {
			continue
		}
		if told[f.When] == nil {
			told[f.When] = make(directory.Attributes)
		}
		told[f.When][f.Name] = f.Value
	}
	for when, attributes := range map[flow.When]directory.Attributes{
		flow.Always: want.Attributes, flow.Created: want.CreateOnly, flow.Added: want.AddOnly,
	} {
		if when == flow.Created && want.ID != "" {
			maps.DeleteFunc(attributes, func(string, string) bool { return true }) // of no use to a user who is there
			told[when] = nil
		}
		if diff := cmp.Diff(attributes, told[when], equateEmpty()); diff != "" {
			t.Fatalf("attributes of %s (-wanted +explained):\n%s\n%s", want.Key, diff, w)
		}
	}
}

func compareReasons(t *rapid.T, w *world, wanted *flow.Wanted, want directory.Want, user string) {
	member, owner := slices.Contains(want.Members, user), slices.Contains(want.Owners, user)
	var saysMember, saysOwner bool
	switch want.Kind {
	case directory.User:
		return
	case directory.ClassGroup:
		for _, seat := range wanted.Seats(want.Key, user) {
			saysMember = saysMember || seat.Out == ""
			saysOwner = saysOwner || seat.Out == "" && seat.Owner
		}
	default:
		p, known := wanted.Person(user)
		j := wanted.Joining(want.Kind, want.Key, user)
		saysMember = known && p.Provisioned && slices.Contains(j.Roles, "") && !j.BeyondLimit
		if j.Member != member {
			t.Fatalf("%s in %s: joining says %v\n%s", user, want.Key, j.Member, w)
		}
	}
	if saysMember != member || saysOwner != owner {
		t.Fatalf("%s in %s: wanted %v %v, explained %v %v\n%s", user, want.Key, member, owner, saysMember, saysOwner, w)
	}
}

func compareWhys(t *rapid.T, w *world, wanted *flow.Wanted) {
	for _, user := range everybody() {
		p, known := wanted.Person(user)
		if !known {
			continue
		}
		takesPart := slices.ContainsFunc(p.Sets, func(s flow.Part) bool { return s.TakesPart })
		found := p.Match.Pass != flow.NotFound || p.Created.Refused == "" && !p.Match.Doubtful
		if p.Provisioned != (takesPart && found) {
			t.Fatalf("%s: provisioned %v, explained by %+v\n%s", user, p.Provisioned, p, w)
		}
		for _, set := range p.Sets {
			if set.TakesPart != slices.Contains(set.Roles, "") {
				t.Fatalf("%s in %s: %+v\n%s", user, set.FlowSet, set, w)
			}
		}
		for _, r := range p.Roles {
			if r.Leads && r.RoleGroup != p.Speaks {
				t.Fatalf("%s: %s speaks, and a role of %s leads\n%s", user, p.Speaks, r.RoleGroup, w)
			}
		}
	}
}
