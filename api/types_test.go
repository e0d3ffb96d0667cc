package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

// TestTypes checks that the table holds together: what is named is there, everything is
// described, and nobody stands twice.
func TestTypes(t *testing.T) {
	m := types()
	names := make(map[string]bool)
	for _, e := range m.Enums {
		if names[e.Name] || !isDescribed(e.Doc) || e.Members[len(e.Members)-1] != "unknownFutureValue" {
			t.Errorf("enum %+v", e)
		}
		names[e.Name] = true
	}
	for _, typ := range m.Types {
		if names[typ.Name] || !isDescribed(typ.Doc) {
			t.Errorf("type %s: twice, or not described: %q", typ.Name, typ.Doc)
		}
		names[typ.Name] = true
		if typ.Base != "" && m.Type(typ.Base) == nil {
			t.Errorf("type %s derives from %s, which there is not", typ.Name, typ.Base)
		}
		checkProperties(t, m, typ)
	}
}

func isDescribed(doc string) bool { return len(doc) > 5 && strings.HasSuffix(doc, ".") }

func checkProperties(t *testing.T, m *odata.Model, typ *odata.Type) {
	var names []string
	for _, p := range m.All(typ) {
		lower := strings.ToLower(p.Name)
		if slices.Contains(names, lower) {
			t.Errorf("%s.%s stands twice", typ.Name, p.Name)
		}
		names = append(names, lower)
		if !isDescribed(p.Doc) {
			t.Errorf("%s.%s: %q", typ.Name, p.Name, p.Doc)
		}
		edm := slices.Contains([]string{text, boolean, integer, instant}, p.Type)
		if of := m.Type(p.Type); !edm && m.Enum(p.Type) == nil && of == nil {
			t.Errorf("%s.%s is a %s, which there is not", typ.Name, p.Name, p.Type)
		} else if of != nil && of.Entity != p.Navigation {
			t.Errorf("%s.%s: only entities are navigated to", typ.Name, p.Name)
		}
	}
	if typ.Entity && !slices.Contains(names, "id") {
		t.Errorf("%s has no key", typ.Name)
	}
}

// The members of enums are those that clients know, in order (contract B.3).
func TestEnumsOfContract(t *testing.T) {
	for name, members := range map[string]string{
		"readinessStatus":                "notReady ready failed disabled expired unknownFutureValue",
		"filterOptions":                  "orgExternalId unknownFutureValue",
		"additionalClassGroupAttributes": "courseTitle courseCode courseSubject courseGradeLevel courseExternalId academicSessionTitle academicSessionExternalId classCode unknownFutureValue",
		"additionalUserAttributes":       "userGradeLevel userNumber unknownFutureValue",
		"studentAgeGroup":                "minor notAdult adult unknownFutureValue",
	} {
		if got := strings.Join(types().Enum(name).Members, " "); got != members {
			t.Errorf("%s: %s", name, got)
		}
	}
}
