package local_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
)

// BenchmarkApply makes users, and classes of thirty of them, in calls of the
// full size. It reports changes a second; an object or a membership is one
// (design, "Numbers to hold").
func BenchmarkApply(b *testing.B) {
	const classSize = 30
	target := open(b)
	ids := makeUsers(b, target, 20_000)
	changes := 0
	n := 0
	for b.Loop() {
		var call []directory.Change
		for range target.Abilities().PerCall {
			n++
			name := fmt.Sprintf("Section_%08d", n)
			c := directory.Change{Kind: directory.ClassGroup, Set: directory.Attributes{
				directory.AnchorID: name, directory.MailNickname: name, directory.DisplayName: "Class " + name,
				directory.ObjectType: "Section", directory.SyncSource: "SIS", directory.SourceSectionID: name,
				directory.Visibility: "HiddenMembership",
			}}
			for i := range classSize {
				c.AddMembers = append(c.AddMembers, ids[(n*7+i*131)%len(ids)])
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

func applyUsers(b *testing.B, target directory.Target, first, n int) []string {
	b.Helper()
	changes := make([]directory.Change, n)
	for i := range changes {
		key := fmt.Sprintf("User_%08d", first+i)
		changes[i] = directory.Change{Kind: directory.User, Set: directory.Attributes{
			directory.AnchorID: key, directory.UserPrincipalName: key + "@school.example", directory.MailNickname: key,
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
