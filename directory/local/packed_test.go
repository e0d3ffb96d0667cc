package local

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
)

// TestAttributesPacked checks that every attribute is read back, but for those
// that have a column.
func TestAttributesPacked(t *testing.T) {
	c := newCodec()
	text := rapid.SampledFrom([]string{"", "a", "İ", "A@x.example", "a@x.example", "two\nlines"})
	rapid.Check(t, func(t *rapid.T) {
		attributes, want := directory.Attributes{}, directory.Attributes{}
		for _, name := range append(attributeCodes(), directory.AnchorID, directory.AccountEnabled) {
			attributes[name] = text.Draw(t, name)
			if attributes[name] != "" && name != directory.AnchorID && name != directory.AccountEnabled {
				want[name] = attributes[name]
			}
		}
		have := directory.Attributes{}
		if upn := want[directory.UserPrincipalName]; upn != "" {
			have[directory.UserPrincipalName] = fold(upn)
		}
		if err := c.unpack(c.pack(attributes), have); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("(-want +have):\n%s", diff)
		}
	})
}

// TestKnownAttributesHaveCodes checks that there is nothing which an object can
// have and the database cannot keep.
func TestKnownAttributesHaveCodes(t *testing.T) {
	for _, kind := range directory.Kinds() {
		for _, name := range attributesOf(kind) {
			column := name == directory.AnchorID || name == directory.AccountEnabled
			if slices.Contains(attributeCodes(), name) == column {
				t.Errorf("%s has a code and a column, or neither", name)
			}
		}
		if kindNumber(kind) == 0 {
			t.Errorf("the database does not know the kind %s", kind)
		}
	}
}

// FuzzAttributes reads bytes that may be anything: they are refused, or they are
// what the attributes become when they are packed again.
func FuzzAttributes(f *testing.F) {
	c := newCodec()
	f.Add(c.pack(directory.Attributes{directory.DisplayName: "Ada", directory.Grade: "09"}))
	f.Add([]byte{3, 200})
	f.Fuzz(func(t *testing.T, packed []byte) {
		attributes := directory.Attributes{}
		if err := c.unpack(packed, attributes); err != nil {
			if !errors.Is(err, errPacked) {
				t.Fatal(err)
			}
			return
		}
		again := directory.Attributes{}
		if err := c.unpack(c.pack(attributes), again); err != nil {
			t.Fatal(err)
		}
		delete(attributes, directory.UserPrincipalName) // left out where a column has it
		delete(again, directory.UserPrincipalName)
		if diff := cmp.Diff(attributes, again); diff != "" {
			t.Fatalf("(-first +again):\n%s", diff)
		}
	})
}

// FuzzPlaces does the same with pages of members.
func FuzzPlaces(f *testing.F) {
	f.Add(packPlaces([]place{{1, isMember}, {2, isOwner}, {maxNumber, isMember | isOwner}}))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		places, err := unpackPlaces(packed)
		if err != nil {
			if !errors.Is(err, errPlaces) {
				t.Fatal(err)
			}
			return
		}
		again, err := unpackPlaces(packPlaces(places))
		if err != nil || !slices.Equal(places, again) {
			t.Fatalf("%v became %v, %v", places, again, err)
		}
		for _, p := range places {
			if roles, err := rolesOf(packed, p.number); err != nil || roles != p.roles {
				t.Fatalf("the roles of %d are %d, %v, not %d", p.number, roles, err, p.roles)
			}
		}
	})
}

// TestPlacesPacked checks that what is written is read back.
func TestPlacesPacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfDistinct(rapid.Int64Range(1, maxNumber), rapid.ID[int64]).Draw(t, "numbers")
		slices.Sort(numbers)
		places := make([]place, len(numbers))
		for i, number := range numbers {
			places[i] = place{number, roles(rapid.IntRange(1, 3).Draw(t, "roles"))}
		}
		have, err := unpackPlaces(packPlaces(places))
		if err != nil || !slices.Equal(places, have) {
			t.Fatalf("%v became %v, %v", places, have, err)
		}
	})
}

// TestShape checks that ids and numbers go both ways, and that an id in another
// form, or of another directory, has no number.
func TestShape(t *testing.T) {
	s, other := newShape(), newShape()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Range(1, maxNumber-1).Draw(t, "number")
		id := s.id(number)
		if have, ours := s.number(id); !ours || have != number {
			t.Fatalf("%d became %s, which became %d", number, id, have)
		}
		changed := []byte(id)
		at := rapid.IntRange(0, len(id)-1).Draw(t, "at")
		changed[at] = rapid.Byte().Draw(t, "byte")
		if have, ours := s.number(string(changed)); ours && s.id(have) != string(changed) {
			t.Fatalf("%s is taken for %d", changed, have)
		}
		if _, ours := other.number(id); ours {
			t.Fatalf("%s is taken for an id of %s", id, other)
		}
	})
}
