package source

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

// told is what progress was told last, by stage.
type told struct {
	mutex sync.Mutex
	last  map[Stage][2]int64
}

func (p *told) progress(stage Stage, done, total int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.last == nil {
		p.last = make(map[Stage][2]int64)
	}
	p.last[stage] = [2]int64{max(done, p.last[stage][0]), total} // readers overtake each other
}

// Both stages count every byte of a folder and, unpacked, of an archive; files may be
// read at the same time.
func TestWatched(t *testing.T) {
	files := []entry{{"orgs.csv", strings.Repeat("o\n", 50_000)}, {"users.csv", strings.Repeat("u\n", 70_000)}}
	for _, path := range []string{writeFolder(t, files...), writeFile(t, zipped(t, files...))} {
		var p told
		s, err := OpenWatched(t.Context(), path, p.progress)
		if err != nil {
			t.Fatal(err)
		}
		var readers sync.WaitGroup
		for _, name := range s.Names() {
			readers.Go(func() {
				r, err := s.Open(name)
				if err == nil {
					_, err = io.Copy(io.Discard, r)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()
		for _, stage := range []Stage{Hashing, Reading} {
			if want := [2]int64{240_000, 240_000}; p.last[stage] != want {
				t.Errorf("%s: told %v, want %v", stage, p.last[stage], want)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Whoever asks to stop need not wait for the end of a file.
func TestStopped(t *testing.T) {
	dir := writeFolder(t, entry{"orgs.csv", strings.Repeat("o\n", 500_000)})
	for _, at := range []Stage{Hashing, Reading} {
		ctx, cancel := context.WithCancel(t.Context())
		var read int64
		s, err := OpenWatched(ctx, dir, func(stage Stage, done, _ int64) {
			if stage == at {
				read = done
				cancel()
			}
		})
		if err == nil {
			var r io.ReadCloser
			if r, err = s.Open("orgs.csv"); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
		}
		if !errors.Is(err, context.Canceled) || read == 1_000_000 {
			t.Errorf("%s: stopped after %d bytes with %v", at, read, err)
		}
	}
}
