package odata

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a $filter.
type token struct {
	kind tokenKind
	text string // as written; of quoted: without the quotes; of member: the type's name, a quote, and the member
}

type tokenKind int

const (
	endToken    tokenKind = iota
	nameToken             // of a property, a variable, an operator, a function, or with dots of a type
	numberToken           // digits, dates, times, guids
	quotedToken           // 'text'
	memberToken           // type'member'
	signToken             // one of ( ) , / :
)

// lex cuts a filter into tokens, end last.
func (p *parser) lex(text string) ([]token, *Error) {
	var tokens []token
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return append(tokens, token{kind: endToken}), nil
		}
		next, size, err := p.lexOne(text)
		if err != nil {
			return nil, err
		}
		tokens, text = append(tokens, next), text[size:]
	}
}

// lexOne returns the token that a text begins with, and how many bytes it takes.
func (p *parser) lexOne(text string) (token, int, *Error) {
	first, size := utf8.DecodeRuneInString(text)
	switch {
	case strings.ContainsRune("(),/:", first):
		return token{signToken, text[:size]}, size, nil
	case first == '\'':
		return p.lexQuoted(text)
	case guidSize(text) > 0:
		return token{numberToken, text[:guidSize(text)]}, guidSize(text), nil
	case first == '-' || unicode.IsDigit(first):
		size := spanOf(text, func(r rune) bool { return strings.ContainsRune("+-.:", r) || isWord(r) })
		return token{numberToken, text[:size]}, size, nil
	case isWord(first) || first == '$':
		return p.lexName(text)
	}
	return token{}, 0, p.bad("%.60q is not understood here.", string(first))
}

// lexName reads a name, and the member of an enum that may follow it at once.
func (p *parser) lexName(text string) (token, int, *Error) {
	size := spanOf(text, func(r rune) bool { return r == '.' || r == '$' || isWord(r) })
	if !strings.HasPrefix(text[size:], "'") {
		return token{nameToken, text[:size]}, size, nil
	}
	value, length, err := p.lexQuoted(text[size:])
	return token{memberToken, text[:size] + "'" + value.text}, size + length, err
}

// lexQuoted reads a text in quotes, in which quotes are doubled.
func (p *parser) lexQuoted(text string) (token, int, *Error) {
	for at := 1; at < len(text); at++ {
		switch {
		case text[at] != '\'':
		case strings.HasPrefix(text[at:], "''"):
			at++
		default:
			return token{quotedToken, strings.ReplaceAll(text[1:at], "''", "'")}, at + 1, nil
		}
	}
	return token{}, 0, p.bad("the quote before %.20q is not closed; a quote inside of a text is doubled.", text[1:])
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// spanOf returns how many bytes a text begins with that are of a sort.
func spanOf(text string, sort func(rune) bool) int {
	if at := strings.IndexFunc(text, func(r rune) bool { return !sort(r) }); at >= 0 {
		return at
	}
	return len(text)
}

// guidSize returns the length of the guid that a text begins with, or 0.
func guidSize(text string) int {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) < len(form) {
		return 0
	}
	for i := range len(form) {
		isHex := strings.IndexByte("0123456789abcdefABCDEF", text[i]) >= 0
		if (form[i] == 'x') != isHex || form[i] == '-' && text[i] != '-' {
			return 0
		}
	}
	if next, _ := utf8.DecodeRuneInString(text[len(form):]); isWord(next) {
		return 0
	}
	return len(form)
}
