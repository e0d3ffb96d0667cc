package directory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

func TestExpiry(t *testing.T) {
	expiry := directory.ExpiryOn("2026-08-31")
	if key := expiry.Key("Section_112001"); key != "Exp0826_Section_112001" {
		t.Errorf("the key is %s", key)
	}
	if none := directory.ExpiryOn(""); none != "Exp0000_" {
		t.Errorf("without a day, the mark is %s", none)
	}
	long := expiry.Key("Section_" + strings.Repeat("1", 64))
	for _, test := range []struct {
		name    string
		kind    directory.Kind
		key     string
		written directory.Attributes
		want    directory.Attributes
	}{
		{
			"class", directory.ClassGroup, "Exp0826_Section_1",
			directory.Attributes{directory.SourceSectionID: "1", directory.Status: "Active", directory.DisplayName: "Algebra"},
			directory.Attributes{
				directory.AnchorID: "Exp0826_Section_1", directory.MailNickname: "Exp0826_Section_1",
				directory.SourceSectionID: "Exp0826_1", directory.Status: "Expired",
			},
		},
		{
			"long", directory.SecurityGroup, long, nil,
			directory.Attributes{directory.AnchorID: long, directory.MailNickname: directory.Nickname(long)},
		},
		{
			"unit", directory.AdministrativeUnit, "Exp0826_School_1", nil,
			directory.Attributes{directory.AnchorID: "Exp0826_School_1"},
		},
	} {
		if diff := cmp.Diff(test.want, expiry.Names(test.kind, test.key, test.written)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if n := len(directory.Nickname(long)); n > 64 {
		t.Errorf("the nickname has %d characters", n)
	}
}

func TestIsExpired(t *testing.T) {
	for key, want := range map[string]bool{
		"Exp0826_Section_1": true, "Exp0826_": true,
		"Section_1": false, "Exp08a6_Section_1": false, "Exp0826Section_1": false, "Exp08": false, "": false,
	} {
		if directory.IsExpired(key) != want {
			t.Errorf("%q: %t, want %t", key, !want, want)
		}
	}
	span := directory.ExpiredSpan()
	for key, want := range map[string]bool{"Exp0826_Section_1": true, "Section_1": false, "Exp9999_": true, "User_1": false} {
		if span.Holds(key) != want {
			t.Errorf("the span has %q: %t, want %t", key, !want, want)
		}
	}
}
