package main

import (
	"strings"
	"testing"
)

// A password that was made has a letter of each sort and none that is easily taken for
// another, comes once, and is no formula to a spreadsheet.
func TestNewPassword(t *testing.T) {
	seen := make(map[string]bool)
	for range 2000 {
		p := string(newPassword())
		if len(p) != passwordLength || seen[p] {
			t.Fatalf("%q is of another length, or came before", p)
		}
		seen[p] = true
		for _, sort := range []string{lowerLetters, upperLetters, digits, marks} {
			if !strings.ContainsAny(p, sort) {
				t.Fatalf("%q has none of %s", p, sort)
			}
		}
		if strings.Trim(p, lowerLetters+upperLetters+digits+marks) != "" || strings.ContainsAny(p, "lIO01") {
			t.Fatalf("%q has other letters", p)
		}
		if strings.ContainsAny(p[:1], marks) {
			t.Fatalf("%q begins with a mark", p)
		}
	}
}
