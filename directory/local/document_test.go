package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
)

// TestImportOfExport checks that a directory which was made from an export, as
// it is or stable, is the same directory to a stable export, and that importing
// once more changes nothing.
func TestImportOfExport(t *testing.T) { onBoth(t, testImportOfExport) }

func testImportOfExport(t *testing.T, address string) {
	db := openDB(t, address)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		first := openTenant(t, db, fmt.Sprintf("first %d", round))
		load(rt, first, drawDocument(rt))
		want := export(rt, first, true)
		if diff := cmp.Diff(want, export(rt, first, true)); diff != "" {
			rt.Fatalf("a second stable export differs:\n%s", diff)
		}
		for _, stable := range []bool{true, false} {
			other := openTenant(t, db, fmt.Sprintf("%v %d", stable, round))
			text := export(rt, first, stable)
			for range 2 {
				load(rt, other, text)
				if diff := cmp.Diff(want, export(rt, other, true)); diff != "" {
					rt.Fatalf("after import (-want +have):\n%s", diff)
				}
			}
		}
	})
}

// drawDocument draws a directory in which several objects may bear one anchor,
// or none.
func drawDocument(t *rapid.T) string {
	flag := func(label string) *bool { return new(rapid.Bool().Draw(t, label)) }
	text := rapid.SampledFrom([]string{"Ada", "O'Brien, \"Bo\"", " é ", "א", "x=1", "<&>"})
	key := func(prefix string) string {
		return rapid.SampledFrom([]string{"", prefix + "1", prefix + "2"}).Draw(t, "key")
	}
	var doc local.Document
	var people []string
	for i := range rapid.IntRange(0, 5).Draw(t, "users") {
		upn := fmt.Sprintf("User.%d@School.example", i)
		e := local.Entry{
			Key:     key("User_"),
			Deleted: flag("deleted"), Guest: flag("guest"), DirectoryRole: flag("directoryRole"),
			Attributes: map[string]any{
				"userPrincipalName": upn, "displayName": text.Draw(t, "name"), "accountEnabled": *flag("enabled"),
				"licenseSkus": rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 2).Draw(t, "licenses"),
			},
		}
		if rapid.Bool().Draw(t, "contacts") {
			relations := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom([]string{"parent", "relative"}), 1, 3).Draw(t, "relations")))
			e.Attributes["relatedContacts"] = directory.Relations{Count: len(relations), Relations: relations}
		}
		if !*e.Deleted {
			people = append(people, strings.ToUpper(upn))
		}
		doc.Users = append(doc.Users, e)
	}
	some := func(label string) []string {
		if len(people) == 0 {
			return []string{}
		}
		return rapid.SliceOfDistinct(rapid.SampledFrom(people), rapid.ID[string]).Draw(t, label)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
		class := local.Entry{
			Key: key("Section_"), Owners: some("owners"), Members: some("members"),
			Attributes: map[string]any{"displayName": text.Draw(t, "name"), "mailNickname": fmt.Sprintf("class%d", i)},
		}
		class.Attributes["team"] = len(class.Owners) > 0
		doc.ClassGroups = append(doc.ClassGroups, class)
		doc.SecurityGroups = append(doc.SecurityGroups, local.Entry{
			Key: fmt.Sprint("Group_", i), Members: some("members"), Attributes: map[string]any{"displayName": text.Draw(t, "name")},
		})
	}
	return marshal(t, doc)
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func marshal(t failer, doc local.Document) string {
	t.Helper()
	encoded, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func load(t *rapid.T, d *local.Directory, document string) {
	t.Helper()
	if _, err := d.Import(t.Context(), strings.NewReader(document)); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
}

func export(t *rapid.T, d *local.Directory, stable bool) string {
	t.Helper()
	doc, err := d.Export(t.Context(), stable)
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, doc)
}

// TestStableExportIgnoresOrder makes the same directory in different orders.
func TestStableExportIgnoresOrder(t *testing.T) {
	texts := map[string]bool{}
	for seed := range uint64(5) {
		d := open(t)
		names := []string{"a", "b", "c", "d", "e"}
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var people []string
		for _, name := range names {
			people = append(people, apply(t, d, directory.Change{Kind: directory.User, Set: directory.Attributes{
				directory.UserPrincipalName: name + "@school.example",
			}}).ID)
		}
		for _, name := range names {
			apply(t, d, directory.Change{Kind: directory.SecurityGroup, AddMembers: people, Set: directory.Attributes{
				directory.DisplayName: "The same", directory.Description: name,
			}})
		}
		doc, err := d.Export(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := doc.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		texts[marshal(t, doc)+text.String()] = true
	}
	if len(texts) != 1 {
		t.Errorf("%d different stable exports of one content", len(texts))
	}
}

func apply(t *testing.T, d *local.Directory, change directory.Change) directory.Outcome {
	t.Helper()
	outcomes, err := d.Apply(t.Context(), []directory.Change{change})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}

// TestImportKeepsIDs checks that objects keep their ids in another directory, and
// that one which was deleted comes back under its own.
func TestImportKeepsIDs(t *testing.T) { onBoth(t, testImportKeepsIDs) }

func testImportKeepsIDs(t *testing.T, address string) {
	db := openDB(t, address)
	first, other := openTenant(t, db, "first"), openTenant(t, db, "other")
	people := someUsers(t, first, 300)
	class := apply(t, first, directory.Change{
		Kind: directory.ClassGroup, AddMembers: people, AddOwners: people[:2],
		Set: directory.Attributes{directory.DisplayName: "Algebra", directory.AnchorID: "Section_1"},
	}).ID
	exported := func(d *local.Directory) string {
		doc, err := d.Export(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		return marshal(t, doc)
	}
	want := exported(first)
	someUsers(t, other, 1) // whose number one of the others had at home
	if err := other.Set(t.Context(), local.Name{Text: "u0@school.example"}, []string{"userPrincipalName=x@school.example"}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*local.Directory{first, other} {
		for range 2 {
			if _, err := d.Import(t.Context(), strings.NewReader(want)); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{class, people[0], people[299]} {
				shown, err := d.Show(t.Context(), local.Name{Text: text})
				if err != nil || shown.ID != text {
					t.Fatalf("%s became %+v, %v", text, shown, err)
				}
			}
			found, err := d.Find(t.Context(), directory.ClassGroup, []string{"Section_1"})
			if err != nil || len(found) != 1 || !slices.Equal(found[0].Members, people) || !slices.Equal(found[0].Owners, people[:2]) {
				t.Fatalf("the class became %+v, %v", found, err)
			}
			if err := d.Delete(t.Context(), local.Name{Text: class}); err != nil {
				t.Fatal(err)
			}
		}
		// New objects get ids and numbers that are free.
		more := apply(t, d, directory.Change{Kind: directory.SecurityGroup, Set: directory.Attributes{directory.DisplayName: "New"}})
		if more.Verdict != directory.Done || more.ID == class {
			t.Errorf("a new object: %+v", more)
		}
	}
}
