package roster

import (
	"fmt"
	"net/mail"
	"strings"
)

// require reports whether a field has a value, and fails the row if not.
func (b *Builder) require(row *Row, f Field) bool {
	if row.Cell(f) != "" {
		return true
	}
	b.fail(row, f, RequiredValueMissing, "A required value is missing.")
	return false
}

// status reads whether a record is active by its own status (rules 1).
func (b *Builder) status(row *Row) (active, ok bool) {
	switch value := row.Cell(StatusField); {
	case value == "" || strings.EqualFold(value, "active"):
		return true, true
	case strings.EqualFold(value, "inactive") || strings.EqualFold(value, "tobedeleted"):
		return false, true
	case strings.EqualFold(value, "delta"):
		b.problem(row, StatusField, DeltaNotSupported, Catastrophic, "The row is part of a delta, and a roster must be complete: whoever is not in it would be taken for gone.")
		return false, false
	default:
		b.fail(row, StatusField, InvalidReferenceCode, fmt.Sprintf("%q is not a status; it is active, inactive or tobedeleted.", shorten(value)))
		return false, false
	}
}

// truth reads a Boolean. A blank or invalid one is otherwise.
func (b *Builder) truth(row *Row, f Field, otherwise bool) bool {
	switch value := row.Cell(f); {
	case value == "":
		return otherwise
	case strings.EqualFold(value, "true"):
		return true
	case strings.EqualFold(value, "false"):
		return false
	default:
		message := "The value is neither true nor false."
		if !f.sensitive() {
			message = fmt.Sprintf("%q is neither true nor false.", shorten(value))
		}
		b.warn(row, f, InvalidBoolean, message)
		return otherwise
	}
}

// dateMemo keeps the last dates that were read: most rows name the same few.
type dateMemo [2]struct {
	text string
	date Date
}

func (m *dateMemo) parse(s string) (Date, bool) {
	if m[0].text == s {
		return m[0].date, true
	}
	if m[1].text == s {
		m[0], m[1] = m[1], m[0]
		return m[0].date, true
	}
	date, ok := ParseDate(s)
	if ok {
		m[1] = m[0]
		m[0].text, m[0].date = s, date
	}
	return date, ok
}

// date reads an optional date.
func (b *Builder) date(row *Row, f Field, severity Severity) (d Date, ok bool) {
	value := row.Cell(f)
	if value == "" {
		return 0, true
	}
	if d, ok = b.dates.parse(value); ok {
		return d, true
	}
	message := "The value is not a date."
	if !f.sensitive() {
		message = fmt.Sprintf("%q is not a date.", shorten(value))
	}
	b.problem(row, f, InvalidDate, severity, message)
	return 0, false
}

// email reads an address and returns it in lower case, or "".
func (b *Builder) email(row *Row) string {
	value := row.Cell(EmailField)
	if value == "" || isPlainAddress(value) {
		return strings.ToLower(value)
	}
	// In angle brackets stands an addr-spec and no display name (RFC 5322, 3.4).
	if _, err := mail.ParseAddress("<" + value + ">"); err != nil {
		b.warn(row, EmailField, InvalidEmail, fmt.Sprintf("%q is not an email address.", shorten(value)))
		return ""
	}
	return strings.ToLower(value)
}

// isPlainAddress tells the addresses that nearly everybody has without the cost
// of parsing them.
func isPlainAddress(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && isDotted(local, "_+-'") && isDotted(domain, "-")
}

// isDotted reports whether s is words of letters, digits and the characters in
// extra, with single dots between them.
func isDotted(s, extra string) bool {
	afterDot := true
	for i := range len(s) {
		c := lower(s[i])
		switch {
		case c == '.':
			if afterDot {
				return false
			}
			afterDot = true
			continue
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte(extra, c) >= 0:
			afterDot = false
		default:
			return false
		}
	}
	return !afterDot
}

// phone reads a telephone number: up to 15 digits, with what people put between
// them, perhaps after a plus sign. It is kept as received.
func (b *Builder) phone(row *Row, f Field) string {
	value := row.Cell(f)
	if value == "" || isPhone(value) {
		return value
	}
	b.warn(row, f, InvalidPhone, fmt.Sprintf("%q is not a telephone number.", shorten(value)))
	return ""
}

func isPhone(s string) bool {
	digits, plus := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '+' && digits == 0 && !plus:
			plus = true
		case strings.IndexByte("()-. ", c) < 0:
			return false
		}
	}
	return digits > 0 && (!plus || digits <= 15)
}

// year reads a school year: its last calendar year, or both, which is a deviation
// (rules 6).
func (b *Builder) year(row *Row) (int16, bool) {
	value := row.Cell(SchoolYearField)
	if isYear(value) {
		return yearOf(value), true
	}
	if second, ok := secondYear(value); ok && !b.Strict {
		b.Deviate("range", b.describe(row, SchoolYearField, InvalidYear, Warning, fmt.Sprintf("The school year %q was read as %d.", value, second)))
		return second, true
	}
	b.fail(row, SchoolYearField, InvalidYear, fmt.Sprintf("%q is not a school year.", shorten(value)))
	return 0, false
}

// secondYear reads two years that follow each other, such as 2026-2027 and
// 2026/27, and returns the second.
func secondYear(value string) (int16, bool) {
	at := strings.IndexAny(value, "-/–")
	if at < 0 {
		return 0, false
	}
	first, second := strings.TrimSpace(value[:at]), strings.TrimSpace(strings.TrimLeft(value[at:], "-/–"))
	if len(second) == 2 && len(first) == 4 {
		second = first[:2] + second
	}
	if !isYear(first) || !isYear(second) || yearOf(second) != yearOf(first)+1 {
		return 0, false
	}
	return yearOf(second), true
}

func yearOf(digits string) int16 {
	n := int16(0)
	for i := range len(digits) {
		n = 10*n + int16(digits[i]-'0')
	}
	return n
}
