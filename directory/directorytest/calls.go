package directorytest

import (
	"context"
	"fmt"
	"sync"

	"github.com/homeroomhq/homeroom/directory"
)

// testFullCalls sends as many changes in a call, and as many members in a
// change, as the target says that it takes.
func testFullCalls(s *suite) {
	s.needs(directory.User)
	people := s.users("Person", max(s.can.PerCall, s.can.Members))
	if len(s.groups()) == 0 {
		return
	}
	kind := s.groups()[0]
	id := s.create(kind, "Full")
	s.do(directory.Change{Kind: kind, ID: id, AddMembers: people[:s.can.Members]})
	s.expect(directory.Object{Kind: kind, ID: id, Members: people[:s.can.Members]})
	s.do(directory.Change{Kind: kind, ID: id, RemoveMembers: people[1:s.can.Members]})
	s.expect(directory.Object{Kind: kind, ID: id, Members: people[:1]})
}

func testLarge(s *suite) {
	s.needs(directory.User)
	people := s.users("Person", s.knobs.Large)
	for _, kind := range s.groups() {
		id := s.create(kind, "Large")
		for first := 0; first < len(people); first += s.can.Members {
			last := min(first+s.can.Members, len(people))
			s.do(directory.Change{Kind: kind, ID: id, AddMembers: people[first:last]})
		}
		s.expect(directory.Object{Kind: kind, ID: id, Members: people})
	}
}

// testConcurrent writes from several goroutines: each makes objects of its own
// and adds a member to the same group.
func testConcurrent(s *suite) {
	s.needs(directory.User)
	const writers, rounds = 8, 5
	people := s.users("Person", writers)
	if len(s.groups()) == 0 {
		return
	}
	kind := s.groups()[0]
	group := s.create(kind, "Shared")
	failures := make(chan error, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() { failures <- s.write(i, rounds, kind, group, people[i]) })
	}
	all.Wait()
	for range writers {
		if err := <-failures; err != nil {
			s.Error(err)
		}
	}
	s.expect(directory.Object{Kind: kind, ID: group, Members: people})
	for i := range writers {
		for j := range rounds {
			s.expectOne(directory.User, fmt.Sprintf("Writer%d-%d", i, j))
		}
	}
}

func (s *suite) write(number, rounds int, kind directory.Kind, group, member string) error {
	for j := range rounds {
		name := fmt.Sprintf("Writer%d-%d", number, j)
		for _, change := range []directory.Change{
			{Kind: directory.User, Set: s.attributes(directory.User, name)},
			{Kind: kind, ID: group, AddMembers: []string{member}},
		} {
			outcomes, err := carryOut(s.Context(), s.target, []directory.Change{change})
			if err != nil {
				return err
			}
			if outcomes[0].Verdict != directory.Done {
				return fmt.Errorf("writer %d: %+v", number, outcomes[0])
			}
		}
	}
	return nil
}

// expectOne checks that exactly one object bears the anchor.
func (s *suite) expectOne(kind directory.Kind, anchor string) directory.Object {
	s.Helper()
	var found []directory.Object
	s.eventually(func() bool {
		var err error
		if found, err = s.target.Find(s.Context(), kind, []string{anchor}); err != nil {
			s.Fatal(err)
		}
		return len(found) == 1
	}, func() string {
		return fmt.Sprintf("%d objects of kind %s bear the anchor %s", len(found), kind, anchor)
	})
	return found[0]
}

// testCanceled checks that work which was asked to stop ends with an error,
// and that a call which never began leaves nothing.
func testCanceled(s *suite) {
	kind := s.can.Kinds[0]
	s.create(kind, "There")
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if _, err := s.target.Apply(ctx, []directory.Change{{Kind: kind, Set: s.attributes(kind, "Late")}}); err == nil {
		s.Error("a canceled Apply returns no error")
	}
	if _, err := s.target.Find(ctx, kind, []string{"There"}); err == nil {
		s.Error("a canceled Find returns no error")
	}
	var last error
	for _, err := range s.target.Observe(ctx, kind, directory.Whole) {
		last = err
	}
	if last == nil {
		s.Error("a canceled Observe yields no error")
	}
	s.expectNone(kind, "Late")
}
