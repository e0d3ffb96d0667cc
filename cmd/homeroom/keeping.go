package main

import (
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/source"
)

// keeping says what of rosters and runs is kept, and for how long (rules 5).
type keeping struct {
	Days      int  // after a roster was read last
	Last      int  // so many of the last rosters are kept for longer
	Sensitive bool // demographics and flags, too
	History   int  // days after a run ended for which more is kept of it than counts
}

func defaultKeeping() keeping { return keeping{Days: 30, Last: 3, History: 180} }

func (r *configReader) snapshots(v value) error {
	return v.object(fields{
		"days":          numberTo(&r.Keeping.Days),
		"last":          numberTo(&r.Keeping.Last),
		"keepSensitive": boolTo(&r.Keeping.Sensitive),
	})
}

// past is until when runs ended of which only counts are kept now.
func (k keeping) past(now time.Time) time.Time { return now.AddDate(0, 0, -k.History) }

func (r *configReader) history(v value) error {
	return v.object(fields{"days": numberTo(&r.Keeping.History)})
}

// omitted returns what of a roster is not kept: passwords in any case, demographics and
// flags unless they are asked for, and files that no format read.
func omitted(people *roster.Roster, k keeping) source.Omit {
	is := strings.EqualFold
	return source.Omit{
		Rows: func(file string) bool {
			read := slices.ContainsFunc(people.Files, func(f roster.File) bool { return is(file, f.Name) }) || is(file, "manifest.csv")
			return !read || !k.Sensitive && is(file, "userFlags.csv") // who has a flag is told by a row alone
		},
		Column: func(file, header string) bool {
			header = strings.ToLower(header)
			switch {
			case strings.Contains(header, "password"):
				return true
			case k.Sensitive:
				return false
			case is(file, "demographics.csv"): // whose they are stays: the file must not look empty
				return header != "status" && header != "datelastmodified" && !strings.HasSuffix(header, "id")
			}
			words := []string{"birth", "sex", "gender", "ethnic", "race", "flag"} // of columns that somebody put elsewhere
			return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(header, word) })
		},
	}
}
