package api_test

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// schema is the types of a service, as its $metadata says them.
type schema struct {
	types []schemaType
	enums []schemaEnum
}

type schemaType struct {
	Name, BaseType string `xml:",attr"`
	Abstract       bool   `xml:",attr"`
	Property       []schemaProperty
	Navigation     []schemaProperty `xml:"NavigationProperty"`
}

type schemaProperty struct {
	Name, Type string `xml:",attr"`
}

type schemaEnum struct {
	Name   string `xml:",attr"`
	Member []struct {
		Name string `xml:",attr"`
	}
}

func readSchema(w *world) *schema {
	w.Helper()
	got := w.send("", "GET", base+"/$metadata", nil, nil)
	if got.status != http.StatusOK {
		w.Fatalf("$metadata: %d %s", got.status, got.body)
	}
	var document struct {
		Schema []struct {
			EntityType, ComplexType []schemaType
			EnumType                []schemaEnum
		} `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(got.body, &document); err != nil {
		w.Fatal(err)
	}
	s := &schema{}
	for _, part := range document.Schema {
		s.types = append(append(s.types, part.EntityType...), part.ComplexType...)
		s.enums = append(s.enums, part.EnumType...)
	}
	if len(s.types) < 20 || len(s.enums) < 5 {
		w.Fatalf("$metadata has %d types and %d enums", len(s.types), len(s.enums))
	}
	return s
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func (s *schema) find(name string) *schemaType {
	for i, t := range s.types {
		if t.Name == short(name) {
			return &s.types[i]
		}
	}
	return nil
}

// value makes a value of a type that a client might send.
func (s *schema) value(by *spoiler, name string, depth int) any {
	if item, ok := strings.CutPrefix(name, "Collection("); ok {
		list := make([]any, by.rand.IntN(3))
		for i := range list {
			list[i] = s.value(by, strings.TrimSuffix(item, ")"), depth)
		}
		return list
	}
	switch name {
	case "Edm.String":
		return pick(by, "Practice", "teacher", "it's ☃", "")
	case "Edm.Boolean":
		return by.oneIn(2)
	case "Edm.Int32":
		return by.rand.IntN(1000)
	case "Edm.DateTimeOffset":
		return "2024-03-25T22:24:06.0882415Z"
	}
	for _, enum := range s.enums {
		if enum.Name == short(name) {
			return enum.Member[by.rand.IntN(len(enum.Member))].Name
		}
	}
	if t := s.find(name); t != nil {
		return s.object(by, t, depth)
	}
	return nil
}

// object makes an object of a type, or of one that derives from it.
func (s *schema) object(by *spoiler, t *schemaType, depth int) map[string]any {
	object := make(map[string]any)
	if derived := s.derived(t); len(derived) > 0 && (t.Abstract || by.oneIn(2)) {
		t = pick(by, derived...)
	}
	if t.BaseType != "" {
		object["@odata.type"] = "#microsoft.graph.industryData." + t.Name
	}
	for ; t != nil; t = s.find(t.BaseType) {
		for _, p := range t.Property {
			switch {
			case p.Name == "password":
				object[p.Name] = pick(by, hush, hush, "***************")
			case !by.oneIn(4):
				object[p.Name] = s.value(by, p.Type, depth)
			}
		}
		for _, p := range t.Navigation {
			switch {
			case depth > 1:
			case strings.HasSuffix(p.Type, "roleGroup"):
				object[p.Name+"@odata.bind"] = pick(by, "https://graph.microsoft.com/beta/external/industryData/roleGroups/staff",
					"external/industryData/roleGroups('students')", "roleGroups/nobody")
			case by.oneIn(2):
				object[p.Name] = s.value(by, p.Type, depth+1)
			}
		}
	}
	return object
}

func (s *schema) derived(t *schemaType) []*schemaType {
	var derived []*schemaType
	for i := range s.types {
		if s.types[i].BaseType != "" && short(s.types[i].BaseType) == t.Name {
			derived = append(derived, &s.types[i])
		}
	}
	return derived
}
