package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/homeroomhq/homeroom/fault"
)

// value is one value of a YAML file, which knows where it stands. Reading it is
// strict: what is not understood is an error with file and line, never left out.
type value struct {
	file string
	name string // the setting, for messages
	node *yaml.Node
	item bool // of the list with the name
	// secret values, and what is written in their place by mistake, are never
	// part of a message.
	secret bool
}

// parseYAML returns the one document of a file, and false when the file says
// nothing.
func parseYAML(file string, text []byte) (value, bool, error) {
	if line := unreadable(text); line > 0 {
		return value{}, false, failAt(file, line, "The file is not plain text in UTF-8. Save it as UTF-8.")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return value{}, false, nil
	}
	if err != nil {
		return value{}, false, syntaxError(file, text, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return value{}, false, failAt(file, second.Line, "A second document begins here. Keep all settings in one, without ---.")
	case !errors.Is(err, io.EOF):
		return value{}, false, syntaxError(file, text, err)
	}
	if alias := findAlias(&document); alias != nil {
		return value{}, false, failAt(file, alias.Line, "A value begins with *. Put it into quotes if it is text; write out what it stands for if it is an alias.")
	}
	v := value{file: file, name: filepath.Base(file), node: document.Content[0]}
	return v, !v.null(), nil
}

// findAlias returns the first alias below a node, or nil. Aliases make a file
// that looks small mean something without bounds.
func findAlias(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node
	}
	for _, child := range node.Content {
		if alias := findAlias(child); alias != nil {
			return alias
		}
	}
	return nil
}

// unreadable returns the first line with what is not text, 0 for none.
func unreadable(text []byte) int {
	line := 1
	for _, r := range string(text) {
		switch {
		case r == '\n':
			line++
		case r == '\uFFFD', unicode.IsControl(r) && r != '\t' && r != '\r':
			return line
		}
	}
	return 0
}

// syntaxError puts file and line before what the YAML reader says. It repeats
// nothing of the file: the mistake may stand in a password.
func syntaxError(file string, text []byte, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, rest, found := strings.Cut(message, "unknown anchor '"); found {
		name, _, _ := strings.Cut(rest, "'")
		before, _, _ := bytes.Cut(text, []byte("*"+name))
		return failAt(file, 1+bytes.Count(before, []byte("\n")), "A value that begins with * must stand in quotes.")
	}
	line := 1
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = strings.TrimPrefix(message, m[0])
	}
	return failAt(file, line, "This is not YAML: %s. Look at indentation (spaces, no tabs), colons and quotes.", message)
}

func failAt(file string, line int, format string, args ...any) error {
	return fault.New(fault.Invalid, "%s:%d: %s", file, line, fmt.Sprintf(format, args...))
}

func (v value) fail(format string, args ...any) error {
	return failAt(v.file, v.node.Line, format, args...)
}

func (v value) null() bool { return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null" }

// described returns what a message calls the value.
func (v value) described() string {
	if v.item {
		return "An item of " + v.name
	}
	return v.name
}

// fields says how to read the values of a mapping, by key.
type fields map[string]func(value) error

// object reads a mapping. A key that fields does not have is an error, and so
// is one that comes twice. A value that is null counts as absent.
func (v value) object(known fields) error {
	return v.entries(func(key value, of value) error {
		read, ok := known[of.name]
		switch {
		case !ok:
			return key.unknown(known)
		case of.null():
			return nil
		}
		return read(of)
	})
}

// entries reads a mapping with any keys, each once.
func (v value) entries(read func(key, of value) error) error {
	if v.node.Kind != yaml.MappingNode {
		return v.fail("%s must have settings of its own below it, as in %q.", v.described(), "key: value")
	}
	seen := make(map[string]bool)
	for i := 0; i < len(v.node.Content); i += 2 {
		key, of := v, v
		of.item = false
		key.node, of.node = v.node.Content[i], v.node.Content[i+1]
		if key.node.Kind != yaml.ScalarNode {
			return key.fail("A key in %s must be plain text.", v.name)
		}
		of.name = key.node.Value
		if seen[of.name] {
			return key.fail("%s stands here a second time. Keep one of the two.", key.shown())
		}
		seen[of.name] = true
		if err := read(key, of); err != nil {
			return err
		}
	}
	return nil
}

// shown returns a key for a message.
func (v value) shown() string {
	if v.secret {
		return "A key"
	}
	return strconv.Quote(v.node.Value)
}

// unknown is the error for a key that is not in the table.
func (v value) unknown(known fields) error {
	names := slices.Sorted(maps.Keys(known))
	hint := ""
	if near := nearest(v.node.Value, names); near != "" {
		hint = " Did you mean " + near + "?"
	}
	return v.fail("%s is not a setting of %s.%s Known here: %s.", v.shown(), v.name, hint, strings.Join(names, ", "))
}

// nearest returns the name that a misspelled one probably means, or "".
func nearest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, name := range names {
		d := distance(strings.ToLower(word), strings.ToLower(name))
		if d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or replace that turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// items reads a list.
func (v value) items(read func(value) error) error {
	if v.node.Kind != yaml.SequenceNode {
		return v.fail("%s must be a list, as in [a, b].", v.described())
	}
	for _, node := range v.node.Content {
		item := v
		item.node, item.item = node, true
		if item.null() {
			return item.fail("An item of %s is empty.", v.name)
		}
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// text reads text that is not empty. Numbers and dates are taken as they are
// written, since ids often look like them.
func (v value) text() (string, error) {
	tags := []string{"!!str", "!!int", "!!float", "!!timestamp"}
	switch {
	case v.node.Kind != yaml.ScalarNode || !slices.Contains(tags, v.node.ShortTag()):
		return "", v.fail("%s must be text; put it into quotes if it is.", v.described())
	case strings.TrimSpace(v.node.Value) == "":
		return "", v.fail("%s must not be empty.", v.described())
	}
	return v.node.Value, nil
}

// oneOf reads one of the texts, in any case, and returns it as it is known.
func (v value) oneOf(known ...string) (string, error) {
	got, err := v.text()
	if err != nil {
		return "", err
	}
	for _, k := range known {
		if strings.EqualFold(k, got) {
			return k, nil
		}
	}
	return "", v.fail("%s cannot be %q. Known here: %s.", v.described(), got, strings.Join(known, ", "))
}

// What follows makes readers for object that put what they read somewhere.

func textTo(to *string) func(value) error {
	return func(v value) (err error) {
		*to, err = v.text()
		return err
	}
}

func anyText(v value) error {
	_, err := v.text()
	return err
}

func oneOfTo(to *string, known ...string) func(value) error {
	return func(v value) (err error) {
		*to, err = v.oneOf(known...)
		return err
	}
}

func boolTo(to *bool) func(value) error {
	return func(v value) error {
		if v.node.Kind != yaml.ScalarNode || v.node.ShortTag() != "!!bool" {
			return v.fail("%s must be true or false.", v.described())
		}
		return v.node.Decode(to)
	}
}

func numberTo(to *int) func(value) error {
	return func(v value) error {
		var n int
		if v.node.Kind != yaml.ScalarNode || v.node.ShortTag() != "!!int" || v.node.Decode(&n) != nil {
			return v.fail("%s must be a whole number.", v.described())
		}
		if n < 0 {
			return v.fail("%s must not be negative.", v.described())
		}
		*to = n
		return nil
	}
}

// listTo reads a list of distinct texts. A text that comes again is left out.
func listTo(to *[]string, read func(value) (string, error)) func(value) error {
	return func(v value) error {
		list := []string{}
		err := v.items(func(item value) error {
			text, err := read(item)
			if err == nil && !slices.Contains(list, text) {
				list = append(list, text)
			}
			return err
		})
		*to = list
		return err
	}
}

func textsTo(to *[]string) func(value) error { return listTo(to, value.text) }
