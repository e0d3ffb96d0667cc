package explain

import (
	"cmp"
	"flag"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

var update = flag.Bool("update", false, "write the answers into the golden files")

// TestTarget holds the answers about what a directory cannot do. The outcomes are
// named by what is asked: one name, or two, the second of which may be an attribute;
// none is about the contacts of P1.
func TestTarget(t *testing.T) { rostertest.Golden(t, "testdata", *update, ask) }

// ask answers a question about a roster and a directory that is empty, takes people
// into two administrative units, and knows neither teams nor hidden memberships nor
// contacts.
func ask(t testing.TB, files rostertest.Delivery, question string) string {
	codes := roster.DefaultCodes()
	r, problems, err := sdscsv.Read(t.Context(), files, codes)
	if err != nil {
		t.Fatal(err)
	}
	census := flow.NewCensus(flow.Input{Roster: r, Codes: codes, Settings: settings(), Abilities: directory.Abilities{Units: 2, Owners: true}})
	matcher, err := census.Matcher(func(func(ledger.Link, error) bool) {}, func(string, string, string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	x := New(Input{Wanted: census.Want(matcher.Resolve()), Problems: problems, Steps: func(func(plan.Step, error) bool) {}})
	var asked []Subject
	for _, name := range strings.Fields(cmp.Or(question, "P1 contacts")) {
		if len(asked) == 1 && x.HasAttribute(asked[0], name) {
			return told(t, func() (Answer, error) { return x.Attribute(asked[0], name) })
		}
		names, err := Find(x.Wanted, name, func(Name) bool { return false })
		if err != nil {
			return err.Error() + "\n"
		}
		asked = append(asked, Subject{Kind: names[0].Kind, Key: names[0].Key})
	}
	if len(asked) == 1 {
		return told(t, func() (Answer, error) { return x.Object(asked[0]) })
	}
	return told(t, func() (Answer, error) { return x.Pair(asked[0], asked[1]) })
}

func told(t testing.TB, answer func() (Answer, error)) string {
	a, err := answer()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := WriteText(&text, []Answer{a}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func settings() flow.Settings {
	return flow.Settings{
		RoleGroups: []flow.RoleGroup{
			{ID: flow.Students, DisplayName: "Students", Roles: []string{"student"}},
			{ID: flow.Staff, DisplayName: "Staff", Roles: []string{"teacher"}},
		},
		Matching:  []flow.Matching{{RoleGroup: flow.Students, Source: "username", Target: directory.UserPrincipalName}, {RoleGroup: flow.Staff, Source: "username", Target: directory.UserPrincipalName}},
		Passwords: flow.PasswordsGenerated,
		Names:     flow.DefaultNames(),
		Sets: []flow.Set{{
			DisplayName: "All schools",
			User: &flow.UserFlow{
				CreateUnmatched: true, StudentContacts: true,
				Configurations: []flow.UserConfiguration{{RoleGroup: flow.Students}, {RoleGroup: flow.Staff}},
			},
			ClassGroup:         &flow.ClassGroupFlow{CreateTeam: true},
			AdministrativeUnit: &flow.AdministrativeUnitFlow{ByOrg: true},
		}},
	}
}
