package store

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// texts are those that are packed in a way of their own, and others.
var texts = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "S_1", "User_1", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
		"3f2504e04f8911d39a0c0305e82c3301", "0123456789abcdef", "0123456789ABCDEF", "0123456789abcdeg", "\x00é\xff",
	}),
	rapid.StringN(0, 300, -1),
)

var pairLists = rapid.Custom(func(t *rapid.T) []pair {
	users := rapid.SliceOfNDistinct(texts, 0, 20, rapid.ID).Draw(t, "users")
	slices.Sort(users)
	pairs := make([]pair, len(users))
	for i, user := range users {
		both := rapid.IntRange(1, int(ties*ties)-1).Draw(t, "ties")
		pairs[i] = pair{user, tie(both) / ties, tie(both) % ties}
	}
	return pairs
})

func TestRecordsArePackedWhole(t *testing.T) {
	names := rapid.OneOf(rapid.SampledFrom(attributeWords()), texts)
	reader, packer := newRecordReader(), newRecordPacker()
	rapid.Check(t, func(t *rapid.T) {
		want := record{
			Have: directory.Have{
				Kind: directory.ClassGroup, Key: "S_1", ID: texts.Draw(t, "id"), Org: texts.Draw(t, "org"),
				State:      directory.State(rapid.OneOf(rapid.SampledFrom(stateWords()), texts).Draw(t, "state")),
				Since:      rapid.SampledFrom([]string{"", "2026-11-28"}).Draw(t, "since"),
				Created:    rapid.Bool().Draw(t, "created"),
				Attributes: rapid.MapOf(names, texts).Draw(t, "attributes"),
				Lost:       directory.Lost{Values: rapid.SliceOfN(names, 0, 2).Draw(t, "lost")},
			},
			paged: rapid.Bool().Draw(t, "paged"),
		}
		if !want.paged {
			want.pairs = pairLists.Draw(t, "pairs")
		}
		got, err := reader.read(want.Kind, want.Key, packer.pack(&want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{}, pair{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("record (-want +got):\n%s", diff)
		}
	})
}

func TestLinksArePackedWhole(t *testing.T) {
	var reader linkReader
	rapid.Check(t, func(t *rapid.T) {
		persons := rapid.SliceOfNDistinct(texts, 0, 20, rapid.ID).Draw(t, "persons")
		slices.Sort(persons)
		want := make([]ledger.Link, len(persons))
		for i, person := range persons {
			want[i] = ledger.Link{
				Person: person, ID: texts.Draw(t, "id"),
				GivenName: texts.Draw(t, "given"), FamilyName: texts.Draw(t, "family"), Via: texts.Draw(t, "via"),
			}
		}
		body := packLinks(want)
		got, err := reader.read(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("links (-want +got):\n%s", diff)
		}
		ids := make(map[string]string)
		left, err := idsOfLinks(body, persons, ids)
		if err != nil || len(left) > 0 {
			t.Fatalf("left %q, %v", left, err)
		}
		for _, link := range want {
			if ids[link.Person] != link.ID {
				t.Fatalf("id of %q is %q, want %q", link.Person, ids[link.Person], link.ID)
			}
		}
	})
}

// A ledger outlives the program that wrote it: what a number stands for never
// changes.
func TestWordsKeepTheirPlaces(t *testing.T) {
	names := attributeWords()
	for place, word := range map[int]string{
		0: directory.UserPrincipalName, 3: directory.DisplayName, 16: directory.AnchorID,
		21: directory.SourceSectionID, 35: directory.Status,
	} {
		if names[place] != word {
			t.Errorf("%d stands for %s and no longer for %s", place, names[place], word)
		}
	}
}

// What tells of nothing that was lost is packed as it was before there was such a thing, so
// that programs of that time read it.
func TestOnlyWhatWasLostIsPackedAnew(t *testing.T) {
	some := []pair{{"User_1", ours, ours}, {"User_2", untied, releasedStrange}, {"User_3", strange, ours}}
	unsureOne := append(slices.Clone(some), pair{"User_4", untied, unsure})
	for _, test := range []struct {
		name    string
		record  record
		version byte
	}{
		{"nothing", record{pairs: some}, 1},
		{"a value", record{Have: directory.Have{Lost: directory.Lost{Values: []string{"team"}}}, pairs: some}, 2},
		{"a member", record{pairs: unsureOne}, 2},
	} {
		if got := newRecordPacker().pack(&test.record)[0]; got != test.version {
			t.Errorf("%s: packed in version %d, want %d", test.name, got, test.version)
		}
	}
	if got := [...]byte{packPage(some)[0], packPage(unsureOne)[0]}; got != [...]byte{1, 2} {
		t.Errorf("pages are packed in versions %v", got)
	}
	for tied, want := range map[pair]byte{{owner: ours, member: ours}: 6, {owner: strange, member: ours}: 11, {member: releasedStrange}: 4} {
		if got := tied.code(); got != want {
			t.Errorf("%v has become %d, and was %d", tied, got, want)
		}
	}
}

func TestPackedByANewerVersion(t *testing.T) {
	_, err := newRecordReader().read(directory.User, "User_1", []byte{lostVersion + 1, 0})
	wantKind(t, err, fault.Invalid)
	_, err = new(linkReader).read([]byte{lostVersion + 1, 0})
	wantKind(t, err, fault.Invalid)
}

// Whatever stands in a row is read or refused.
func FuzzUnpack(f *testing.F) {
	r := record{Have: directory.Have{
		Key: "S_1", ID: "3f2504e0-4f89-11d3-9a0c-0305e82c3301", State: directory.Managed, Org: "north",
		Attributes: directory.Attributes{directory.AnchorID: "S_1", "other": "x"},
	}, pairs: []pair{{"User_1", ours, ours}, {"User_12", untied, releasedStrange}}}
	f.Add(newRecordPacker().pack(&r))
	f.Add(packPage(r.pairs))
	lost := r
	lost.Lost.Values, lost.pairs = []string{directory.AnchorID}, []pair{{"User_1", unsure, ours}, {"User_12", ours, unsure}}
	f.Add(newRecordPacker().pack(&lost))
	f.Add(packPage(lost.pairs))
	f.Add(packLinks([]ledger.Link{{Person: "User_1", ID: r.ID, GivenName: "0123456789abcdef", Via: "rule"}, {Person: "User_2"}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := newRecordReader().read(directory.ClassGroup, "S_1", body); err == nil {
			again, err := newRecordReader().read(directory.ClassGroup, "S_1", newRecordPacker().pack(&got))
			if diff := cmp.Diff(got, again, cmp.AllowUnexported(record{}, pair{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("read %v once and twice (-once +twice):\n%s", err, diff)
			}
		}
		_, _ = new(pairReader).readPage(body)
		_, _ = new(linkReader).read(body)
		_, _ = idsOfLinks(body, []string{"", "User_1", "User_2"}, map[string]string{})
	})
}
