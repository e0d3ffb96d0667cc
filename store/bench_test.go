package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

func benchStore(b *testing.B) (*Store, ledger.Lease, ledger.Run) {
	b.Helper()
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "homeroom.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	tenant, err := s.DefaultTenant(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	lease, err := s.Acquire(b.Context(), ledger.Scope{Tenant: tenant, Target: "local"}, "bench", ttl)
	if err != nil {
		b.Fatal(err)
	}
	run, err := s.Begin(b.Context(), lease, ledger.Run{Started: monday})
	if err != nil {
		b.Fatal(err)
	}
	return s, lease, run
}

// classEntries returns entries as they are after classes were created.
func classEntries(first, n, members int) []ledger.Entry {
	entries := make([]ledger.Entry, n)
	for i := range entries {
		entry := ledger.Entry{
			Kind: directory.ClassGroup, Key: fmt.Sprintf("Section_%08d", first+i), State: directory.Managed,
			ID: fmt.Sprintf("3f2504e0-4f89-11d3-9a0c-%012d", first+i), Created: true, Org: "110001",
			Set: directory.Attributes{
				directory.DisplayName: "Algebra 1", directory.MailNickname: "Section_112001",
				directory.AnchorID: "Section_112001", directory.ObjectType: "Section",
				directory.SourceSectionID: "112001", directory.CourseName: "Algebra",
				directory.TermName: "2026-2027", directory.Status: "active",
			},
		}
		for m := range members {
			entry.AddMembers = append(entry.AddMembers, fmt.Sprintf("User_%08d", (first+i)*7919%90000+m))
		}
		entries[i] = entry
	}
	return entries
}

func recordBatch(b *testing.B, s *Store, lease ledger.Lease, run ledger.Run, number int, entries []ledger.Entry) {
	b.Helper()
	batch := ledger.Batch{Number: number}
	if err := s.Sent(b.Context(), lease, run.ID, batch, nil); err != nil {
		b.Fatal(err)
	}
	if err := s.Record(b.Context(), lease, run.ID, []ledger.Answer{{Batch: batch, Entries: entries}}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRecord writes a batch of 1,000 objects with 10,000 members.
func BenchmarkRecord(b *testing.B) {
	s, lease, run := benchStore(b)
	number := 0
	for b.Loop() {
		recordBatch(b, s, lease, run, number+1, classEntries(number*1000, 1000, 10))
		number++
	}
}

// BenchmarkRecordAgain writes the same objects and members again.
func BenchmarkRecordAgain(b *testing.B) {
	s, lease, run := benchStore(b)
	entries := classEntries(0, 1000, 10)
	number := 0
	for b.Loop() {
		number++
		recordBatch(b, s, lease, run, number, entries)
	}
}

// BenchmarkHaves reads objects with two members each, and reports how many it
// reads a second.
func BenchmarkHaves(b *testing.B) {
	const objects = 100_000
	for _, members := range []int{0, 2, 10} {
		b.Run(fmt.Sprint(members, " members"), func(b *testing.B) {
			s, lease, run := benchStore(b)
			for i := range objects / 1000 {
				recordBatch(b, s, lease, run, i+1, classEntries(i*1000, 1000, members))
			}
			read := 0
			for b.Loop() {
				for _, err := range s.Haves(b.Context(), lease.Scope, directory.ClassGroup, directory.Span{}) {
					if err != nil {
						b.Fatal(err)
					}
					read++
				}
			}
			b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}

// benchLinks stores the links of n people, as the first sync does, and returns
// their keys.
func benchLinks(b *testing.B, s *Store, lease ledger.Lease, run ledger.Run, n int) []string {
	b.Helper()
	keys := make([]string, n)
	links := make([]ledger.Link, n)
	for i := range links {
		keys[i] = fmt.Sprintf("User_%09d", 100_000_000+i*7)
		links[i] = ledger.Link{
			Person: keys[i], ID: fmt.Sprintf("3f2504e0-4f89-11d3-9a0c-%012d", i),
			GivenName: fmt.Sprintf("%016x", i*31), FamilyName: fmt.Sprintf("%016x", i*37), Via: "created",
		}
	}
	if err := s.Commit(b.Context(), lease, ledger.Commit{Run: run, Links: links}, all[plan.Step](nil), nil); err != nil {
		b.Fatal(err)
	}
	return keys
}

// BenchmarkLinks reads the links of the reference.
func BenchmarkLinks(b *testing.B) {
	s, lease, run := benchStore(b)
	keys := benchLinks(b, s, lease, run, 278_473)
	for b.Loop() {
		n := 0
		for _, err := range s.Links(b.Context(), lease.Scope) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != len(keys) {
			b.Fatalf("%d links", n)
		}
	}
}

// BenchmarkIDs asks for the ids of the members of a batch of classes: of
// people anywhere, and of the people of one school.
func BenchmarkIDs(b *testing.B) {
	const asked = 12_500
	s, lease, run := benchStore(b)
	keys := benchLinks(b, s, lease, run, 1_000_000)
	random := rand.New(rand.NewPCG(1, 2))
	for name, people := range map[string]int{"anywhere": len(keys), "school": 5000} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				first := random.IntN(len(keys) - people + 1)
				batch := make([]string, asked)
				for i := range batch {
					batch[i] = keys[first+random.IntN(people)]
				}
				ids, err := s.IDs(b.Context(), lease.Scope, directory.User, batch)
				if err != nil || len(ids) == 0 {
					b.Fatal(len(ids), err)
				}
			}
			b.ReportMetric(float64(b.N*asked)/b.Elapsed().Seconds(), "ids/s")
		})
	}
}

// benchSteps returns steps as those of a first plan.
func benchSteps(n int) []plan.Step {
	steps := make([]plan.Step, n)
	for i, entry := range classEntries(0, n, 3) {
		set := make(map[string]plan.Delta)
		for name, value := range entry.Set {
			set[name] = plan.Delta{To: value}
		}
		steps[i] = plan.Step{
			Seq: i + 1, Action: plan.Create, Kind: entry.Kind, Key: entry.Key, Set: set,
			Members: plan.Pairs{Add: entry.AddMembers}, Org: entry.Org,
			Why: []directory.Why{{
				FlowSet: "All schools", Flow: "classGroupProvisioningFlow", Rule: "classGroup",
				Record: fmt.Sprintf("classes.csv:%d", i+2),
			}},
		}
	}
	return steps
}

// BenchmarkCommit stores a plan and reports its steps a second.
func BenchmarkCommit(b *testing.B) {
	s, lease, _ := benchStore(b)
	plan := benchSteps(50_000)
	for b.Loop() {
		commitSteps(b, s, lease, plan)
	}
	b.ReportMetric(float64(b.N*len(plan))/b.Elapsed().Seconds(), "steps/s")
}

// BenchmarkSteps reads a plan and reports its steps a second.
func BenchmarkSteps(b *testing.B) {
	s, lease, _ := benchStore(b)
	plan := benchSteps(50_000)
	run := commitSteps(b, s, lease, plan)
	for b.Loop() {
		for _, err := range s.Steps(b.Context(), lease.Scope.Tenant, run, 1) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(plan))/b.Elapsed().Seconds(), "steps/s")
}

func commitSteps(b *testing.B, s *Store, lease ledger.Lease, steps []plan.Step) int64 {
	b.Helper()
	run, err := s.Begin(b.Context(), lease, ledger.Run{Started: monday})
	if err != nil {
		b.Fatal(err)
	}
	if run.Generation, err = s.Generation(b.Context(), lease.Scope); err != nil {
		b.Fatal(err)
	}
	run.Status = ledger.Completed
	if err := s.Commit(b.Context(), lease, ledger.Commit{Run: run}, all(steps), nil); err != nil {
		b.Fatal(err)
	}
	return run.ID
}
