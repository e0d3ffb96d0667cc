package outbound_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

func listsOf(c *roster.Codes) map[string][]roster.Code {
	lists := make(map[string][]roster.Code)
	for _, list := range c.Types() {
		lists[list] = c.List(list)
	}
	return lists
}

// What is stored of lists of values means the same, in whatever order it is read: codes
// may have taken each other's place.
func TestCodesMeanTheSame(t *testing.T) {
	base := roster.DefaultCodes()
	rapid.Check(t, func(t *rapid.T) {
		codes := base
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			list := rapid.SampledFrom([]string{roster.RefGradeLevel, roster.RefRole, roster.RefOrgType}).Draw(t, "list")
			code := rapid.SampledFrom([]string{"01", "02", "teacher", "school", "prep", "new"}).Draw(t, "code")
			place := rapid.SampledFrom([]int{60, 70, 200, 310, 999, 1000}).Draw(t, "place")
			next, err := codes.Define(list, code, drawText(t), place, rapid.Bool().Draw(t, "disabled"))
			if err == nil { // else it is refused, and stored nowhere
				codes = next
			}
		}
		definitions := outbound.Differences(base, codes, monday)
		if len(definitions) > 1 {
			definitions = rapid.Permutation(definitions).Draw(t, "order")
		}
		for _, d := range definitions {
			_, known := base.Find(d.Type, d.Code)
			if known != d.Created.IsZero() || known != (d.Source != outbound.TenantDefined) {
				t.Errorf("a code that is built in: %t, is %+v", known, d)
			}
		}
		got, err := outbound.Codes(base, definitions)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listsOf(codes), listsOf(got)); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

// A code that a tenant changed is still of whoever defined it.
func TestSources(t *testing.T) {
	base := roster.DefaultCodes()
	codes := base
	for _, list := range []string{roster.RefGradeLevel, roster.RefRole, "RefIdentifierType"} {
		code := codes.List(list)[0]
		var err error
		if codes, err = codes.Define(list, code.Code, "Changed", code.SortIndex, code.Disabled); err != nil {
			t.Fatal(err)
		}
	}
	codes, err := codes.Define(roster.RefGradeLevel, "Garden", "", 9000, false)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, d := range outbound.Differences(base, codes, monday) {
		got[d.Type+" "+d.DisplayName] = d.Source
	}
	want := map[string]string{
		"RefGradeLevel Changed": "CEDS", "RefRole Changed": "microsoft.com", "RefIdentifierType Changed": "IMS Global", "RefGradeLevel ": "Tenant Defined",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestCodesRefused(t *testing.T) {
	_, err := outbound.Codes(roster.DefaultCodes(), []outbound.Definition{{Type: "RefRole", Code: "pupil", SortIndex: 999}})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a role that there cannot be: %v", err)
	}
}
