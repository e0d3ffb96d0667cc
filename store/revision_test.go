package store

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/homeroomhq/homeroom/outbound"
)

func revisionOf(t *testing.T, s *Store) int64 {
	t.Helper()
	r, err := s.Revision(t.Context())
	check(t, err)
	return r
}

func testRevision(t *testing.T, s *Store) {
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	before := revisionOf(t, s)
	if again := revisionOf(t, s); again != before {
		t.Errorf("the revision went from %d to %d by itself", before, again)
	}
	for range 3 {
		check(t, s.PutDefinition(t.Context(), tenant, definition(0, before), outbound.Entry{}))
		after := revisionOf(t, s)
		if after == before {
			t.Errorf("the revision is still %d after a write", after)
		}
		if again := revisionOf(t, s); again != after {
			t.Errorf("the revision went from %d to %d by itself", after, again)
		}
		before = after
	}
	err = s.update(t.Context(), func(*sql.Tx) error { return errRefused })
	if err == nil || revisionOf(t, s) != before {
		t.Errorf("the revision moved with an update that failed: %v", err)
	}
}

// Another handle on the file stands for another process.
func TestRevisionOfOtherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	writer, s := openFile(t, path), openFile(t, path)
	reader, err := OpenReadOnly(t.Context(), path)
	closeLater(t, reader, err)
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	before, alsoBefore := revisionOf(t, s), revisionOf(t, reader)
	check(t, writer.Own(t.Context(), tenant, outbound.API))
	if revisionOf(t, s) == before || revisionOf(t, reader) == alsoBefore {
		t.Error("the revision does not see what another process writes")
	}
}

func BenchmarkRevision(b *testing.B) {
	s, _, _ := benchStore(b)
	for b.Loop() {
		if _, err := s.Revision(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
