package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func unescape(path string) (string, error) { return url.PathUnescape(path) }

// spoil writes a value as JSON with up to three things wrong: first in the value, then
// in the text.
func (s *spoiler) spoil(value any) []byte {
	for range s.rand.IntN(4) {
		value = s.spoilValue(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return []byte("{")
	}
	for s.oneIn(5) {
		text = s.spoilText(text)
	}
	return text
}

// spoilValue puts something else in one place of a value.
func (s *spoiler) spoilValue(value any) any {
	switch inner := value.(type) {
	case map[string]any:
		if names := slices.Sorted(maps.Keys(inner)); len(names) > 0 && !s.oneIn(4) {
			name := pick(s, names...)
			inner[name] = s.spoilValue(inner[name])
			return inner
		}
		return s.spoilObject(inner)
	case []any:
		if len(inner) > 0 && !s.oneIn(3) {
			at := s.rand.IntN(len(inner))
			inner[at] = s.spoilValue(inner[at])
			return inner
		}
	}
	return s.otherValue()
}

// spoilObject adds, removes, renames or doubles a member.
func (s *spoiler) spoilObject(object map[string]any) any {
	names := slices.Sorted(maps.Keys(object))
	if len(names) == 0 || s.oneIn(3) {
		name := pick(s, "displayNam", "", "@odata.type", "x@odata.bind", "roleGroup@odata.bind", "@odata.context", "id",
			"createdDateTime", "readinessStatus", "code", "__proto__", "value@odata.bind", "provisioningFlows", "@removed", "a/b", "ſtatus")
		object[name] = s.otherValue()
		return object
	}
	name := pick(s, names...)
	switch s.rand.IntN(4) {
	case 0:
		delete(object, name)
	case 1:
		object[name[:len(name)/2]] = object[name]
		delete(object, name)
	case 2:
		object[strings.ToUpper(name)] = object[name]
	default:
		return map[string]any{name: s.deep(s.rand.IntN(60))}
	}
	return object
}

// otherValue returns a value that hardly any place takes.
func (s *spoiler) otherValue() any {
	return pick[any](s, nil, true, "", "unknownFutureValue", "minor", "***************", strings.Repeat("x", 70_000), "\x00", "\ufffd",
		0, -1, 2147483648, 1.5, json.Number("1e400"), json.Number("-0"), []any{}, []any{nil}, []any{[]any{1}}, map[string]any{},
		map[string]any{"@odata.type": "#microsoft.graph.industryData.basicFilter"}, map[string]any{"@odata.type": 7},
		map[string]any{"@odata.type": "#microsoft.graph.user"}, map[string]any{"id": "staff"}, map[string]any{"code": "nobody"},
		"https://graph.microsoft.com/beta/external/industryData/roleGroups/staff", "external/industryData/roleGroups('')", "://")
}

func (s *spoiler) deep(levels int) any {
	var value any = "deep"
	for range levels {
		value = pick[any](s, []any{value}, map[string]any{"filter": value})
	}
	return value
}

// spoilText breaks the text of JSON.
func (s *spoiler) spoilText(text []byte) []byte {
	at := 0
	if len(text) > 0 {
		at = s.rand.IntN(len(text))
	}
	switch s.rand.IntN(7) {
	case 0:
		return text[:at]
	case 1:
		return append(slices.Clone(text), pick(s, "{}", ",", "\x00", "]", "null")...)
	case 2:
		return slices.Insert(slices.Clone(text), at, pick(s, byte(0xff), '"', '\\', 0, '{', '}', ','))
	case 3:
		return []byte(strings.Repeat(pick(s, "[", `{"filter":`, `{"a":`), 1+s.rand.IntN(20_000)))
	case 4:
		return []byte(strings.Replace(string(text), "{", `{"displayName":"first","DisplayName":"second",`, 1))
	case 5:
		return append([]byte("\ufeff"), text...)
	default:
		return []byte(pick(s, "", "null", "7", `"text"`, "[]", "{", "\xff\xfe", "<xml/>", "displayName=x"))
	}
}

// options makes a query of words that belong into one, in an order that seldom does.
func (s *spoiler) options() string {
	words := []string{
		"displayName", "id", "filter", "filter/in", "createdDateTime", "readinessStatus", "provisioningFlows", "code", "nothing", "$it",
		" eq ", " ne ", " gt ", " and ", " or ", "not ", " in ", " has ", "(", ")", ",", "/", "any(f:", "all(f:f/id", "f/id", "'x'", "'it''s'", "'",
		"null", "true", "7", "-1", "1e9", "2147483648", "2024-03-25T22:24:06Z", "2024-13-45", "'minor'", "microsoft.graph.industryData.basicFilter",
		"startswith(", "contains(displayName,'x')", "endswith(", "tolower(", "length(", "isof(", " desc", " asc", "*", ";", "$select=id", "($expand=",
		"id-'00000000-0000-0000-0000-000000000000'", "☃", "%00", "%", "%ff",
	}
	names := []string{
		"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$search", "$format", "filter", "TOP",
		"$filter", "$apply", "$nothing", "", "x",
	}
	var options []string
	for range 1 + s.rand.IntN(3) {
		var value strings.Builder
		for range 1 + s.rand.IntN(6) {
			value.WriteString(pick(s, words...))
		}
		text := value.String()
		if !s.oneIn(3) {
			text = url.QueryEscape(text)
		}
		if s.oneIn(50) {
			text = strings.Repeat(pick(s, "(", "not ", "f/any(f:", "-"), 3000)
		}
		options = append(options, pick(s, names...)+"="+text)
	}
	return strings.Join(options, "&")
}

// spoilPath changes a path in one place.
func (s *spoiler) spoilPath(url string) string {
	segments := strings.Split(strings.TrimPrefix(url, base+"/"), "/")
	at := s.rand.IntN(len(segments))
	segments[at] = pick(s, "", ".", "..", "%2e%2e", "%2F", "%00", "%", "%zz", "('x')", "('", "x('it''s')", segments[at]+"()", segments[at]+"('x')",
		segments[at]+"(a=1,b='2')", "$count", "$ref", "$value", "microsoft.graph.industryData.userProvisioningFlow", "microsoft.graph.industryData.nothing",
		"reset", "start", strings.ToUpper(segments[at]), strings.Repeat("x", 5000), "☃", "{set}", segments[at]+"/"+segments[at])
	root := pick(s, base, base, base, base, "/v1.0", "/BETA", "", "/beta/")
	return root + "/" + strings.Join(segments, "/")
}

// spoilHeader sends a header that is odd.
func (s *spoiler) spoilHeader(h http.Header) {
	name := pick(s, "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "If-Match", "If-None-Match", "Prefer", "client-request-id",
		"Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "OData-Version", "ConsistencyLevel", "Content-Length", "Authorization", "Origin")
	h.Set(name, pick(s, "", "gzip", "br", "text/html", "application/json;odata.metadata=full", "application/json;charset=utf-16", "*", `W/"1"`, `"`,
		"W/", "return=representation", "return=minimal", "odata.maxpagesize=0", "odata.maxpagesize=x", "odata.maxpagesize=2", "a\x00b", strings.Repeat("y", 9000),
		"https://evil.example", "evil.example", "host=evil.example;proto=http", "eventual", "7", "*/*;q=0", "4.01", "Bearer", "Bearer 0 0"))
}
