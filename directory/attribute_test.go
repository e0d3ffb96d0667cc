package directory_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

func TestValue(t *testing.T) {
	contacts := directory.ContactsValue([]directory.Contact{
		{ID: "2", DisplayName: "Jean Craig", EmailAddress: "jean@example.org", Relationship: "relative"},
		{ID: "1", DisplayName: "Bob Smithee", EmailAddress: "bob@example.org", Relationship: "guardian"},
	})
	for _, test := range []struct {
		name, text string
		want       any
	}{
		{directory.DisplayName, "", nil},
		{directory.DisplayName, "true", "true"},
		{directory.Team, directory.Bool(true), true},
		{directory.AccountEnabled, directory.Bool(false), false},
		{directory.LicenseSKUs, directory.List([]string{"b", "a", "b"}), []string{"a", "b"}},
		{directory.RelatedContacts, contacts, directory.Relations{Count: 2, Relations: []string{"guardian", "relative"}}},
	} {
		if diff := cmp.Diff(test.want, directory.Value(test.name, test.text)); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.name, test.text, diff)
		}
	}
}

// What contacts are is told apart, whatever their order, and not told.
func TestContactsValue(t *testing.T) {
	a := directory.Contact{ID: "1", DisplayName: "Bob Smithee", EmailAddress: "bob@example.org", Relationship: "guardian"}
	b := directory.Contact{ID: "2", DisplayName: "Jean Craig", EmailAddress: "jean@example.org", Relationship: "guardian"}
	value := directory.ContactsValue([]directory.Contact{a, b})
	if other := directory.ContactsValue([]directory.Contact{b, a}); other != value {
		t.Errorf("another order gives %q, not %q", other, value)
	}
	moved := b
	moved.EmailAddress = "jean@example.com"
	if directory.ContactsValue([]directory.Contact{a, moved}) == value {
		t.Error("a new address changes nothing")
	}
	for _, secret := range []string{"Bob", "bob@", "Jean"} {
		if strings.Contains(value, secret) {
			t.Errorf("%q tells %q", value, secret)
		}
	}
	if directory.ContactsValue(nil) != "" {
		t.Error("no contacts have a value")
	}
}

func TestSecretIsHidden(t *testing.T) {
	change := directory.Change{Kind: directory.User, Password: "P@ssword123"}
	text, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), fmt.Sprint(change), fmt.Sprintf("%+v", change), fmt.Sprintf("%#v", change)} {
		if strings.Contains(shown, "P@ssword") {
			t.Errorf("the password is shown: %s", shown)
		}
	}
}

func TestKeepHolds(t *testing.T) {
	keep := directory.Keep{Members: []string{"User_1", "User_3"}, Shared: []string{"User_2"}}
	for user, want := range map[string]bool{"User_1": true, "User_2": true, "User_3": true, "User_4": false} {
		if keep.Holds(user) != want {
			t.Errorf("%s: %t, want %t", user, !want, want)
		}
	}
	if !(directory.Keep{AllMembers: true}).Holds("User_4") || !(directory.Keep{Object: true}).Holds("User_4") {
		t.Error("who could be anybody is let go")
	}
}
