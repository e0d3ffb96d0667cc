package roster

import (
	"fmt"
	"strings"
)

// coder looks codes of one list up, and stores each in the arena once.
type coder struct {
	list  string
	codes *Codes
	arena *arena
	known map[string]coded // by the spelling in the input
	texts map[string]Text  // of canonical codes and of lists of them

	last      string
	lastCoded coded
}

// coded is what became of a code.
type coded struct {
	text     Text // the canonical spelling
	role     RoleCode
	disabled bool
}

func newCoder(codes *Codes, list string, a *arena) *coder {
	return &coder{list: list, codes: codes, arena: a, known: make(map[string]coded), texts: make(map[string]Text)}
}

func (c *coder) find(code string) (coded, bool) {
	if code == c.last && code != "" {
		return c.lastCoded, true
	}
	found, ok := c.known[code]
	if !ok {
		entry, there := c.codes.Find(c.list, code)
		if !there {
			return coded{}, false
		}
		found = coded{text: c.text(entry.Code), disabled: entry.Disabled}
		if c.list == RefRole {
			found.role = RoleCode(position(c.codes.List(RefRole), entry.Code))
		}
		c.known[code] = found
	}
	c.last, c.lastCoded = code, found
	return found, true
}

func position(codes []Code, code string) int {
	for i := range codes {
		if codes[i].Code == code {
			return i
		}
	}
	return 0
}

func (c *coder) text(s string) Text {
	t, ok := c.texts[s]
	if !ok {
		t = c.arena.add(s)
		c.texts[strings.Clone(s)] = t
	}
	return t
}

// code reads one code of a field. With Error it must be there and usable, or the
// row fails; with Warning a bad one is left out, and ok is false.
func (b *Builder) code(row *Row, f Field, c *coder, severity Severity) (found coded, ok bool) {
	value := row.Cell(f)
	if value == "" {
		return coded{}, severity == Warning || b.require(row, f)
	}
	return b.lookUp(row, f, value, c, severity)
}

func (b *Builder) lookUp(row *Row, f Field, code string, c *coder, severity Severity) (coded, bool) {
	found, ok := c.find(code)
	if ok && !found.disabled {
		return found, true
	}
	if b.found.full(b.file, InvalidReferenceCode) {
		return coded{}, false
	}
	reason := "is not in"
	if ok {
		reason = "is disabled in"
	}
	message := fmt.Sprintf("%q %s %s.", shorten(code), reason, c.list)
	if f.sensitive() {
		message = fmt.Sprintf("The code %s %s.", reason, c.list)
	}
	b.found.add(b.file, b.describe(row, f, InvalidReferenceCode, severity, message))
	return coded{}, false
}

// codeList reads codes that are joined by commas and returns those that can be
// used, joined again; ok is false when some cannot.
func (b *Builder) codeList(row *Row, f Field, c *coder) (list Text, ok bool) {
	value := row.Cell(f)
	if value == "" {
		return 0, true
	}
	ok = true
	var usable []string
	for code := range strings.SplitSeq(value, ",") {
		code = strings.TrimSpace(code)
		if code == "" {
			continue
		}
		found, good := b.lookUp(row, f, code, c, Warning)
		if !good {
			ok = false
			continue
		}
		usable = append(usable, b.roster.Str(found.text))
	}
	return c.text(strings.Join(usable, ",")), ok
}
