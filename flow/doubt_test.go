package flow_test

import (
	"context"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// match pairs the one person of a roster with users, and returns the links that
// are remembered afterwards and what a person must decide.
func match(t *testing.T, given, family string, links []ledger.Link, users ...directory.Object) (after []ledger.Link, doubt string) {
	t.Helper()
	s := sheet{
		"orgs.csv":  {{"O1", "North", "school", ""}},
		"users.csv": {{"U1", "ada@x.example", given, family, "", "", "", "", ""}},
		"roles.csv": {{"U1", "O1", "student", "", "", "", "", "", ""}},
	}
	r, _, err := sdscsv.Read(context.Background(), s, roster.DefaultCodes())
	if err != nil {
		t.Fatal(err)
	}
	census := flow.NewCensus(flow.Input{Roster: r, Codes: roster.DefaultCodes(), Settings: flow.Settings{
		RoleGroups: roleGroups(),
		Matching:   []flow.Matching{{RoleGroup: flow.Students, Source: "username", Target: directory.UserPrincipalName}},
		Sets:       []flow.Set{{User: &flow.UserFlow{}}},
	}})
	stored := func(yield func(ledger.Link, error) bool) {
		for _, l := range links {
			if !yield(l, nil) {
				return
			}
		}
	}
	matcher, err := census.Matcher(stored, func(string, string, string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		matcher.See(u)
	}
	matches := matcher.Resolve()
	for w := range census.Want(matches).Objects(directory.User, directory.Span{}) {
		doubt = w.Doubt
	}
	if changed := matches.Links(); len(changed) > 0 {
		return changed, doubt
	}
	return links, doubt
}

func ada() directory.Object {
	return directory.Object{Kind: directory.User, ID: "1", Attributes: directory.Attributes{directory.UserPrincipalName: "ada@x.example"}}
}

// TestNamesAreRemembered: a person is replaced though a roster in between gave no
// names (rules 2, "PersonReplaced").
func TestNamesAreRemembered(t *testing.T) {
	links, _ := match(t, "Ada", "Lee", nil, ada())
	links, doubt := match(t, "", "", links, ada())
	if doubt != "" {
		t.Fatalf("no names: %s", doubt)
	}
	if _, doubt = match(t, "Bo", "May", links, ada()); doubt != "PersonReplaced" {
		t.Errorf("other names: %q", doubt)
	}
}

// TestUserOfAbsentPerson: the user of a person whom the roster does not have is
// not given away by the rule (rules 2, "Match").
func TestUserOfAbsentPerson(t *testing.T) {
	if _, doubt := match(t, "Ada", "Lee", []ledger.Link{{Person: "User_U2", ID: "1", Via: "rule"}}, ada()); doubt != "MatchDoubtful" {
		t.Errorf("doubt: %q", doubt)
	}
}

// TestDoubtsAboutAnchor: a user who bears the anchor may be doubtful, too.
func TestDoubtsAboutAnchor(t *testing.T) {
	u := ada()
	u.Attributes[directory.AnchorID], u.Guest = "User_U1", true
	if _, doubt := match(t, "Ada", "Lee", nil, u); doubt != "MatchDoubtful" {
		t.Errorf("doubt: %q", doubt)
	}
}
