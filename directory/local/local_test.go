package local_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/store"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// onBoth runs a test on each sort of database, at the address of an empty one.
func onBoth(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "directory.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, postgrestest.Database(t)) })
}

// openDB opens a database as the program does: every commit is on disk.
func openDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	if store.OnPostgreSQL(path) {
		db, err := store.Handle(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_txlock=immediate&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func open(t testing.TB, options ...local.Option) *local.Directory {
	t.Helper()
	return openTenant(t, openDB(t, filepath.Join(t.TempDir(), "directory.db")), "tenant", options...)
}

func openTenant(t testing.TB, db *sql.DB, tenant string, options ...local.Option) *local.Directory {
	t.Helper()
	d, err := local.Open(t.Context(), db, tenant, options...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testConformance(t, func(t *testing.T) directory.Target { return open(t) }) })
	t.Run("postgres", func(t *testing.T) {
		testConformance(t, func(t *testing.T) directory.Target {
			return openTenant(t, openDB(t, postgrestest.Database(t)), "tenant")
		})
	})
}

func testConformance(t *testing.T, open func(t *testing.T) directory.Target) {
	directorytest.Run(t, open, directorytest.Knobs{
		Large: 6_000,
		Delete: func(t *testing.T, target directory.Target, id string) {
			if err := target.(*local.Directory).Delete(t.Context(), local.Name{Text: id}); err != nil {
				t.Fatal(err)
			}
		},
	})
}

// TestTenants checks that two tenants of one database do not see each other.
func TestTenants(t *testing.T) { onBoth(t, testTenants) }

func testTenants(t *testing.T, address string) {
	db := openDB(t, address)
	one, two := openTenant(t, db, "one"), openTenant(t, db, "two")
	user := directory.Change{Kind: directory.User, Set: directory.Attributes{
		directory.UserPrincipalName: "ada@school.example", directory.AnchorID: "User_1",
	}}
	first, second := apply(t, one, user), apply(t, two, user)
	if first.Verdict != directory.Done || second.Verdict != directory.Done {
		t.Fatalf("the same names in two tenants: %+v, %+v", first, second)
	}
	user.ID = first.ID
	if stranger := apply(t, two, user); stranger.Rule != directory.ObjectMissing {
		t.Errorf("one tenant's user changed in the other: %+v", stranger)
	}
	found, err := one.Find(t.Context(), directory.User, []string{"User_1"})
	if err != nil || len(found) != 1 || found[0].ID != first.ID {
		t.Errorf("found %v, %v", found, err)
	}
	if err := one.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	for tenant, want := range map[*local.Directory]int{one: 0, two: 1} {
		if rows, err := tenant.List(t.Context(), directory.User); err != nil || len(rows) != want {
			t.Errorf("after one of them was cleared: %v, %v", rows, err)
		}
	}
	user.ID = ""
	if again := apply(t, one, user); again.Verdict != directory.Done || again.ID == first.ID {
		t.Errorf("made anew: %+v", again)
	}
}

// TestOpenAtOnce opens a new file from several handles at the same time, as
// several processes do, and writes through each.
func TestOpenAtOnce(t *testing.T) { onBoth(t, testOpenAtOnce) }

func testOpenAtOnce(t *testing.T, address string) {
	const processes = 4
	failures := make(chan error, processes)
	for i := range processes {
		db := openDB(t, address)
		go func() {
			d, err := local.Open(t.Context(), db, "tenant")
			if err == nil {
				_, err = d.Apply(t.Context(), []directory.Change{{Kind: directory.SecurityGroup, Set: directory.Attributes{
					directory.DisplayName: fmt.Sprint("Group ", i),
				}}})
			}
			failures <- err
		}()
	}
	for range processes {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	rows, err := openTenant(t, openDB(t, address), "tenant").List(t.Context(), directory.SecurityGroup)
	if err != nil || len(rows) != processes {
		t.Errorf("%d groups of %d, %v", len(rows), processes, err)
	}
}

// TestConflictNamesHolder checks the sentence that says who has a name.
func TestConflictNamesHolder(t *testing.T) {
	d := open(t, local.WithDomains("school.example"))
	holder := directory.Attributes{directory.UserPrincipalName: "ada@school.example", directory.AnchorID: "User_1"}
	apply(t, d, directory.Change{Kind: directory.User, Set: holder})
	if err := d.Delete(t.Context(), local.Name{Text: "User_1"}); err != nil {
		t.Fatal(err)
	}
	for upn, want := range map[string]string{
		"ADA@school.example": "The userPrincipalName ADA@school.example is taken by User_1 (deleted).",
		"ada@other.example":  `The domain of the userPrincipalName "ada@other.example" is not one of this directory.`,
		"ada":                `The userPrincipalName "ada" is not of the form name@domain.`,
	} {
		outcome := apply(t, d, directory.Change{Kind: directory.User, Set: directory.Attributes{directory.UserPrincipalName: upn}})
		if outcome.Verdict != directory.Never || outcome.Message != want {
			t.Errorf("%s: %+v", upn, outcome)
		}
	}
}

// TestNoSecretInTheFile checks that neither a password nor a contact's address
// can be had where it does not belong.
func TestNoSecretInTheFile(t *testing.T) {
	d := open(t)
	contacts := []directory.Contact{{ID: "c1", DisplayName: "Pat Doe", EmailAddress: "pat@example.org", Relationship: "parent"}}
	apply(t, d, directory.Change{
		Kind: directory.User, Password: "Correct-horse-7", Contacts: contacts,
		Set: directory.Attributes{
			directory.UserPrincipalName: "ada@school.example", directory.PasswordFrom: "configuration",
			directory.RelatedContacts: directory.ContactsValue(contacts),
		},
	})
	doc, err := d.Export(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := d.Show(t.Context(), local.Name{Text: "ada@school.example"})
	if err != nil {
		t.Fatal(err)
	}
	exported := marshal(t, doc)
	if strings.Contains(exported, "Pat") || strings.Contains(fmt.Sprint(exported, shown), "Correct-horse") {
		t.Errorf("exported: %s\nshown: %+v", exported, shown)
	}
	if diff := cmp.Diff(contacts, shown.Contacts); diff != "" {
		t.Errorf("contacts are not shown (-want +have):\n%s", diff)
	}
}

// TestDeletedMember checks that the places of a soft-deleted user are not shown
// and come back with the user, and that a team keeps its last owner.
func TestDeletedMember(t *testing.T) {
	d := open(t)
	user := apply(t, d, directory.Change{Kind: directory.User, Set: directory.Attributes{directory.UserPrincipalName: "ada@school.example"}}).ID
	class := apply(t, d, directory.Change{
		Kind: directory.ClassGroup, AddOwners: []string{user}, AddMembers: []string{user},
		Set: directory.Attributes{directory.DisplayName: "Algebra", directory.AnchorID: "Section_1", directory.Team: "true"},
	}).ID
	for _, deleted := range []bool{true, false} {
		if err := d.Set(t.Context(), local.Name{Text: user}, []string{fmt.Sprintf("deleted=%t", deleted)}); err != nil {
			t.Fatal(err)
		}
		found, err := d.Find(t.Context(), directory.ClassGroup, []string{"Section_1"})
		if err != nil {
			t.Fatal(err)
		}
		if shown := len(found[0].Owners) + len(found[0].Members); shown > 0 == deleted {
			t.Errorf("deleted %t: %d places are shown", deleted, shown)
		}
	}
	last := apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: class, RemoveOwners: []string{user}})
	if last.Verdict != directory.Never || last.Rule != directory.LastOwner {
		t.Errorf("the last owner of a team: %+v", last)
	}
}
