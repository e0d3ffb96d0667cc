package odata

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unknownFutureValue is the member that enums of Microsoft Graph end with. Nobody may
// write it (contract B.3).
const unknownFutureValue = "unknownFutureValue"

// primitive reads a value of an Edm type or an enum.
func primitive(f *field, v any) (any, error) {
	if f.Type == "Edm.Boolean" {
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, mistyped(f, v)
	}
	if f.Type == "Edm.Int32" {
		if n, ok := v.(json.Number); ok {
			if i, err := strconv.ParseInt(n.String(), 10, 32); err == nil {
				return i, nil
			}
		}
		return nil, mistyped(f, v)
	}
	s, ok := v.(string)
	if !ok {
		return nil, mistyped(f, v)
	}
	var read any
	switch {
	case f.Type == "Edm.String":
		return s, nil
	case f.enum != nil:
		read, ok = f.enum.canonical(s)
	case f.Type == "Edm.DateTimeOffset":
		read, ok = instant(s)
	case f.Type == "Edm.Date":
		read, ok = s, isDate(s)
	default:
		return nil, Internal("The property '%s' is of the type %s, which nobody can read.", f.Name, f.Type)
	}
	if !ok {
		return nil, misread(f, s)
	}
	return read, nil
}

// canonical returns a member that may be written, in the spelling of the table.
func (e *Enum) canonical(s string) (string, bool) {
	for _, member := range e.Members {
		if strings.EqualFold(member, s) && member != unknownFutureValue {
			return member, true
		}
	}
	return "", false
}

// instant reads a date and time with an offset, to a tenth of a microsecond.
func instant(s string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04Z07:00", s) // seconds may be left out
	}
	at = at.UTC().Truncate(100 * time.Nanosecond)
	return at, err == nil && at.Year() >= 1 && at.Year() <= 9999
}

func isDate(s string) bool {
	day, err := time.Parse(time.DateOnly, s)
	return err == nil && day.Year() >= 1
}

// mistyped refuses a value of another sort than the property's.
func mistyped(f *field, v any) error {
	return BadRequest("", "The value of '%s' is %s. Write %s.", f.Name, describe(v), wantedItem(f))
}

// misread refuses a string that is none of those that the property takes. Secrets are
// strings of any content, so none is told here.
func misread(f *field, s string) error {
	return BadRequest("", "The value '%s' of '%s' is not known. Write %s.", clip(s), f.Name, wantedItem(f))
}

// wanted says what to write as the value of a property.
func wanted(f *field) string {
	if f.Collection {
		return "an array"
	}
	return wantedItem(f)
}

func wantedItem(f *field) string {
	switch {
	case f.Navigation && !f.Contained:
		return `"` + f.Name + `@odata.bind" with an address, or an object with an "id"`
	case f.values != nil:
		return "an object"
	case f.enum != nil:
		members := slices.DeleteFunc(slices.Clone(f.enum.Members), func(s string) bool { return s == unknownFutureValue })
		return either(members)
	case f.Type == "Edm.Boolean":
		return "true or false"
	case f.Type == "Edm.Int32":
		return "a whole number from -2147483648 to 2147483647"
	case f.Type == "Edm.DateTimeOffset":
		return `a date and time with an offset, such as "2026-08-17T08:00:00Z"`
	case f.Type == "Edm.Date":
		return `a date, such as "2026-08-17"`
	default:
		return "a string"
	}
}

// either lists what can be chosen from: "a", "b" or "c".
func either(names []string) string { return listed(names, " or ") }

func listed(names []string, last string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(last)
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}
