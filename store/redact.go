package store

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// forgottenKey stands in plans and journals in the place of a person who was forgotten.
const forgottenKey = "(forgotten)"

// redactor takes a person out of what was written down.
type redactor struct {
	key   string
	words []string // that stand for the person: key, directory id, names of the account
}

// newRedactor returns one for a person, of whom so much is known.
func newRedactor(key string, link ledger.Link, user directory.Have) *redactor {
	r := &redactor{key: key}
	for _, word := range []string{
		key, link.ID, user.ID, user.Attributes[directory.UserPrincipalName], user.Attributes[directory.Mail], user.Attributes[directory.MailNickname],
	} {
		if word != "" && !slices.Contains(r.words, word) {
			r.words = append(r.words, word)
		}
	}
	return r
}

// text returns a text without the words, where they stand as a whole.
func (r *redactor) text(text string) string {
	for _, word := range r.words {
		text = replaceWord(text, word, forgottenKey)
	}
	return text
}

// replaceWord replaces a word that is not a part of a longer one.
func replaceWord(text, word, by string) string {
	if !strings.Contains(text, word) {
		return text
	}
	var b strings.Builder
	for {
		at := strings.Index(text, word)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		b.WriteString(text[:at])
		if continues(before) || continues(after) {
			b.WriteString(word)
		} else {
			b.WriteString(by)
		}
		text = text[at+len(word):]
	}
}

// continues reports whether a letter makes a key longer.
func continues(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-')
}

// document returns the document of a plan without the key, by which alone it names people.
// A name of an account may stand in it as a name of something else.
func (r *redactor) document(text []byte) ([]byte, bool) {
	left := []byte(replaceWord(string(text), r.key, forgottenKey))
	return left, !bytes.Equal(text, left)
}

// step returns a step without the person, and whether it is another one. A step about the
// person keeps its place, since steps are counted.
func (r *redactor) step(s plan.Step) (plan.Step, bool) {
	changed := false
	if s.Kind == directory.User && s.Key == r.key {
		s = plan.Step{Seq: s.Seq, Action: s.Action, Kind: s.Kind, Key: forgottenKey, Org: s.Org, Held: s.Held, Approved: s.Approved}
		changed = true
	}
	lists := []*[]string{&s.Owners.Add, &s.Owners.Remove, &s.Members.Add, &s.Members.Remove}
	if s.Released != nil {
		released := *s.Released
		s.Released = &released
		lists = append(lists, &released.Owners, &released.Members)
	}
	if s.Again != nil {
		again := *s.Again
		s.Again = &again
		lists = append(lists, &again.Owners, &again.Members)
	}
	for _, list := range lists {
		if left := without(*list, r.key); len(left) != len(*list) {
			*list, changed = left, true
		}
	}
	if s.Held != nil {
		if message := r.text(s.Held.Message); message != s.Held.Message {
			s.Held, changed = &plan.Hold{Rule: s.Held.Rule, Message: message}, true
		}
	}
	return s, changed
}

func without(keys []string, key string) []string {
	if !slices.Contains(keys, key) {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == key })
}

func (r *redactor) skip(s plan.Skip) (plan.Skip, bool) {
	before := s
	if s.Key == r.key {
		s.Key, s.Record, s.Detail = forgottenKey, "", ""
	}
	s.Detail = r.text(s.Detail)
	return s, s != before
}

func (r *redactor) result(s ledger.Result) (ledger.Result, bool) {
	before := s
	if s.Key == r.key {
		s.Key, s.Message = forgottenKey, ""
	}
	s.Message = r.text(s.Message)
	return s, s != before
}
