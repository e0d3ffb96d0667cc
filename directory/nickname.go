package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

const (
	maxNickname  = 64
	hashedPrefix = 55 // then "_" and eight hexadecimal digits
)

// Nickname makes a mail nickname of a name: characters that directories do not
// take become "_", and where that or the length of 64 changes it, eight digits
// of the name's SHA-256 keep it apart from others (rules 3, domain page D.3).
func Nickname(name string) string {
	safe := safeNickname(name)
	if safe == name && len(safe) <= maxNickname {
		return safe
	}
	sum := sha256.Sum256([]byte(name))
	return safe[:min(len(safe), hashedPrefix)] + "_" + hex.EncodeToString(sum[:4])
}

func safeNickname(name string) string {
	taken := func(c byte) bool { return c < utf8.RuneSelf && nicknameTakes(rune(c)) }
	at := 0
	for at < len(name) && taken(name[at]) {
		at++
	}
	if at == len(name) {
		return name // as nearly all are
	}
	var b strings.Builder
	replaced := false
	for _, c := range name {
		safe := nicknameTakes(c)
		if safe {
			b.WriteRune(c)
		} else if !replaced {
			b.WriteByte('_')
		}
		replaced = !safe
	}
	return b.String()
}

func nicknameTakes(c rune) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '/', '=', '?', '^', '_', '{', '|', '}', '~', '.':
		return true
	}
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
