package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

var updateOutput = flag.Bool("update-output", false, "write the golden files of plans as text and JSON anew")

// Each plan is compared with what it looked like when a person last read it.
func TestOutput(t *testing.T) {
	plans := map[string]*plan.Plan{
		"nothing":    nothingToDo(t),
		"everything": everything(t),
		"undecided":  undecided(t),
	}
	for name, p := range plans {
		golden(t, name+".json", func(w io.Writer) error { return plan.WriteJSON(w, p) })
		golden(t, name+".txt", func(w io.Writer) error { return plan.WriteText(w, p, plan.TextOptions{}) })
	}
	for _, p := range []*plan.Plan{plans["everything"], carriedOut(t)} {
		name := "everything"
		if p.Outcome != nil {
			name = "stored"
			golden(t, "stored.json", func(w io.Writer) error { return plan.WriteJSON(w, p) })
			golden(t, "stored.txt", func(w io.Writer) error { return plan.WriteText(w, p, plan.TextOptions{}) })
		}
		golden(t, name+".csv", func(w io.Writer) error { return plan.WriteCSV(w, p, calledSo) })
		golden(t, name+".html", func(w io.Writer) error { return writePage(w, p) })
	}
	golden(t, "everything-short.txt", func(w io.Writer) error {
		return plan.WriteText(w, plans["everything"], plan.TextOptions{Limit: 1, Width: 60})
	})
	golden(t, "everything-colour.txt", func(w io.Writer) error {
		return plan.WriteText(w, plans["everything"], plan.TextOptions{Colour: true})
	})
}

// calledSo gives names, some of which are not as harmless as they should be.
func calledSo(kind directory.Kind, key string) string {
	return map[string]string{
		"User_200001": "=HYPERLINK(\"https://x.example\")", "User_200002": "</script><img src=x onerror=alert(1)>",
		"User_200003": "שרה כהן", "User_114001": "Ada", "Section_112005": "فيزياء ١",
	}[key]
}

// writePage writes a plan as a page, without what is the same in all pages.
func writePage(w io.Writer, p *plan.Plan) error {
	var page bytes.Buffer
	err := plan.WriteHTML(&page, p, plan.HTMLOptions{Title: "What a <sync> would do", Notes: []string{"A & B overlap."}, Names: calledSo})
	if err != nil {
		return err
	}
	text := page.String()
	for _, part := range [][2]string{{"<style>", "</style>"}, {"<script>", "</script>"}} {
		_, after, _ := strings.Cut(text, part[0])
		inside, _, _ := strings.Cut(after, part[1])
		text = strings.Replace(text, inside, "…", 1)
	}
	text = regexp.MustCompile("sha256-.*?&#39;").ReplaceAllString(text, "sha256-…&#39;")
	_, err = io.WriteString(w, text)
	return err
}

// carriedOut is the plan of everything as it comes back from where it was stored,
// after a run that did not get to its end.
func carriedOut(t *testing.T) *plan.Plan {
	p := everything(t)
	p.Orgs = map[string]string{"110001": "Lincoln & <Sons>"}
	document, err := plan.Document(p)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := plan.Stored(document, p.Len(), p.All(), p.Skipped, func(s *plan.Step) plan.Outcome {
		switch {
		case s.Held != nil:
			return plan.Outcome{Status: plan.Held}
		case s.Key == "Section_112001":
			return plan.Outcome{Status: plan.Waiting, Rule: plan.WaitsForUser, Message: "Section_112001 waits for 1 people who have no directory user yet"}
		case s.Key == "Section_112002":
			return plan.Outcome{Status: plan.Failed, Rule: directory.NameConflict, Message: "the name is taken by a <group>"}
		case s.Seq > 12:
			return plan.Outcome{Status: plan.Open}
		}
		return plan.Outcome{Status: plan.Done}
	})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "output", name)
	if *updateOutput {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if strings.HasSuffix(name, ".json") && !json.Valid(got.Bytes()) {
		t.Errorf("%s is not JSON", name)
	}
}

const allSchools, lincoln = "All schools", "Lincoln <only>"

func why(flowSet, flow, rule, record string) []directory.Why {
	return []directory.Why{{FlowSet: flowSet, Flow: flow, Rule: rule, Record: record}}
}

func user(id, line string) directory.Want {
	record := "users.csv:" + line
	return directory.Want{
		Kind: directory.User, Key: "User_" + id, Org: "110001", Record: record,
		Why: why(allSchools, "userProvisioningFlow", "user", record),
	}
}

func class(id, line string) directory.Want {
	record := "classes.csv:" + line
	return directory.Want{
		Kind: directory.ClassGroup, Key: "Section_" + id, Org: "110001", Record: record,
		Why: why(allSchools, "classGroupProvisioningFlow", "classGroup", record),
	}
}

func group(kind directory.Kind, key string, members ...string) directory.Want {
	return directory.Want{
		Kind: kind, Key: key, Org: "110001", Record: "orgs.csv:2", Members: members,
		Attributes: directory.Attributes{directory.DisplayName: "Lincoln High"},
		Why:        why(lincoln, string(kind)+"ProvisioningFlow", string(kind), "orgs.csv:2"),
	}
}

func had(kind directory.Kind, key string, a directory.Attributes) directory.Have {
	return directory.Have{Kind: kind, Key: key, ID: "id-" + key, State: directory.Managed, Created: true, Attributes: a, Org: "110001"}
}

// havesOf returns a ledger that has these objects, which are in order.
func havesOf(haves []directory.Have) func(directory.Kind, directory.Span) iter.Seq2[directory.Have, error] {
	return func(kind directory.Kind, _ directory.Span) iter.Seq2[directory.Have, error] {
		return func(yield func(directory.Have, error) bool) {
			for _, h := range haves {
				if h.Kind == kind && !yield(h, nil) {
					return
				}
			}
		}
	}
}

// users returns the keys of n people.
func users(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("User_%06d", 200001+i)
	}
	return keys
}

func compute(t *testing.T, wants, before []directory.Want, haves []directory.Have) *plan.Plan {
	t.Helper()
	p, err := plan.Compute(plan.Input{
		Want:   wantsOf(wants),
		Before: []func(directory.Kind, directory.Span) iter.Seq[directory.Want]{wantsOf(before)},
		Have:   havesOf(haves),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.RosterSHA256 = strings.Repeat("0123456789abcdef", 4)
	p.Generation = 12
	return p
}

func wantsOf(wants []directory.Want) func(directory.Kind, directory.Span) iter.Seq[directory.Want] {
	return func(kind directory.Kind, _ directory.Span) iter.Seq[directory.Want] {
		return func(yield func(directory.Want) bool) {
			for _, w := range wants {
				if w.Kind == kind && !yield(w) {
					return
				}
			}
		}
	}
}

func nothingToDo(t *testing.T) *plan.Plan {
	w := user("114001", "2")
	w.Attributes = directory.Attributes{directory.Grade: "09"}
	return compute(t, []directory.Want{w}, nil, []directory.Have{had(directory.User, w.Key, w.Attributes)})
}

// undecided is a plan of which nothing is free.
func undecided(t *testing.T) *plan.Plan {
	w := user("114001", "2")
	w.ID, w.Doubt, w.Detail, w.Keep.Object = "5c1", "MatchDoubtful", "the directory user ada@lincoln.example is disabled", true
	return compute(t, []directory.Want{w}, nil, nil)
}

// everything is a plan with every action and every reason that differ in how
// they are shown.
func everything(t *testing.T) *plan.Plan {
	wants := slices.Concat(everyUser(), everyGroup(), everyClass())
	before := []directory.Want{class("112007", "8"), class("112009", "10")}
	before[0].Members = []string{"User_200001", "User_200002"}
	p := compute(t, wants, before, everyHave())
	guard := plan.Guard{
		Limits:     plan.DefaultLimits(),
		Approved:   func(string) bool { return false },
		Privileged: func(user string) bool { return user == "User_200003" },
	}
	if err := guard.Hold(p); err != nil {
		panic(err)
	}
	return p
}

func everyUser() []directory.Want {
	created := user("114001", "2")
	created.CreateOnly = directory.Attributes{
		directory.DisplayName: "Ada \x1b[31mLovelace", directory.UserPrincipalName: "ada@lincoln.example", directory.PasswordFrom: "configuration",
	}
	created.Attributes = directory.Attributes{directory.RelatedContacts: directory.ContactsValue([]directory.Contact{
		{ID: "1", DisplayName: "Annabella Byron", EmailAddress: "annabella@example.com", Relationship: "parent"},
	})}
	created.AddOnly = directory.Attributes{directory.LicenseSKUs: directory.List([]string{"sku-b", "sku-a"}), directory.UsageLocation: "GB"}
	matched := user("114002", "3")
	matched.ID = "5c2"
	matched.Attributes = directory.Attributes{directory.AnchorID: matched.Key, directory.ObjectType: "Student"}
	changed := user("114003", "4")
	changed.Attributes = directory.Attributes{
		directory.Grade:           "10",
		directory.AgeGroup:        "",
		directory.RelatedContacts: directory.ContactsValue([]directory.Contact{{ID: "2", EmailAddress: "new@example.com", Relationship: "parent"}}),
	}
	doubtful := user("114004", "5")
	doubtful.ID, doubtful.Doubt, doubtful.Detail, doubtful.Keep.Object = "5c4", "MatchDoubtful", "the directory user alan@lincoln.example is a guest", true
	unmatched, noPassword := user("114005", "6"), user("114006", "7")
	unmatched.Refused, unmatched.Detail, unmatched.Keep.Object = "UserNotMatched", "no directory user matches, and no flow creates one", true
	noPassword.Refused, noPassword.Detail, noPassword.Keep.Object = "PasswordMissing", "neither the roster nor the flow gives a password", true
	other := user("114007", "8")
	other.Refused, other.Detail, other.Keep.Object = unmatched.Refused, unmatched.Detail, true
	return []directory.Want{created, matched, changed, doubtful, unmatched, noPassword, other}
}

func everyGroup() []directory.Want {
	return []directory.Want{
		group(directory.AdministrativeUnit, "School_110001", "User_114001", "User_114002"),
		group(directory.SecurityGroup, "RoleGroup_students_110001", "User_114002", "User_114003"),
	}
}

func everyClass() []directory.Want {
	created := class("112001", "2")
	created.Attributes = directory.Attributes{directory.DisplayName: "Computer Science 101", directory.Team: "true"}
	created.Owners, created.Members = []string{"User_114003"}, []string{"User_114001", "User_114002", "User_114003"}
	changed := class("112002", "3")
	changed.Attributes = directory.Attributes{directory.DisplayName: "Biology 2"}
	changed.Owners, changed.Members = users(1), users(25)
	team := class("112003", "4")
	team.Attributes = directory.Attributes{directory.Team: "true"}
	team.Owners, team.Members = users(1), users(1)
	orphaned := class("112004", "5")
	orphaned.Members = users(2)[1:]
	emptied := class("112005", "6")
	emptied.Members = users(1)
	nobody := class("112006", "7")
	freed := class("112007", "8")
	freed.Members = users(1)
	demoted := class("112010", "11")
	demoted.Owners, demoted.Members = users(2)[1:], users(4)
	demoted.Why = append(demoted.Why, directory.Why{FlowSet: lincoln, Flow: "classGroupProvisioningFlow", Rule: "classGroup", Record: demoted.Record})
	return []directory.Want{created, changed, team, orphaned, emptied, nobody, freed, demoted}
}

func everyHave() []directory.Have {
	pairs := func(key string, owners, members []string, a directory.Attributes) directory.Have {
		h := had(directory.ClassGroup, key, a)
		h.Owners, h.Members = owners, members
		return h
	}
	gone := had(directory.User, "User_114008", nil)
	return []directory.Have{
		had(directory.User, "User_114003", directory.Attributes{
			directory.Grade: "09", directory.AgeGroup: "Minor",
			directory.RelatedContacts: directory.ContactsValue([]directory.Contact{{ID: "2", EmailAddress: "old@example.com", Relationship: "parent"}}),
		}),
		gone,
		pairs("Section_112002", users(1), users(1), directory.Attributes{directory.DisplayName: "Biology"}),
		pairs("Section_112003", users(1), users(1), nil),
		pairs("Section_112004", users(1), users(2), nil),
		pairs("Section_112005", nil, users(13), nil),
		pairs("Section_112007", nil, users(2), nil),
		pairs("Section_112008", nil, users(1), nil),
		pairs("Section_112009", nil, users(1), nil),
		pairs("Section_112010", append(users(2)[1:], "User_200003"), users(4), nil),
	}
}

// A reader who goes away stops the writing.
func TestOutputFails(t *testing.T) {
	p := everything(t)
	if err := plan.WriteJSON(brokenWriter{}, p); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("WriteJSON: %v", err)
	}
	if err := plan.WriteCSV(brokenWriter{}, p, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("WriteCSV: %v", err)
	}
	if err := plan.WriteHTML(brokenWriter{}, p, plan.HTMLOptions{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("WriteHTML: %v", err)
	}
	if err := plan.WriteText(brokenWriter{}, p, plan.TextOptions{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("WriteText: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
