package main

import (
	"testing"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// Who has the lock of a data folder takes the lease of a process that died with it at
// once. The lease of another folder has to run out: its process may be at work.
func TestLeaseOfFolders(t *testing.T) {
	url := postgrestest.Database(t)
	open := func(dir string) *memory {
		m, err := (&app{dataDir: dir, database: url}).open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	folder, another := t.TempDir(), t.TempDir()
	first, other := open(folder), open(another)
	if _, err := first.takeLease(t.Context(), localTarget, false); err != nil { // without the lock, as if it had died
		t.Fatal(err)
	}
	if _, _, err := other.acquire(t.Context(), localTarget, false); fault.KindOf(err) != fault.Busy {
		t.Errorf("another folder takes the lease: %v", err)
	}
	lease, release, err := open(folder).acquire(t.Context(), localTarget, false)
	if err != nil || lease.Epoch != 2 {
		t.Fatalf("the same folder gets epoch %d, %v", lease.Epoch, err)
	}
	release()
	if _, release, err = other.acquire(t.Context(), localTarget, false); err != nil {
		t.Fatalf("a lease that was given back is not free: %v", err)
	}
	release()
}
