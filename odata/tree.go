package odata

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting is how deep objects and arrays of a body may nest. The deepest documented body
// has six levels.
const maxNesting = 32

// object is a JSON object as it was sent, its members in order.
type object struct {
	entries []entry
}

// entry is a name and its value: nil, bool, string, json.Number, []any or *object.
type entry struct {
	name  string // as it was sent
	key   string // name in lower case: names are matched in any case
	value any
}

// get returns the member with a name in lower case, or nil.
func (o *object) get(key string) *entry {
	for i := range o.entries {
		if o.entries[i].key == key {
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
	p := bodyParser{json.NewDecoder(bytes.NewReader(body))}
	p.UseNumber()
	v, err := p.value(0, "")
	if err != nil {
		return nil, err
	}
	if _, err := p.Token(); !errors.Is(err, io.EOF) {
		return nil, BadRequest("", "Something follows the JSON object at byte %d. Write one object and nothing else.", p.InputOffset())
	}
	o, ok := v.(*object)
	if !ok {
		return nil, BadRequest("", "The body is %s. Write a JSON object.", describe(v))
	}
	return o, nil
}

// bodyParser makes a tree of a body. encoding/json would keep the last of several members
// with one name; a body that says two things is refused.
type bodyParser struct {
	*json.Decoder
}

func (p bodyParser) value(depth int, path string) (any, error) {
	token, err := p.Token()
	if err != nil {
		return nil, p.broken(err)
	}
	delim, opens := token.(json.Delim)
	if s, ok := token.(string); ok && strings.ContainsRune(s, 0) {
		return nil, BadRequest(path, "A string has the character U+0000. Leave it out.")
	}
	if !opens {
		return token, nil
	}
	if depth == maxNesting {
		return nil, BadRequest("", "The body nests deeper than %d levels. No type of this API is that deep.", maxNesting)
	}
	if delim == '[' {
		return p.array(depth+1, path)
	}
	return p.object(depth+1, path)
}

func (p bodyParser) array(depth int, path string) (any, error) {
	list := []any{}
	for p.More() {
		v, err := p.value(depth, join(path, strconv.Itoa(len(list))))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, p.end()
}

func (p bodyParser) object(depth int, path string) (any, error) {
	o := &object{}
	seen := map[string]bool{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, p.broken(err)
		}
		name, _ := token.(string) // the decoder refuses other names
		m := entry{name: name, key: strings.ToLower(name)}
		at := join(path, clip(name))
		if seen[m.key] {
			return nil, BadRequest(at, "The property '%s' is there twice. Write it once: names are the same in any case.", clip(name))
		}
		seen[m.key] = true
		if m.value, err = p.value(depth, at); err != nil {
			return nil, err
		}
		o.entries = append(o.entries, m)
	}
	return o, p.end()
}

// end takes the bracket that closes an array or an object.
func (p bodyParser) end() error {
	if _, err := p.Token(); err != nil {
		return p.broken(err)
	}
	return nil
}

func (p bodyParser) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return BadRequest("", "The JSON ends early: an object, an array or a string is not closed.")
	}
	return BadRequest("", "The body is not JSON near byte %d: %v.", p.InputOffset(), err)
}

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

// join adds a name to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}
