package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// Whatever rosters come one after another, whatever settings change and whatever
// people do by hand: after each run a plan has nothing left to do, and the
// directory and the ledger are what the plans said, no more and no less.
func TestSyncAgain(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testSyncAgain(t, emptyDatabase(t), 40) })
	t.Run("postgres", func(t *testing.T) { testSyncAgain(t, postgrestest.Database(t), 10) })
}

func testSyncAgain(t *testing.T, empty string, checks int) {
	check(t, checks, func(t *rapid.T) {
		w := newWorld(t, empty)
		w.drawStrangers(t)
		shadow := newShadow(w)
		s := drawSchool(t)
		for range rapid.IntRange(2, 5).Draw(t, "runs") {
			w.drawSettings(t)
			w.reused = rapid.SampledFrom([]plan.Choice{plan.HoldReused, plan.SameClass, plan.NewClass}).Draw(t, "reused")
			w.alike(s)
			shadow.carryOut(w.sync(s))
			shadow.compare(w)
			w.settled(s)
			w.alike(s)
			w.sync(s)
			shadow.compare(w) // a second run does nothing
			w.drawByHand(t, shadow)
			s = s.clone()
			for range rapid.IntRange(1, 6).Draw(t, "edits") {
				s.edit(t)
			}
			s.turnYear(t)
		}
	})
}

// drawStrangers makes users whom the matching rule finds.
func (w *world) drawStrangers(t *rapid.T) {
	for i := range somePeople {
		if rapid.IntRange(0, 3).Draw(t, "stranger") == 0 {
			w.stranger(fmt.Sprint("p", i))
		}
	}
}

// stranger makes a user by hand.
func (w *world) stranger(name string) {
	w.Helper()
	outcomes, err := w.dir.Apply(w.Context(), []directory.Change{{Kind: directory.User, Set: directory.Attributes{
		directory.UserPrincipalName: name + "@school.example", directory.MailNickname: name,
		directory.DisplayName: name, directory.AccountEnabled: "true",
	}}})
	if err != nil || outcomes[0].Verdict != directory.Done {
		w.Fatal(err, outcomes)
	}
}

// drawSettings changes the settings now and then.
func (w *world) drawSettings(t *rapid.T) {
	toss := func(label string) bool { return rapid.Bool().Draw(t, label) }
	if rapid.IntRange(0, 2).Draw(t, "keep settings") > 0 {
		return
	}
	w.limits = rapid.SampledFrom([]plan.Limits{unlimited(), plan.DefaultLimits(), {RemovalShare: 10, Creations: 1, CreationShare: 10}}).Draw(t, "limits")
	w.settings = allFlows()
	set := &w.settings.Sets[0]
	set.User.GradeLevel, set.User.StudentContacts = toss("grade"), toss("contacts")
	set.ClassGroup.CreateTeam, set.ClassGroup.DisplayNameOnCreate = toss("team"), toss("title once")
	set.SecurityGroup.ByRoleGroup, set.AdministrativeUnit.ByOrg = toss("role group"), toss("unit")
	switch rapid.IntRange(0, 5).Draw(t, "setting") {
	case 0:
		set.Filter = &flow.Filter{In: []string{"O0", "O1"}}
	case 1:
		set.ClassGroup = nil
	case 2:
		set.SecurityGroup = nil
	case 3:
		set.User.CreateUnmatched = false
	case 4:
		set.ClassGroup.MemberRoles = &[]string{"student", "aide"}
	case 5:
		w.settings.FallbackOwners = map[string][]string{"O0": {"P0"}, "O1": {"P1"}}
	}
}

// drawByHand lets a person change the directory now and then.
func (w *world) drawByHand(t *rapid.T, s *shadow) {
	var groups, people []object
	for name := range s.directory {
		if name.Kind == directory.User {
			people = append(people, name)
		} else {
			groups = append(groups, name)
		}
	}
	if len(groups) == 0 || rapid.IntRange(0, 1).Draw(t, "by hand") == 0 {
		return
	}
	byName := func(a, b object) int {
		return slices.Compare([]string{string(a.Kind), a.Key}, []string{string(b.Kind), b.Key})
	}
	slices.SortFunc(groups, byName)
	slices.SortFunc(people, byName)
	group, user := rapid.SampledFrom(groups).Draw(t, "group"), rapid.SampledFrom(people).Draw(t, "user")
	there := s.directory[group]
	var err error
	switch rapid.IntRange(0, 2).Draw(t, "what") {
	case 0:
		err = w.dir.AddMember(w.Context(), nameOf(group), nameOf(user), false)
		there.Members = minus(append(slices.Clone(there.Members), user.Key), nil)
	case 1:
		if slices.Contains(there.Owners, user.Key) {
			return // a team must keep its last owner
		}
		err = w.dir.RemoveMember(w.Context(), nameOf(group), nameOf(user), false)
		there.Members = minus(there.Members, []string{user.Key})
	case 2:
		err = w.dir.Set(w.Context(), nameOf(group), []string{"displayName=By Hand"})
		there.Attributes = maps.Clone(there.Attributes)
		there.Attributes[directory.DisplayName] = "By Hand"
	}
	if err != nil {
		w.Fatal(err)
	}
	s.directory[group] = there
}

func nameOf(o object) local.Name { return local.Name{Kind: o.Kind, Text: o.Key} }
