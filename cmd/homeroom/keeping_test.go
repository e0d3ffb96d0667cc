package main

import (
	"testing"

	"github.com/homeroomhq/homeroom/roster"
)

// What is left out of copies, however a file spells its name and its headers.
func TestOmitted(t *testing.T) {
	people := &roster.Roster{Files: []roster.File{{Name: "users.csv"}, {Name: "Demographics.csv"}, {Name: "userFlags.csv"}}}
	usual, whole := omitted(people, keeping{}), omitted(people, keeping{Sensitive: true})
	for _, test := range []struct {
		file, header string
		usual, whole bool
	}{
		{"users.csv", "password", true, true},
		{"users.csv", "Password", true, true},
		{"users.csv", "INITIAL_PASSWORD", true, true},
		{"users.csv", "metadata.birthDate", true, false},
		{"users.csv", "Sex", true, false},
		{"users.csv", "americanIndianOrAlaskaNativeRace", true, false},
		{"users.csv", "givenName", false, false},
		{"users.csv", "sourcedId", false, false},
		{"Demographics.csv", "publicSchoolResidenceStatus", true, false},
		{"demographics.csv", "countryOfBirthCode", true, false},
		{"demographics.csv", "userSourcedId", false, false},
		{"demographics.csv", "dateLastModified", false, false},
		{"demographics.csv", "status", false, false},
	} {
		if got := usual.Column(test.file, test.header); got != test.usual {
			t.Errorf("%s of %s is left out: %t", test.header, test.file, got)
		}
		if got := whole.Column(test.file, test.header); got != test.whole {
			t.Errorf("%s of %s is left out of what keeps sensitive data: %t", test.header, test.file, got)
		}
	}
	for file, want := range map[string][2]bool{
		"users.csv": {false, false}, "USERS.CSV": {false, false}, "manifest.csv": {false, false},
		"userflags.csv": {true, false}, "notes.csv": {true, true},
	} {
		if got := [2]bool{usual.Rows(file), whole.Rows(file)}; got != want {
			t.Errorf("the rows of %s are left out: %v, want %v", file, got, want)
		}
	}
}
