package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
)

// The commands of this file are processes that bench measures. Each prints figures.

// newBenchScan returns the bare reading that everything is compared with.
func newBenchScan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "scan DIR",
		Short:  "Read all CSV files of a folder and do nothing with them",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.progress.begin("bare scan")
			paths, err := filepath.Glob(filepath.Join(args[0], "*.csv"))
			if err != nil {
				return err
			}
			var f figures
			for _, path := range paths {
				n, err := scan(path)
				if err != nil {
					return err
				}
				f.Rows += n
			}
			return writeJSON(cmd.OutOrStdout(), f)
		},
	}
}

// scan reads a file and returns its rows, without the header.
func scan(path string) (rows int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for ; ; rows++ {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return max(0, rows-1), nil
		} else if err != nil {
			return 0, err
		}
	}
}

// newBenchSync returns the sync that is measured: the one that everybody calls, and
// the calls to its target are noted.
func newBenchSync(a *app) *cobra.Command {
	var o runOptions
	var calls string
	cmd := &cobra.Command{
		Use:    "sync PATH -c homeroom.yaml --calls FILE",
		Short:  "Sync, and note the changes that the target is asked for",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.output = "text"
			out := cmd.OutOrStdout()
			cmd.SetOut(io.Discard)
			return noteCalls(calls, func(n *notepad) error {
				s := syncRun{app: a, cmd: cmd, options: o, yes: true, watch: n.before}
				ended := s.run(cmd.Context(), args[0])
				if _, done := errors.AsType[exitCode](ended); ended != nil && !done {
					return ended
				}
				return errors.Join(writeJSON(out, figures{Applied: newApplied(s.done, n.took)}), ended)
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&calls, "calls", "", "a new file for the changes")
	return cmd
}

// noteCalls lets work note changes, and writes them to a new file.
func noteCalls(path string, work func(*notepad) error) error {
	return writeNewFile(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		return errors.Join(work(&notepad{encoder: gob.NewEncoder(out)}), out.Flush())
	})
}

// notepad notes what a target is asked to change.
type notepad struct {
	lock    sync.Mutex
	encoder *gob.Encoder
	took    time.Duration // which a sync that is not measured does not take
}

// before returns a target whose changes are noted before it gets them.
func (n *notepad) before(t directory.Target) directory.Target { return noted{t, n} }

type noted struct {
	directory.Target
	notes *notepad
}

func (n noted) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if err := n.notes.note(changes); err != nil {
		return nil, err
	}
	return n.Target.Apply(ctx, changes)
}

func (n *notepad) note(changes []directory.Change) error {
	n.lock.Lock()
	defer n.lock.Unlock()
	defer func(began time.Time) { n.took += time.Since(began) }(time.Now())
	noted := slices.Clone(changes)
	for i := range noted {
		if noted[i].Password != "" {
			noted[i].Password = "any other" // no password is ever written to a file
		}
	}
	return n.encoder.Encode(noted)
}

// newBenchBare returns the same changes again, in the directory and nowhere else.
func newBenchBare(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "bare FILE",
		Short:  "Make noted changes in the embedded directory, and nothing else",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			target, err := m.embedded(cmd.Context())
			if err != nil {
				return err
			}
			b, err := a.drive(cmd.Context(), target, args[0])
			if err != nil {
				return err
			}
			return writeJSON(cmd.OutOrStdout(), figures{Bare: &b})
		},
	}
}

// drive makes the changes of a file, one call after the other. The time is that of
// the calls alone.
func (a *app) drive(ctx context.Context, target directory.Target, path string) (b bare, err error) {
	f, err := os.Open(path)
	if err != nil {
		return bare{}, err
	}
	defer f.Close()
	calls := gob.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	var took time.Duration
	for {
		var changes []directory.Change
		if err := calls.Decode(&changes); errors.Is(err, io.EOF) {
			b.Seconds = took.Seconds()
			return b, nil
		} else if err != nil {
			return bare{}, err
		}
		began := time.Now()
		outcomes, err := target.Apply(ctx, changes)
		took += time.Since(began)
		if err != nil {
			return bare{}, err
		}
		for i, o := range outcomes {
			if o.Verdict != directory.Done || len(o.Missing) > 0 {
				return bare{}, fmt.Errorf("the directory did not do the same again: %s %s", o.Rule, o.Message)
			}
			b.Changes += changes[i].Size()
		}
		a.progress.update("applying bare", "changes", int64(b.Changes), 0)
	}
}
