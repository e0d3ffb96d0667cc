package main

import (
	"strconv"
	"strings"
)

// retired reads what happens in groups of classes that are gone: whether owners without any
// role are replaced.
func (r *configReader) retired(v value) error {
	var leavers string
	err := v.object(fields{"leavers": oneOfTo(&leavers, "keep", "replace")})
	r.Settings.ReplaceLeavers = leavers == "replace"
	return err
}

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
