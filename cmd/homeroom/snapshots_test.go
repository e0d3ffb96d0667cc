package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// keeper is a data folder, and a roster with everything that is not to be kept.
type keeper struct {
	*testing.T
	*memory
	roster string
	people *roster.Roster
	at     time.Time
}

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	m, err := openDev(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	k := &keeper{T: t, memory: m, roster: t.TempDir(), at: time.Now().UTC().Truncate(time.Microsecond)}
	for name, text := range map[string]string{
		"orgs.csv":         "sourcedId,name,type\nS1,North,school\n",
		"users.csv":        "sourcedId,username,givenName,familyName,password,sex\nT1,t1,Mary,Shelley,PRIVATE,PRIVATE\nP1,p1,Ada,Byron,\"PRIVATE, too\",PRIVATE\n",
		"roles.csv":        "userSourcedId,orgSourcedId,role\nT1,S1,teacher\nP1,S1,student\n",
		"demographics.csv": "userSourcedId,birthCity,raceCodes\nP1,PRIVATE,\n",
		"userFlags.csv":    "userSourcedId,flag\nP1,iep\n",
		"grades.csv":       "student,mark\nP1,PRIVATE\n", // which no format knows
	} {
		write(t, filepath.Join(k.roster, name), text)
	}
	k.read()
	return k
}

func (k *keeper) read() {
	k.Helper()
	var err error
	if k.people, _, err = new(app).useRoster(k.Context(), k.roster, roster.DefaultCodes(), false); err != nil {
		k.Fatal(err)
	}
}

// run is the run that the roster is of.
func (k *keeper) run() ledger.Run {
	return ledger.Run{ID: 1, RosterPath: k.roster, RosterSHA256: k.people.SHA256}
}

// contents returns the files of the copy.
func (k *keeper) contents() map[string]string {
	k.Helper()
	kept, err := k.openKept(k.Context(), k.run(), nil)
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	files := make(map[string]string)
	for _, name := range kept.Names() {
		r, err := kept.Open(name)
		if err != nil {
			k.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			k.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// A copy gives the same people under the same hash. Passwords are never in it, demographics
// and flags only when they are asked for; then it is made anew.
func TestKeep(t *testing.T) {
	k := newKeeper(t)
	keeping := defaultKeeping()
	for range 2 {
		if err := k.keep(t.Context(), keeping, k.people, k.roster, k.at); err != nil {
			t.Fatal(err)
		}
	}
	files := k.contents()
	for name, text := range files {
		if strings.Contains(text, "PRIVATE") || strings.Contains(text, "iep") {
			t.Errorf("%s is kept as %q", name, text)
		}
	}
	if want := "sourcedId,username,givenName,familyName,password,sex\nT1,t1,Mary,Shelley,,\nP1,p1,Ada,Byron,,\n"; files["users.csv"] != want {
		t.Errorf("the users are kept as %q", files["users.csv"])
	}
	kept, err := k.openKept(t.Context(), k.run(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	again, problems, err := usable(readSnapshot(t.Context(), kept.Source, roster.DefaultCodes(), false))
	if err != nil {
		t.Fatalf("%v, %v", err, problems)
	}
	names := func(r *roster.Roster) (files []string) {
		for _, f := range r.Files {
			files = append(files, f.Name)
		}
		return files
	}
	if again.SHA256 != k.people.SHA256 || len(again.People) != len(k.people.People) || !slices.Equal(names(again), names(k.people)) {
		t.Errorf("the copy has %d people of %s in %v, want %d of %s in %v", len(again.People), again.SHA256, names(again),
			len(k.people.People), k.people.SHA256, names(k.people))
	}
	keeping.Sensitive = true
	if err := k.keep(t.Context(), keeping, k.people, k.roster, k.at); err != nil {
		t.Fatal(err)
	}
	files = k.contents()
	if !strings.Contains(files["userFlags.csv"], "iep") || !strings.Contains(files["demographics.csv"], "PRIVATE") || !strings.Contains(files["users.csv"], "Byron,,PRIVATE") {
		t.Errorf("with everything sensitive there are %v", files)
	}
	if strings.Contains(files["grades.csv"], "PRIVATE") {
		t.Errorf("what no format knows is kept as %q", files["grades.csv"])
	}
	all, err := k.Snapshots(t.Context(), k.tenant)
	if diff := cmp.Diff([]ledger.Snapshot{{SHA256: k.people.SHA256, Used: k.at, Whole: true}}, all); diff != "" || err != nil {
		t.Errorf("kept are (-want +got):\n%s%v", diff, err)
	}
}

// A copy that was tampered with, is another's, or cannot be decrypted is not read, and one
// that cannot be written stops the run and leaves nothing behind.
func TestKeepBroken(t *testing.T) {
	k := newKeeper(t)
	path := k.snapshotPath(k.people.SHA256)
	write(t, filepath.Join(k.dir, snapshotsName), "a file in the way") // as where nothing can be written
	if err := k.keep(t.Context(), defaultKeeping(), k.people, k.roster, k.at); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("with no place for it: %v", err)
	}
	if err := os.Remove(filepath.Join(k.dir, snapshotsName)); err != nil {
		t.Fatal(err)
	}
	changed := *k.people
	changed.SHA256 = strings.Repeat("0", 64)
	if err := k.keep(t.Context(), defaultKeeping(), &changed, k.roster, k.at); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a roster that changed since: %v", err)
	}
	if err := k.keep(t.Context(), defaultKeeping(), k.people, k.roster, k.at); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int{"the mark": 3, "its key": len(snapshotMark) + 20, "the copy": len(whole) - 30} {
		bad := []byte(string(whole))
		bad[at] ^= 1
		write(t, path, string(bad))
		if _, err := k.openKept(t.Context(), k.run(), nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	write(t, path, string(whole[:10]))
	if _, err := k.openKept(t.Context(), k.run(), nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("of the beginning alone: %v", err)
	}
	other := ledger.Run{ID: 2, RosterSHA256: strings.Repeat("1", 64)}
	write(t, k.snapshotPath(other.RosterSHA256), string(whole))
	if _, err := k.openKept(t.Context(), other, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another's copy: %v", err)
	}
	write(t, path, string(whole))
	t.Setenv(keyVariable, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if _, err := k.openKept(t.Context(), k.run(), nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "another key than "+keyVariable) {
		t.Errorf("with another key: %v", err)
	}
}

// Copies whose time is over are deleted, and files that nobody knows.
func TestSweep(t *testing.T) {
	k := newKeeper(t)
	if err := k.keep(t.Context(), defaultKeeping(), k.people, k.roster, k.at); err != nil {
		t.Fatal(err)
	}
	first := k.people.SHA256
	write(t, filepath.Join(k.roster, "orgs.csv"), "sourcedId,name,type\nS1,South,school\n")
	k.read()
	if err := k.keep(t.Context(), defaultKeeping(), k.people, k.roster, k.at.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(k.snapshotFolder(), "123.part"), "what a process left that was killed")
	for _, test := range []struct {
		day  int
		want []string
	}{{29, []string{first, k.people.SHA256}}, {31, []string{k.people.SHA256}}, {32, nil}} {
		if err := k.sweepCopies(t.Context(), defaultKeeping(), k.at.AddDate(0, 0, test.day).Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		left := make(map[string]bool)
		for _, name := range filesIn(t, k.snapshotFolder()) {
			left[strings.TrimSuffix(filepath.Base(name), snapshotSuffix)] = true
		}
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(left))); diff != "" {
			t.Errorf("on day %d (-want +got):\n%s", test.day, diff)
		}
	}
}
