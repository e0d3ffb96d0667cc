package odata

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Segment is what stands between two slashes of a path, decoded. Whether a Name is the
// name of something or a key (key as segment) is seen only along the model.
type Segment struct {
	Name   string
	Key    string // of ('key'), (key) and (id='key')
	HasKey bool
	Call   bool              // () or (a=b)
	Args   map[string]string // of (a=b) and (id='key'), names as written
}

// The limits of a path.
const (
	maxPath     = 4 << 10 // bytes
	maxSegments = 32
)

// ParsePath cuts a path, as it is escaped in a URL and without the service root, into
// segments (contract E.5). A slash before and after it is passed over. Its errors are
// *Error with status 400.
func ParsePath(escaped string) ([]Segment, error) {
	if len(escaped) > maxPath {
		return nil, BadRequest("", "The path is longer than %d bytes.", maxPath)
	}
	escaped = strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
	if escaped == "" {
		return nil, nil
	}
	parts := strings.Split(escaped, "/")
	if len(parts) > maxSegments {
		return nil, BadRequest("", "The path has more than %d segments.", maxSegments)
	}
	segments := make([]Segment, 0, len(parts))
	for _, part := range parts {
		text, err := url.PathUnescape(part)
		if err != nil || !isText(text) {
			return nil, BadRequest("", "The segment %.60q of the path is not well escaped.", part)
		}
		segment, err := parseSegment(text)
		if err != nil {
			return nil, err
		}
		segments = append(segments, segment)
	}
	return segments, nil
}

// isText reports whether a text is UTF-8 without control characters.
func isText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func parseSegment(text string) (Segment, error) {
	name, inner, opened := strings.Cut(text, "(")
	switch {
	case name == "" && !opened:
		return Segment{}, BadRequest("", "The path has an empty segment: two slashes follow each other.")
	case name == "":
		return Segment{}, BadRequest("", "The segment %.60q of the path has no name before its parenthesis.", text)
	case !opened:
		return Segment{Name: name}, nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return Segment{}, BadRequest("", "The segment %.60q of the path lacks its closing parenthesis.", text)
	}
	segment := Segment{Name: name}
	if err := segment.parseInner(strings.TrimSpace(inner)); err != nil {
		return Segment{}, err
	}
	return segment, nil
}

// parseInner reads what stands in the parentheses of a segment: nothing, a key, or
// arguments. An argument that is alone and named id is a key, too.
func (s *Segment) parseInner(inner string) error {
	if inner == "" {
		s.Call = true
		return nil
	}
	parts, err := splitList(inner, ',')
	if err != nil {
		return BadRequest("", "The segment %.60q of the path: %s", s.Name, err.Message)
	}
	if _, _, named := cutArgument(parts[0]); !named && len(parts) == 1 {
		s.Key, s.HasKey = unquote(parts[0])
		return s.checkValue(s.HasKey)
	}
	s.Call, s.Args = true, make(map[string]string, len(parts))
	for _, part := range parts {
		name, quoted, named := cutArgument(part)
		value, ok := unquote(quoted)
		if _, twice := s.Args[name]; !named || twice {
			ok = false
		}
		if err := s.checkValue(ok); err != nil {
			return err
		}
		s.Args[name] = value
		if len(parts) == 1 && strings.EqualFold(name, "id") {
			s.Key, s.HasKey, s.Call = value, true, false
		}
	}
	return nil
}

func (s *Segment) checkValue(ok bool) error {
	if ok {
		return nil
	}
	return BadRequest("", "What stands in the parentheses of the segment %.60q is no key: write %.60s('key').", s.Name, s.Name)
}

// cutArgument cuts name='value'. A key in quotes may itself have an equals sign.
func cutArgument(text string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(text, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || !isIdentifier(name) {
		return "", "", false
	}
	return name, value, true
}

// unquote returns what 'it”s' stands for. What has no quotes stands for itself, as
// numbers and guids do.
func unquote(text string) (string, bool) {
	inner, quoted := strings.CutPrefix(text, "'")
	if !quoted {
		return text, text != "" && !strings.ContainsAny(text, "'()")
	}
	inner, closed := strings.CutSuffix(inner, "'")
	single := strings.ReplaceAll(inner, "''", "")
	if !closed || strings.Contains(single, "'") {
		return "", false
	}
	return strings.ReplaceAll(inner, "''", "'"), true
}

// isIdentifier reports whether a text can be the name of a property or a variable.
func isIdentifier(text string) bool {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return text != ""
}

// splitList splits a text where a separator stands outside of quotes and parentheses,
// and trims the parts. There is at least one part.
func splitList(text string, separator byte) ([]string, *Error) {
	var parts []string
	start, depth, quoted := 0, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'':
			quoted = !quoted // a doubled quote ends and begins again
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth == 0:
			return nil, BadRequest("", "There is a closing parenthesis too many.")
		case c == ')':
			depth--
		case c == separator && depth == 0:
			parts = append(parts, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	if quoted {
		return nil, BadRequest("", "A quote is not closed; a quote inside of a text is doubled.")
	}
	if depth > 0 {
		return nil, BadRequest("", "A parenthesis is not closed.")
	}
	return append(parts, strings.TrimSpace(text[start:])), nil
}
