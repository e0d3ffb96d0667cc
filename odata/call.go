package odata

import (
	"strings"
	"time"
	"unicode/utf8"
)

// call returns what a function is of arguments of the types that it takes.
func call(f Function, args []any) any {
	switch first := args[0].(type) {
	case time.Time:
		return callTime(f, first)
	case string:
		if len(args) == 1 {
			return callText(f, first)
		}
		if second, ok := args[1].(string); ok {
			return callTexts(f, first, second)
		}
	}
	return nil
}

func callTime(f Function, at time.Time) any {
	switch f {
	case Date:
		return at.Format(time.DateOnly)
	case Hour:
		return int64(at.Hour())
	case Minute:
		return int64(at.Minute())
	case Second:
		return int64(at.Second())
	}
	return nil
}

func callText(f Function, text string) any {
	switch f {
	case ToLower:
		return strings.ToLower(text)
	case ToUpper:
		return strings.ToUpper(text)
	case Trim:
		return strings.Trim(text, " ")
	case Length:
		return int64(utf8.RuneCountInString(text))
	}
	return callDay(f, text)
}

func callDay(f Function, text string) any {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return nil // of no day that was ever taken
	case f == Year:
		return int64(day.Year())
	case f == Month:
		return int64(day.Month())
	case f == Day:
		return int64(day.Day())
	}
	return nil
}

func callTexts(f Function, first, second string) any {
	switch f {
	case Contains:
		return strings.Contains(first, second)
	case StartsWith:
		return strings.HasPrefix(first, second)
	case EndsWith:
		return strings.HasSuffix(first, second)
	case Concat:
		return first + second
	case IndexOf:
		before, _, found := strings.Cut(first, second)
		if !found {
			return int64(-1)
		}
		return int64(utf8.RuneCountInString(before))
	}
	return nil
}
