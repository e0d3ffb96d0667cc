package roster

import (
	"fmt"
	"time"
)

// Record says where a record was read: the position of its file in Roster.Files
// and its line there, packed into one word. The zero Record is no place.
type Record uint32

const (
	lineBits = 28
	maxLine  = 1<<lineBits - 1
)

// NewRecord returns the place of a line, counted from 1, of a file. Lines
// beyond 268 million are all shown as that one.
func NewRecord(file, line int) Record {
	return Record(file<<lineBits | min(line, maxLine))
}

// File returns the position of the record's file in Roster.Files.
func (r Record) File() int { return int(r >> lineBits) }

// Line returns the record's line, counted from 1.
func (r Record) Line() int { return int(r & maxLine) }

// Where returns the place of a record as people read it: "classes.csv:2". The
// zero Record gives "".
func (r *Roster) Where(rec Record) string {
	if rec == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", r.Files[rec.File()].Name, rec.Line())
}

// Date is a calendar day, counted from 1970-01-01 as day 1. The zero Date is no
// date.
type Date int32

const daySeconds = 24 * 60 * 60

// ParseDate reads a day as ISO 8601 writes it, YYYY-MM-DD.
func ParseDate(s string) (Date, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false
	}
	return DateOf(t), true
}

// DateOf returns the calendar day of a time in the time's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	return Date(day) + 1
}

// String returns the day as YYYY-MM-DD, and "" for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix(int64(d-1)*daySeconds, 0).UTC().Format(time.DateOnly)
}
