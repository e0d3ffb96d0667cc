package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomhq/homeroom/outbound"
)

// TestBackupWhileWritten copies a database that is written all the while: the copy is
// whole, and has what was committed before it was begun.
func TestBackupWhileWritten(t *testing.T) {
	s := newFile(t)
	tenant, err := s.DefaultTenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write := func(i int) {
		set := outbound.FlowSet{ID: fmt.Sprintf("%08d", i), Body: []byte(`{"displayName":"` + fmt.Sprint(i) + `"}`)}
		if err := s.CreateFlowSet(t.Context(), tenant, set, nil, outbound.Entry{}); err != nil {
			t.Error(err)
		}
	}
	const first = 200
	for i := range first {
		write(i)
	}
	begun, enough, written := make(chan struct{}), make(chan struct{}), make(chan int)
	go func() {
		i := first
		for {
			write(i)
			if i++; i == first+1 {
				close(begun)
			}
			select {
			case <-enough:
				written <- i
				return
			default:
			}
		}
	}()
	<-begun
	path := filepath.Join(t.TempDir(), "copy.db")
	err = s.Backup(t.Context(), path, nil)
	close(enough)
	last := <-written
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(t.Context(), path); err != nil {
		t.Error(err)
	}
	copied, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	n, err := copied.CountFlowSets(t.Context(), tenant, nil)
	if err != nil || n <= first || n > last {
		t.Errorf("the copy has %d flow sets, of %d before and %d after: %v", n, first+1, last, err)
	}
}

// TestBackupBrokenOff leaves nothing.
func TestBackupBrokenOff(t *testing.T) {
	s := newFile(t)
	err := s.update(t.Context(), func(tx *sql.Tx) error { // more than is copied at once
		_, err := tx.ExecContext(t.Context(), `INSERT INTO passwords (scope, key, org, ciphertext) VALUES (1, '', '', zeroblob(8000000))`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	ctx, stop := context.WithCancel(t.Context())
	err = s.Backup(ctx, path, func(int, int) { stop() })
	if _, there := os.Stat(path); !errors.Is(err, context.Canceled) || !errors.Is(there, os.ErrNotExist) {
		t.Errorf("%v, and of the copy: %v", err, there)
	}
}
