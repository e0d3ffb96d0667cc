package oneroster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/source"
)

// BenchmarkScan and BenchmarkRead go over the same 200,000 enrollments of 50,000
// people: the ratio is to be below 2.5.
func BenchmarkScan(b *testing.B) {
	dir := writeBig(b)
	for b.Loop() {
		rostertest.Scan(b, dir)
	}
}

func BenchmarkRead(b *testing.B) {
	src, err := source.Open(writeBig(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for b.Loop() {
		if r, problems := read(b, src, false); r == nil || len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// writeBig writes a roster without a flaw to a folder.
func writeBig(b *testing.B) string {
	const people, classes, enrollments, orgs = 50_000, 10_000, 200_000, 20
	dir, big := b.TempDir(), newSheets().oneRoster
	for name, kind := range map[string]string{"orgs": "bulk", "academicSessions": "bulk", "users": "bulk", "courses": "absent", "classes": "bulk", "enrollments": "bulk"} {
		add(big, "manifest.csv", "file."+name, kind)
	}
	delete(big, "courses.csv")
	for i := range orgs {
		add(big, "orgs.csv", fmt.Sprint("O", i), "", "", "School", "school", "", "")
	}
	add(big, "academicSessions.csv", "Y1", "", "", "Year", "schoolYear", "2026-08-24", "2027-06-11", "", "2027")
	for i := range people {
		add(big, "users.csv", fmt.Sprint("P", i), "active", "2026-08-01T00:00:00Z", "true", fmt.Sprint("O", i%orgs), "student",
			fmt.Sprint("user", i), "", fmt.Sprint("Given", i%500), fmt.Sprint("Family", i%3000), "", fmt.Sprint(i), fmt.Sprintf("user%d@school.example", i), "", "", "", "09", "")
	}
	for i := range classes {
		add(big, "classes.csv", fmt.Sprint("C", i), "active", "2026-08-01T00:00:00Z", fmt.Sprint("Class ", i), "09", "", "", "scheduled", "", fmt.Sprint("O", i%orgs), "Y1", "", "", "")
	}
	for i := range enrollments {
		class := i / (enrollments / classes)
		add(big, "enrollments.csv", fmt.Sprint("E", i), "active", "2026-08-01T00:00:00Z", fmt.Sprint("C", class), fmt.Sprint("O", class%orgs), fmt.Sprint("P", (i*7919)%people), "student", "", "2026-08-24", "2027-06-11")
	}
	for name, lines := range big {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}
