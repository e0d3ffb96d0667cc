package district

import (
	_ "embed" // for the list of names
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

//go:embed names.txt
var nameList string

// name is a given or a family name, and how user names write it.
type name struct {
	text  string
	ascii string // letters a to z
}

// culture is a stock of names that go together.
type culture struct {
	weight int
	given  []name
	family []name
}

// parseNames reads the list of names. Its form is described at its top.
func parseNames(list string) ([]culture, error) {
	var cultures []culture
	for number, line := range strings.Split(list, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		ok := true
		switch {
		case line == "" || word == "#":
		case line[0] == '[':
			var c culture
			c.weight, ok = parseWeight(line)
			cultures = append(cultures, c)
		case len(cultures) == 0:
			ok = false
		case word == "given":
			last := &cultures[len(cultures)-1]
			last.given = append(last.given, splitNames(rest)...)
		case word == "family":
			last := &cultures[len(cultures)-1]
			last.family = append(last.family, splitNames(rest)...)
		default:
			ok = false
		}
		if !ok {
			return nil, fault.New(fault.Internal, "Line %d of the list of names cannot be read: %s", number+1, line)
		}
	}
	return cultures, nil
}

// parseWeight reads the weight of "[English 34]".
func parseWeight(heading string) (int, bool) {
	_, text, _ := strings.Cut(strings.Trim(heading, "[]"), " ")
	if at := strings.LastIndexByte(text, ' '); at >= 0 {
		text = text[at+1:]
	}
	weight, err := strconv.Atoi(text)
	return weight, err == nil && weight > 0
}

func splitNames(list string) []name {
	var names []name
	for _, entry := range strings.Split(list, ", ") {
		text, ascii, found := strings.Cut(entry, "=")
		if !found {
			ascii = letters(text)
		}
		names = append(names, name{text, ascii})
	}
	return names
}

// letters returns the ASCII letters of a text in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(text))
}
