package ldap

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// name returns what an entry is called in its place, from values of an object: its
// mailNickname, else its key; "" when there is neither.
func (c *Class) name(set directory.Attributes) string {
	nickname := set[directory.MailNickname]
	if nickname == "" && set[directory.AnchorID] != "" {
		nickname = directory.Nickname(set[directory.AnchorID])
	}
	if c.Login == "" || nickname == "" {
		return nickname
	}
	return loginName(c.Prefix+nickname, c.MaxName)
}

// loginName makes a sAMAccountName of a name (MS-ADTS 3.1.1.6): without the characters
// that it must not have, and not longer than the limit. Where that changes it, digits of
// the name's SHA-256 keep it apart from others; names that differ only in case stay the
// same.
func loginName(name string, most int) string {
	safe := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`"/\[]:;|=,+*?<>@`, r) {
			return '_'
		}
		return r
	}, name)
	safe = strings.TrimRight(safe, ".")
	if safe == name && utf8.RuneCountInString(safe) <= most {
		return safe
	}
	sum := sha256.Sum256([]byte(strings.ToLower(name)))
	digits := "_" + hex.EncodeToString(sum[:4])
	runes := []rune(safe)
	return string(runes[:min(len(runes), most-len(digits))]) + digits
}

// place returns the distinguished name of a new entry.
func (c *Class) place(change *directory.Change, name string) (string, error) {
	container, listed := c.Places[change.Org]
	if !listed {
		var err error
		if container, err = c.fill(c.Container, change, goldap.EscapeDN); err != nil {
			return "", err
		}
	}
	return c.rdn(name) + "," + container, nil
}

func (c *Class) rdn(name string) string { return c.RDN + "=" + goldap.EscapeDN(name) }

// fill puts values in the place of {org} and of attributes' names in a template. Of
// {one|other} the first that has a value counts.
func (c *Class) fill(template string, change *directory.Change, escape func(string) string) (string, error) {
	var b strings.Builder
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		names, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", refuse(directory.InvalidValue, "The template %s has no end.", template)
		}
		value := ""
		for _, name := range strings.Split(names, "|") {
			if value = change.Set[name]; name == "org" {
				value = change.Org
			}
			if value != "" {
				break
			}
		}
		if value == "" {
			return "", refuse(directory.NoContainer, "The template %s asks for %s, which this %s has not.", template, names, change.Kind)
		}
		b.WriteString(escape(value))
		rest = tail
	}
}
