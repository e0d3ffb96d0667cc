package api

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

const (
	maxCode        = 100    // characters
	maxDefinitions = 10_000 // of a tenant: all are looked at whenever one is asked for
)

// checkNew checks the list and the spelling of a new code, and returns the list as it is
// spelled.
func (s *Server) checkNew(d outbound.Definition) (string, error) {
	var open []string
	for _, list := range s.codes.Types() {
		if s.codes.Extensible(list) {
			open = append(open, list)
		}
	}
	at := slices.IndexFunc(open, func(list string) bool { return strings.EqualFold(list, d.Type) })
	switch {
	case at < 0:
		return "", odata.BadRequest("referenceType", "'%.60s' is not a list that takes codes of a tenant. Write %s.", d.Type, strings.Join(open, ", "))
	case strings.TrimSpace(d.Code) != d.Code || d.Code == "" || strings.ContainsFunc(d.Code, unicode.IsControl):
		return "", odata.BadRequest("code", "The code is empty, or has spaces around it or control characters in it. Write it as rosters have it.")
	case utf8.RuneCountInString(d.Code) > maxCode:
		return "", odata.BadRequest("code", "The code is longer than %d characters. Write a shorter one.", maxCode)
	}
	return open[at], nil
}

// checkDefinition checks a code against all others: in its list, code and sort index are
// unique (contract C.2).
func checkDefinition(d outbound.Definition, others []outbound.Definition) error {
	if len(others) >= maxDefinitions {
		return odata.Conflict("The tenant has %d codes, which is the most. Change one that nobody uses any more.", len(others))
	}
	if d.SortIndex < 0 {
		return odata.BadRequest("sortIndex", "The sortIndex is negative. Write 0 or more.")
	}
	if utf8.RuneCountInString(d.DisplayName) > maxName {
		return odata.BadRequest("displayName", "The displayName is longer than %d characters. Write a shorter one.", maxName)
	}
	for _, other := range others {
		var refusal *odata.Error
		switch {
		case other.Type != d.Type:
			continue
		case strings.EqualFold(other.Code, d.Code):
			refusal = odata.Conflict("The code '%s' is in %s already. Change that one, or write another code.", other.Code, d.Type)
			refusal.Target = "code"
		case other.SortIndex == d.SortIndex:
			refusal = odata.Conflict("The sortIndex %d of %s is taken by '%s'. Write another.", d.SortIndex, d.Type, other.Code)
			refusal.Target = "sortIndex"
		default:
			continue
		}
		return refusal
	}
	return nil
}

// others returns all definitions but one.
func others(all []outbound.Definition, d outbound.Definition) []outbound.Definition {
	return slices.DeleteFunc(slices.Clone(all), func(other outbound.Definition) bool {
		return other.Type == d.Type && other.Code == d.Code
	})
}
