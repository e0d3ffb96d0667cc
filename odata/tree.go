package odata

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of bodies. The deepest documented one has six levels, and the largest object of a
// type a dozen members, each with a few annotations.
const (
	maxNesting = 32
	maxMembers = 100
)

// object is a JSON object as it was sent, its members in order.
type object struct {
	entries []entry
}

// entry is a name, as it was sent, and its value: nil, bool, string, json.Number, []any or
// *object.
type entry struct {
	name  string
	value any
}

// get returns the member with a name in any case, or nil.
func (o *object) get(name string) *entry {
	for i := range o.entries {
		if strings.EqualFold(o.entries[i].name, name) {
			return &o.entries[i]
		}
	}
	return nil
}

// parseBody reads a body that must be one JSON object. The error is an *Error.
func parseBody(body []byte) (*object, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, BadRequest("", "The body is empty. Write a JSON object.")
	}
	if !utf8.Valid(body) {
		return nil, BadRequest("", "The body is not UTF-8. Write JSON in UTF-8.")
	}
	if !json.Valid(body) {
		return nil, invalid(body)
	}
	s := scanner{text: string(body)}
	v, err := s.value()
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, BadRequest("", "The body is %s. Write a JSON object.", describe(v))
	}
	return o, nil
}

// invalid says where a body stops being JSON.
func invalid(body []byte) error {
	err := json.Unmarshal(body, new(json.RawMessage))
	at, ok := errors.AsType[*json.SyntaxError](err)
	if !ok || strings.HasPrefix(at.Error(), "unexpected end") {
		return BadRequest("", "The JSON ends early: an object, an array or a string is not closed.")
	}
	return BadRequest("", "The body is not JSON at byte %d: %v. Write one JSON object.", at.Offset, at)
}

// scanner makes a tree of JSON that is known to be valid. It is there because
// encoding/json keeps the last of several members with one name, where a body that says
// two things is to be refused; and because its tokens take ten times as long, for every
// entity that is loaded.
type scanner struct {
	text string // parts of it are the strings of the tree
	at   int
	path []string // to the value that is being read, for sentences
}

func (s *scanner) value() (any, error) {
	if len(s.path) > maxNesting {
		return nil, BadRequest("", "The body nests deeper than %d levels. No type of this API is that deep.", maxNesting)
	}
	switch s.next() {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		return s.string()
	case 't':
		s.at += len("true")
		return true, nil
	case 'f':
		s.at += len("false")
		return false, nil
	case 'n':
		s.at += len("null")
		return nil, nil
	default:
		start := s.at
		for s.at < len(s.text) && strings.IndexByte("+-.eE0123456789", s.text[s.at]) >= 0 {
			s.at++
		}
		return json.Number(s.text[start:s.at]), nil
	}
}

// next goes to what comes next, past what JSON puts between, and returns its first byte.
func (s *scanner) next() byte {
	for strings.IndexByte(" \t\r\n,:", s.text[s.at]) >= 0 {
		s.at++
	}
	return s.text[s.at]
}

func (s *scanner) array() (any, error) {
	list := []any{}
	for s.at++; s.next() != ']'; {
		s.path = append(s.path, strconv.Itoa(len(list)))
		v, err := s.value()
		if err != nil {
			return nil, err
		}
		s.path = s.path[:len(s.path)-1]
		list = append(list, v)
	}
	s.at++
	return list, nil
}

func (s *scanner) object() (any, error) {
	o := &object{}
	for s.at++; s.next() != '}'; {
		name, err := s.string()
		if err != nil {
			return nil, err
		}
		s.path = append(s.path, clip(name))
		if o.get(name) != nil {
			return nil, BadRequest(s.target(), "The property '%s' is there twice. Write it once: names are the same in any case.", clip(name))
		}
		if len(o.entries) == maxMembers {
			return nil, BadRequest(s.target(), "An object has more than %d properties. No type of this API has as many.", maxMembers)
		}
		v, err := s.value()
		if err != nil {
			return nil, err
		}
		s.path = s.path[:len(s.path)-1]
		o.entries = append(o.entries, entry{name, v})
	}
	s.at++
	return o, nil
}

func (s *scanner) string() (string, error) {
	start, escaped := s.at, false
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	s.at++
	if !escaped {
		return s.text[start+1 : s.at-1], nil
	}
	var text string
	if err := json.Unmarshal([]byte(s.text[start:s.at]), &text); err != nil {
		return "", BadRequest(s.target(), "A string cannot be read: %v.", err)
	}
	if strings.ContainsRune(text, 0) {
		return "", BadRequest(s.target(), "A string has the character U+0000. Leave it out.")
	}
	return text, nil
}

func (s *scanner) target() string { return strings.Join(s.path, "/") }

// describe names the sort of a JSON value, for sentences.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}

// clip shortens what a client wrote, for sentences.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	for i := range s { // to the start of a rune
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
