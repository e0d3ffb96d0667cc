package main

import (
	"fmt"
	"strings"
	"time"
)

// bytesRead is the name of things that are shown as sizes.
const bytesRead = "bytes"

// work is something that takes its time.
type work struct {
	doing, things string // "reading", "bytes"
	began         time.Time
	first         int64 // of the things, behind it when it began
	done, total   int64 // total 0 where nobody knows
}

const (
	leastBar = 10 // columns, with its ends; less says nothing
	mostBar  = 40
)

// bar returns what is shown in so many columns of a terminal: as much as fits.
func (w *work) bar(now time.Time, columns int) string {
	percent, done, rate, left := w.percent(), w.counted(), w.rate(now), w.left(now)
	text := ""
	for _, parts := range [][]string{{percent, done, rate, left}, {percent, done, left}, {percent, left}, {percent}, {}} {
		if text = join(parts); len(w.doing)+len(text) <= columns {
			break
		}
	}
	line := w.doing
	if room := min(columns-len(line)-len(text)-2, mostBar); w.total > 0 && room >= leastBar {
		full := int(min(w.done, w.total) * int64(room-2) / w.total)
		line += "  [" + strings.Repeat("=", full) + strings.Repeat(" ", room-2-full) + "]"
	}
	line += text
	return line[:min(len(line), columns)]
}

// line returns what is shown where there is no terminal to draw on.
func (w *work) line(now time.Time) string {
	return w.doing + ":" + join([]string{w.percent(), w.counted(), w.rate(now), w.left(now)})
}

// join puts two blanks before each part that there is.
func join(parts []string) string {
	var b strings.Builder
	for _, part := range parts {
		if part != "" {
			b.WriteString("  " + part)
		}
	}
	return b.String()
}

func (w *work) percent() string {
	if w.total <= 0 {
		return ""
	}
	return fmt.Sprintf("%d%%", min(w.done, w.total)*100/w.total)
}

// counted tells how many things are behind the work, "" where nothing is counted.
func (w *work) counted() string {
	switch {
	case w.things == bytesRead && w.total > 0:
		return size(w.done) + " of " + size(w.total)
	case w.things == bytesRead:
		return size(w.done)
	case w.total > 0:
		return fmt.Sprintf("%d of %d %s", w.done, w.total, w.things)
	case w.done > 0:
		return fmt.Sprintf("%d %s", w.done, w.things)
	}
	return ""
}

// perSecond is the rate on average, 0 while there is none.
func (w *work) perSecond(now time.Time) float64 {
	if took := now.Sub(w.began).Seconds(); took > 0 {
		return float64(w.done-w.first) / took
	}
	return 0
}

func (w *work) rate(now time.Time) string {
	rate := w.perSecond(now)
	switch {
	case rate <= 0:
		return ""
	case w.things == bytesRead:
		return size(int64(rate)) + "/s"
	}
	return fmt.Sprintf("%.0f/s", rate)
}

// left tells how long the work lasts yet; where nobody knows, how long it took.
func (w *work) left(now time.Time) string {
	rate := w.perSecond(now)
	switch {
	case w.total <= 0 || rate <= 0:
		return inWords(now.Sub(w.began))
	case w.done >= w.total:
		return "finishing"
	}
	return inWords(time.Duration(float64(max(0, w.total-w.done))/rate*float64(time.Second))) + " left"
}

// inWords tells a time as people do, in at most two units.
func inWords(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
}

// size tells a number of bytes.
func size(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%d kB", n/1e3)
	case n < 1e9:
		return fmt.Sprintf("%d MB", n/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
