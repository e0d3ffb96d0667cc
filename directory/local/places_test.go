package local_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// roll is what a test knows of a group: who is there.
type roll map[string]bool

func (r roll) sorted() []string {
	var ids []string
	for id, there := range r {
		if there {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// add returns those of the ids that were there already.
func (r roll) add(ids []string) (old []string) {
	for _, id := range ids {
		if r[id] {
			old = append(old, id)
		}
		r[id] = true
	}
	return old
}

func (r roll) remove(ids []string) {
	for _, id := range ids {
		r[id] = false
	}
}

// TestPages leads a group that takes several pages through random changes, near
// each other and far apart, and compares it with a list.
func TestPages(t *testing.T) {
	d := open(t)
	people := someUsers(t, d, 12_000)
	random := rand.New(rand.NewPCG(3, 4))
	some := func() []string {
		n := random.IntN(1_250)
		if random.IntN(3) == 0 {
			return nil
		}
		if random.IntN(2) == 0 {
			from := random.IntN(len(people) - n)
			return people[from : from+n]
		}
		ids := make(roll)
		for range n / 50 {
			ids[people[random.IntN(len(people))]] = true
		}
		return ids.sorted()
	}
	anyOrder := []cmp.Option{cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })}
	id := apply(t, d, directory.Change{Kind: directory.ClassGroup, AddMembers: people[:5_000], Set: directory.Attributes{
		directory.DisplayName: "Everybody", directory.AnchorID: "Section_1",
	}}).ID
	owners, members := roll{}, roll{}
	members.add(people[:5_000])
	for round := range 80 {
		change := directory.Change{Kind: directory.ClassGroup, ID: id, AddMembers: some(), RemoveMembers: some()}
		if random.IntN(2) == 0 {
			change.AddOwners, change.RemoveOwners = change.RemoveMembers, change.AddMembers
			change.RemoveMembers = nil
		}
		outcome := apply(t, d, change)
		oldOwners, oldMembers := owners.add(change.AddOwners), members.add(change.AddMembers)
		owners.remove(change.RemoveOwners)
		members.remove(change.RemoveMembers)
		found, err := d.Find(t.Context(), directory.ClassGroup, []string{"Section_1"})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		want := [][]string{owners.sorted(), members.sorted(), oldOwners, oldMembers}
		have := [][]string{found[0].Owners, found[0].Members, outcome.OldOwners, outcome.OldMembers}
		if diff := cmp.Diff(want, have, anyOrder...); diff != "" {
			t.Fatalf("round %d: owners, members, old owners, old members (-want +have):\n%s", round, diff)
		}
	}
}

func someUsers(t *testing.T, d *local.Directory, n int) []string {
	t.Helper()
	var ids []string
	for len(ids) < n {
		changes := make([]directory.Change, min(d.Abilities().PerCall, n-len(ids)))
		for i := range changes {
			changes[i] = directory.Change{Kind: directory.User, Set: directory.Attributes{
				directory.UserPrincipalName: fmt.Sprintf("u%d@school.example", len(ids)+i),
			}}
		}
		outcomes, err := d.Apply(t.Context(), changes)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// TestOtherProcess checks that what a directory remembers of users from one call
// to the next does not outlive another process's change, nor a call that failed.
func TestOtherProcess(t *testing.T) { onBoth(t, testOtherProcess) }

func testOtherProcess(t *testing.T, address string) {
	one, two := openTenant(t, openDB(t, address), "tenant"), openTenant(t, openDB(t, address), "tenant")
	user := someUsers(t, one, 1)[0]
	group := directory.Change{Kind: directory.SecurityGroup, AddMembers: []string{user}, Set: directory.Attributes{
		directory.DisplayName: "All Students",
	}}
	if o := apply(t, one, group); len(o.Missing) > 0 {
		t.Errorf("missing: %v", o.Missing)
	}
	if err := two.Delete(t.Context(), local.Name{Text: user}); err != nil {
		t.Fatal(err)
	}
	if o := apply(t, one, group); !slices.Equal(o.Missing, []string{user}) {
		t.Errorf("a user that another process deleted is not missing: %+v", o)
	}
	if err := two.Set(t.Context(), local.Name{Text: user}, []string{"deleted=false"}); err != nil {
		t.Fatal(err)
	}
	if o := apply(t, one, group); len(o.Missing) > 0 {
		t.Errorf("a user that another process restored is missing: %+v", o)
	}
}

// PostgreSQL is told early how many objects there are (writer.count).
func TestPostgresIsToldToCount(t *testing.T) {
	db := openDB(t, postgrestest.Database(t))
	someUsers(t, openTenant(t, db, "tenant"), 100)
	var rows float64
	err := db.QueryRowContext(t.Context(), `SELECT reltuples FROM pg_class WHERE oid = 'dir_objects'::regclass`).Scan(&rows)
	if err != nil || rows != 100 {
		t.Errorf("PostgreSQL knows of %v rows, %v; want 100", rows, err)
	}
}
