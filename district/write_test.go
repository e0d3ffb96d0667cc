package district

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
)

var update = flag.Bool("update", false, "write the hashes of what is made into testdata/hashes.txt")

// A seed gives the same bytes in every version, so that measurements and bug
// reports can name one. Changing these hashes is a decision.
func TestSameSeedSameBytesForever(t *testing.T) {
	churn := Churn{Created: Amount{million: 20_000}, Deleted: Amount{million: 10_000}, Changed: Amount{number: 7}}
	districts := map[string]Options{
		"plain":     {},
		"domain":    {Domain: "school.example"},
		"oneroster": {Format: OneRoster, Domain: "school.example"},
		"totals":    {Orgs: 5, Classes: 60, Enrollments: 900},
		"next-year": {NextYear: true},
		"churn":     {Churn: churn},
		"mistakes":  {Mistakes: 40, Domain: "school.example"},
		"all":       {Format: OneRoster, Orgs: 5, Classes: 60, Enrollments: 900, NextYear: true, Churn: churn, Mistakes: 40},
	}
	var got strings.Builder
	for _, name := range slices.Sorted(maps.Keys(districts)) {
		o := districts[name]
		o.People, o.Seed, o.Year = 400, 7, 2027
		dir := filepath.Join(t.TempDir(), name)
		if _, err := Write(t.Context(), dir, o, nil); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&got, name, hashOf(t, dir))
	}
	const golden = "testdata/hashes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("hashes (-want +got):\n%s", diff)
	}
}

// hashOf returns a hash of all files of a roster and its list of mistakes.
func hashOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob(MistakesFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, file := range append(files, lists...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(file), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// fullDisk takes so many bytes and no more.
type fullDisk struct {
	io.WriteCloser
	left int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, syscall.ENOSPC
	}
	return d.WriteCloser.Write(p)
}

// A full disk is told in one sentence, and nothing is left behind.
func TestFullDisk(t *testing.T) {
	for _, there := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "roster")
		if there {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		f, err := openFolder(dir, &pace{})
		if err != nil {
			t.Fatal(err)
		}
		f.create = func(path string) (io.WriteCloser, error) {
			file, err := createFile(path)
			return &fullDisk{file, 1000}, err
		}
		r, err := newRoster(t.Context(), &pace{}, newDistrict(Options{People: 400, Year: 2027}, mustNames(t)), Churn{})
		if err != nil {
			t.Fatal(err)
		}
		err = f.undo(f.writeAll(t.Context(), r.sds(), nil))
		want := fmt.Sprintf("Cannot write %s, and what was written is removed: %v", filepath.Join(dir, "users.csv"), syscall.ENOSPC)
		if err == nil || err.Error() != want || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		entries, err := os.ReadDir(dir)
		if there && (err != nil || len(entries) > 0) || !there && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder was there before: %t; now it has %v, %v", there, entries, err)
		}
	}
}

// Whoever stops the program finds nothing half written.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "roster")
	_, err := Write(ctx, dir, Options{People: 10_000, Year: 2027, Mistakes: 5}, func(done, _ int) {
		if done > 70_000 {
			stop()
		}
	})
	if fault.KindOf(err) != fault.Canceled || !strings.HasPrefix(err.Error(), "Writing "+dir+" was stopped, and what was written is removed.") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}

// Whoever stops it while it still counts finds nothing at all.
func TestStoppedEarly(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := filepath.Join(t.TempDir(), "roster")
	for _, o := range []Options{{Mistakes: 5}, {Churn: Churn{Deleted: Amount{number: 5}}}} {
		o.People, o.Year = 5000, 2027
		_, err := Write(ctx, dir, o, nil)
		if fault.KindOf(err) != fault.Canceled || err.Error() != "Stopped before anything was written." {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder is there: %v", err)
		}
	}
}

// Progress never goes back and ends where it should.
func TestProgress(t *testing.T) {
	last, total := 0, 0
	o := Options{People: 5000, Year: 2027, Churn: Churn{Deleted: Amount{number: 5}}, Mistakes: 5}
	_, err := Write(t.Context(), filepath.Join(t.TempDir(), "roster"), o, func(done, of int) {
		if done < last || of < done {
			t.Errorf("%d of %d after %d", done, of, last)
		}
		last, total = done, of
	})
	if err != nil || last < total*9/10 {
		t.Errorf("%d of %d, %v", last, total, err)
	}
}
