package api

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/roster"
)

// The rules in this file hold beyond the table of types (contract B.4). They are pure:
// each looks at an entity that was read, and brings it into the form that is stored.

// maxName is the length of a display name in characters.
const maxName = 256

// complete gives what was not said its default: null, or where there can be none, false,
// or a value of defaults (contract B.2).
func complete(m *odata.Model, e *odata.Entity) {
	for _, p := range m.All(e.Type) {
		if p.Access == odata.ReadOnly || p.Navigation {
			continue
		}
		v, said := e.Values[p.Name]
		switch {
		case said:
		case p.Nullable:
			v = nil
		case p.Type == boolean:
			v = false
		case m.Type(p.Type) != nil && !p.Collection && !m.Type(p.Type).Abstract:
			v = &odata.Entity{Type: m.Type(p.Type), Values: make(map[string]any)}
		default:
			continue // required, and somebody else's to refuse
		}
		e.Values[p.Name] = v
		for _, item := range entities(v) {
			complete(m, item)
		}
	}
}

// entities returns the structured values that a value is, or has as items.
func entities(v any) []*odata.Entity {
	var found []*odata.Entity
	switch v := v.(type) {
	case *odata.Entity:
		found = append(found, v)
	case []any:
		for _, item := range v {
			found = append(found, entities(item)...)
		}
	}
	return found
}

// settleFlowSet checks a flow set. A filter that picks nothing would take everything away
// from sight, so it has to name an organization (contract G 26).
func settleFlowSet(m *odata.Model, set *odata.Entity) error {
	complete(m, set)
	name, _ := set.Values["displayName"].(string)
	if err := checkName(name); err != nil {
		return err
	}
	filter, _ := set.Values["filter"].(*odata.Entity)
	if filter == nil {
		return nil
	}
	in, _ := filter.Values["in"].([]any)
	if len(in) == 0 {
		return odata.BadRequest("filter/in", "The filter names no organization. List their ids, or leave the filter out to take all.")
	}
	for i, id := range in {
		if id == "" {
			return odata.BadRequest("filter/in/"+strconv.Itoa(i), "The id of an organization is empty. Write it as the roster has it.")
		}
	}
	return nil
}

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return odata.BadRequest("displayName", "The displayName is empty. Write a name for people.")
	case utf8.RuneCountInString(name) > maxName:
		return odata.BadRequest("displayName", "The displayName is longer than %d characters. Write a shorter one.", maxName)
	}
	return nil
}

// settleClassGroup brings the roles of enrollment mappings into their own spelling.
func settleClassGroup(codes *roster.Codes, flow *odata.Entity) error {
	configuration, _ := flow.Values["configuration"].(*odata.Entity)
	mappings, _ := configuration.Values["enrollmentMappings"].(*odata.Entity)
	for _, list := range []string{"ownerEnrollmentMappings", "memberEnrollmentMappings"} {
		for i, role := range entities(mappings.Values[list]) {
			path := "configuration/enrollmentMappings/" + list + "/" + strconv.Itoa(i)
			if err := settleRole(codes, role, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleRole reads the role of a section from its code, from the definition that it is
// bound to, or from both, and leaves the code as it is spelled.
func settleRole(codes *roster.Codes, role *odata.Entity, path string) error {
	code, _ := role.Values["code"].(string)
	if definition, _ := role.Values["value"].(*odata.Entity); definition != nil {
		bound, _ := definition.Values["code"].(string)
		if code != "" && !strings.EqualFold(code, bound) {
			return odata.BadRequest(path, "The code '%.60s' and the definition of '%s' contradict each other. Keep one of them.", code, bound)
		}
		code = bound
		delete(role.Values, "value")
	}
	known, ok := codes.Find(roster.RefRole, code)
	switch {
	case code == "":
		return odata.BadRequest(path+"/code", "The code is missing. Write the code of a role, such as teacher.")
	case !ok:
		return odata.BadRequest(path+"/code", "There is no role '%.60s'.%s", code, roleHint(codes, code))
	}
	role.Values["code"] = known.Code
	return nil
}

// roleHint names the role that a misspelled one probably means, or all.
func roleHint(codes *roster.Codes, code string) string {
	var names []string
	for _, c := range codes.List(roster.RefRole) {
		names = append(names, c.Code)
	}
	if near := odata.Nearest(code, names); near != "" {
		return " Did you mean " + near + "?"
	}
	return " Known are " + strings.Join(names, ", ") + "."
}
