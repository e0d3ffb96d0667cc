package main

import (
	"strconv"
	"strings"
)

// leavers reads what happens to accounts of people who left: keep, or
// disable after N days.
func (r *configReader) leavers(v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	if text == "keep" {
		r.Leavers = 0
		return nil
	}
	rest, found := strings.CutPrefix(text, "disable after ")
	number, ended := strings.CutSuffix(strings.TrimSuffix(rest, "s"), " day")
	days, err := strconv.Atoi(number)
	if !found || !ended || err != nil || days < 1 {
		return v.fail("leavers is keep, or as in: disable after 30 days.")
	}
	r.Leavers = days
	return nil
}
