package sdscsv_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/source"
)

// BenchmarkScan and BenchmarkRead go over the same 200,000 enrollments of 50,000
// people, the rows in order of their ids or in none: the ratio is to be below 2.5.
func BenchmarkScan(b *testing.B) { inBothOrders(b, benchmarkScan) }
func BenchmarkRead(b *testing.B) { inBothOrders(b, benchmarkRead) }

func inBothOrders(b *testing.B, benchmark func(b *testing.B, dir string)) {
	b.Run("ordered", func(b *testing.B) { benchmark(b, writeBig(b, false)) })
	b.Run("shuffled", func(b *testing.B) { benchmark(b, writeBig(b, true)) })
}

func benchmarkScan(b *testing.B, dir string) {
	for b.Loop() {
		rostertest.Scan(b, dir)
	}
}

func benchmarkRead(b *testing.B, dir string) {
	src := open(b, dir)
	for b.Loop() {
		if r, problems := read(b, src); r == nil || len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	dir := writeBig(b, false)
	for b.Loop() {
		src, err := source.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		_ = src.Close()
	}
}

// writeBig writes a roster whose rows stand in order, or as they come.
func writeBig(b *testing.B, shuffled bool) string {
	const people, classes, enrollments, orgs = 50_000, 10_000, 200_000, 20
	random := rand.New(rand.NewPCG(1, 2))
	dir := b.TempDir()
	write := func(name, header string, rows int, row func(i int) string) {
		order := random.Perm(rows)
		if !shuffled {
			slices.Sort(order)
		}
		var s strings.Builder
		s.WriteString(header + "\r\n")
		for _, i := range order {
			s.WriteString(row(i) + "\r\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	write("orgs.csv", "sourcedId,name,type,parentSourcedId", orgs, func(i int) string { return fmt.Sprintf("1100%02d,School %d,school,", i, i) })
	write("academicSessions.csv", "sourcedId,title,type,schoolYear,startDate,endDate", 1, func(int) string { return "Y1,Year,schoolYear,2027,2026-08-24,2027-06-11" })
	write("users.csv", "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms", people, func(i int) string {
		return fmt.Sprintf("2%06d,user%d@school.example,Given%d,Family%d,P@ssword123,,user%d@school.example,,", i, i, i%500, i%3000, i)
	})
	write("classes.csv", "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId", classes, func(i int) string {
		return fmt.Sprintf("3%06d,1100%02d,Class %d,Y1,", i, i%orgs, i)
	})
	write("roles.csv", "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate", people, func(i int) string {
		return fmt.Sprintf("2%06d,1100%02d,student,Y1,%d,TRUE,2026-08-24,2027-06-11", i, i%orgs, 1+i%12)
	})
	write("enrollments.csv", "classSourcedId,userSourcedId,role", enrollments, func(i int) string {
		return fmt.Sprintf("3%06d,2%06d,student", i/(enrollments/classes), (i*7919)%people)
	})
	return dir
}
