package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/directory"
)

// step writes one step: a line that names it and, below, what it changes. A
// creation is told by its counts alone.
func (t *text) step(indent string, s *Step, withFlowSet bool) {
	line := indent + t.marker(s) + " " + clean(s.Key)
	for _, part := range s.facts() {
		line += "  " + clean(part)
	}
	if reason := s.reason(withFlowSet); reason != "" {
		line += "  (" + clean(reason) + ")"
	}
	t.line("%s", line)
	t.became(indent+"    ", s)
	if s.Action == Create || s.Action == Rewrite || s.Action == Delete {
		return
	}
	below := indent + "    "
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		t.line("%s%s: %s", below, name, clean(change(name, s.Set[name])))
	}
	t.people(below, "owners", t.paint(green, "+"), s.Owners.Add)
	t.people(below, "members", t.paint(green, "+"), s.Members.Add)
	t.people(below, "owners", t.paint(red, "−"), s.Owners.Remove)
	t.people(below, "members", t.paint(red, "−"), s.Members.Remove)
	if s.Released != nil {
		t.people(below, "owners", "·", s.Released.Owners)
		t.people(below, "members", "·", s.Released.Members)
	}
}

// became tells of a step that was not, or not wholly, carried out. That a step is
// held is said elsewhere.
func (t *text) became(indent string, s *Step) {
	if t.outcome == nil {
		return
	}
	o := t.outcome(s)
	word := string(o.Status)
	switch o.Status {
	case Done, Held:
		return
	case Open:
		word = "not carried out"
	case Waiting, Failed:
	}
	if o.Message != "" {
		word += ": " + o.Message
	}
	if o.Rule != "" {
		word += " (" + o.Rule + ")"
	}
	t.paragraph(indent, t.paint(red, clean(word)))
}

func (t *text) marker(s *Step) string {
	switch {
	case s.LedgerOnly():
		return "·"
	case s.inDoubt():
		return t.paint(yellow, "?")
	case s.Action == Create:
		return t.paint(green, "+")
	case s.Action == Remove || s.Action == Delete:
		return t.paint(red, "−")
	}
	return t.paint(yellow, "~")
}

// people writes as many user keys as a line takes.
func (t *text) people(indent, what, sign string, keys []string) {
	if len(keys) == 0 {
		return
	}
	start := indent + what + ": "
	line := keys[0]
	for i, key := range keys[1:] {
		rest := andMore(len(keys) - i - 2)
		if length(start)+length("+ "+line+", "+key+rest) > t.Width {
			line += andMore(len(keys) - i - 1)
			break
		}
		line += ", " + key
	}
	t.line("%s%s %s", start, sign, clean(line))
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return " and " + number(n) + " more"
}

// facts returns what a step's first line tells besides the key.
func (s *Step) facts() []string {
	if s.LedgerOnly() {
		return []string{singular(s.Kind)}
	}
	if s.inDoubt() {
		return []string{"directory " + singular(s.Kind) + " " + s.ID}
	}
	if s.Action == Delete {
		return []string{singular(s.Kind), s.Set[directory.DisplayName].From, count(len(s.Members.Remove), "member")}
	}
	if s.Action != Create && s.Action != Rewrite {
		return nil
	}
	var facts []string
	for _, name := range []string{directory.DisplayName, directory.UserPrincipalName} {
		if value := s.Set[name].To; value != "" {
			facts = append(facts, value)
		}
	}
	if gains := s.gains(); len(gains) > 0 {
		facts = append(facts, strings.Join(gains, ", "))
	}
	return facts
}

// gains counts what a new object is given.
func (s *Step) gains() []string {
	var gains []string
	if s.Kind == directory.ClassGroup || len(s.Owners.Add) > 0 {
		gains = append(gains, count(len(s.Owners.Add), "owner"))
	}
	if s.Kind != directory.User {
		gains = append(gains, count(len(s.Members.Add), "member"))
	}
	if s.Set[directory.Team].To != "" {
		gains = append(gains, "team")
	}
	if n := len(directory.Items(s.Set[directory.LicenseSKUs].To)); n > 0 {
		gains = append(gains, count(n, "licence"))
	}
	if n := contacts(s.Set[directory.RelatedContacts].To); n > 0 {
		gains = append(gains, count(n, "contact"))
	}
	if from := s.Set[directory.PasswordFrom].To; from != "" {
		gains = append(gains, "password: "+from)
	}
	return gains
}

// reason returns why a step is there: the record, and the flow sets if asked
// for.
func (s *Step) reason(withFlowSet bool) string {
	var parts []string
	if len(s.Why) > 0 && s.Why[0].Record != "" {
		parts = append(parts, s.Why[0].Record)
	}
	if sets := s.flowSets(); withFlowSet && sets != "" {
		parts = append(parts, sets)
	}
	if s.Approved {
		parts = append(parts, "approved")
	}
	return strings.Join(parts, "; ")
}

// change shows a value before and after. Where both look alike it says why it is written.
func change(name string, d Delta) string {
	from, to := shown(name, d.From), shown(name, d.To)
	if d.From == d.To {
		return to + ", once more" // nobody knows whether it is there
	}
	if from == to {
		return to + ", details changed" // contacts, of which no more is shown
	}
	return from + " → " + to
}

// shown returns an attribute's value for people.
func shown(name, value string) string {
	switch v := directory.Value(name, value).(type) {
	case nil:
		return "(none)"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []string:
		return strings.Join(v, ", ")
	case directory.Relations:
		return count(v.Count, "contact") + " (" + strings.Join(v.Relations, ", ") + ")"
	default:
		return value
	}
}

func singular(k directory.Kind) string {
	return strings.ToLower(strings.TrimSuffix(plural(k), "s"))
}

// count names a number of things: "1 owner", "2 owners".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%s %s", number(n), what)
}

// number writes a number with separators of thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// length returns the length of a text in characters.
func length(s string) int { return utf8.RuneCountInString(s) }

// clean takes out of a roster's text what would move a terminal's cursor, colour
// the text or turn its direction.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
