package local_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
)

// Benchmarks report changes a second; an object or a membership is one (design,
// "Numbers to hold").

// BenchmarkApply makes classes of thirty of 20,000 users, in calls of the full
// size.
func BenchmarkApply(b *testing.B) { benchmarkClasses(b, 20_000, 30) }

// BenchmarkApplyCountry makes classes of twenty-five of more users than the
// database keeps pages for.
func BenchmarkApplyCountry(b *testing.B) { benchmarkClasses(b, 1_000_000, 25) }

func benchmarkClasses(b *testing.B, users, classSize int) {
	target := open(b)
	ids := makeUsers(b, target, users)
	random := rand.New(rand.NewPCG(1, 2))
	changes, n := 0, 0
	for b.Loop() {
		var call []directory.Change
		for range target.Abilities().PerCall {
			n++
			c := class(n)
			for range classSize {
				c.AddMembers = append(c.AddMembers, ids[random.IntN(len(ids))])
			}
			c.AddOwners = c.AddMembers[:1]
			call = append(call, c)
			changes += 1 + classSize + 1
		}
		if _, err := target.Apply(context.Background(), call); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(changes)/b.Elapsed().Seconds(), "changes/s")
}

func class(n int) directory.Change {
	name := fmt.Sprintf("Section_%08d", n)
	return directory.Change{Kind: directory.ClassGroup, Set: directory.Attributes{
		directory.AnchorID: name, directory.MailNickname: name, directory.DisplayName: "Class " + name,
		directory.ObjectType: "Section", directory.SyncSource: "SIS", directory.SourceSectionID: name,
		directory.Visibility: "HiddenMembership",
	}}
}

// BenchmarkApplyUsers makes nothing but users.
func BenchmarkApplyUsers(b *testing.B) {
	target := open(b)
	n := 0
	for b.Loop() {
		applyUsers(b, target, n, target.Abilities().PerCall)
		n += target.Abilities().PerCall
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "changes/s")
}

func makeUsers(b *testing.B, target directory.Target, n int) []string {
	b.Helper()
	var ids []string
	for len(ids) < n {
		ids = append(ids, applyUsers(b, target, len(ids), target.Abilities().PerCall)...)
	}
	return ids
}

// applyUsers makes users whose names are in another order than their keys, as
// those of people are.
func applyUsers(b *testing.B, target directory.Target, first, n int) []string {
	b.Helper()
	changes := make([]directory.Change, n)
	for i := range changes {
		key := fmt.Sprintf("User_%08d", first+i)
		name := fmt.Sprintf("%016x", uint64(first+i)*0x9e3779b97f4a7c15) // far from that of the one before
		changes[i] = directory.Change{Kind: directory.User, Set: directory.Attributes{
			directory.AnchorID: key, directory.UserPrincipalName: name + "@school.example", directory.MailNickname: name,
			directory.DisplayName: "Given Family", directory.GivenName: "Given", directory.Surname: "Family",
			directory.AccountEnabled: "true", directory.ObjectType: "Student", directory.SyncSource: "SIS",
			directory.SourceStudentID: key, directory.PasswordFrom: "configuration",
		}}
	}
	outcomes, err := target.Apply(context.Background(), changes)
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, n)
	for i, o := range outcomes {
		ids[i] = o.ID
	}
	return ids
}

// BenchmarkSize reports the bytes that the file takes for each user, and for
// each class of thirty.
func BenchmarkSize(b *testing.B) {
	path := filepath.Join(b.TempDir(), "directory.db")
	db := openDB(b, path)
	target := openTenant(b, db, "tenant")
	size := func() (bytes float64) {
		row := db.QueryRowContext(b.Context(), `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`)
		if err := row.Scan(&bytes); err != nil {
			b.Fatal(err)
		}
		return bytes
	}
	const users, classes, classSize = 100_000, 20_000, 30
	ids := makeUsers(b, target, users)
	before := size()
	b.ReportMetric(before/users, "bytes/user")
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; n < classes; {
		var call []directory.Change
		for range target.Abilities().PerCall {
			n++
			c := class(n)
			for range classSize {
				c.AddMembers = append(c.AddMembers, ids[random.IntN(len(ids))])
			}
			c.AddOwners = c.AddMembers[:1]
			call = append(call, c)
		}
		if _, err := target.Apply(context.Background(), call); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((size()-before)/classes, "bytes/class")
}

// BenchmarkObserve reads users.
func BenchmarkObserve(b *testing.B) {
	const users = 100_000
	target := open(b)
	makeUsers(b, target, users)
	for _, view := range []directory.View{directory.Whole, directory.Brief} {
		b.Run(string(view), func(b *testing.B) {
			for b.Loop() {
				for _, err := range target.Observe(b.Context(), directory.User, view) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)*users/b.Elapsed().Seconds(), "users/s")
		})
	}
}
