package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/sealed"
	"github.com/homeroomhq/homeroom/source"
)

// A kept snapshot is a file: a mark, the key of the file, encrypted with that of the data
// folder, and the copy, encrypted with the key of the file.
const (
	snapshotsName  = "snapshots" // folder of the data folder, with one for each tenant
	snapshotSuffix = ".snapshot" // behind the hash of the original
	snapshotMark   = "homeroom snapshot 1\n"
	sealedKeySize  = 12 + sealed.KeySize + 16 // with nonce and tag
)

func (m *memory) snapshotFolder() string { return filepath.Join(m.dir, snapshotsName, m.tenant) }

func (m *memory) snapshotPath(sha256 string) string {
	return filepath.Join(m.snapshotFolder(), sha256+snapshotSuffix)
}

// keep keeps a copy of the roster of a run, unless there is one. The run lease must be held.
func (m *memory) keep(ctx context.Context, k keeping, people *roster.Roster, path string, now time.Time) error {
	there, err := m.keeps(ctx, people.SHA256, k.Sensitive)
	if err == nil && !there {
		err = m.copySnapshot(ctx, k, people, path)
	}
	if err != nil {
		return fault.Wrap(err, fault.KindOf(err), "No copy of the roster can be kept in %s, so nothing was changed", m.snapshotFolder())
	}
	return m.PutSnapshot(ctx, m.tenant, ledger.Snapshot{SHA256: people.SHA256, Used: now, Whole: k.Sensitive})
}

// keeps reports whether there is a copy of a roster, whole or not.
func (m *memory) keeps(ctx context.Context, sha256 string, whole bool) (bool, error) {
	kept, err := m.Snapshots(ctx, m.tenant)
	if err != nil || !slices.ContainsFunc(kept, func(s ledger.Snapshot) bool { return s.SHA256 == sha256 && s.Whole == whole }) {
		return false, err
	}
	_, err = os.Stat(m.snapshotPath(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// copySnapshot writes a copy whole or not at all.
func (m *memory) copySnapshot(ctx context.Context, k keeping, people *roster.Roster, path string) error {
	from, err := source.OpenWatched(ctx, path, nil)
	if err != nil {
		return err
	}
	defer from.Close()
	if from.SHA256() != people.SHA256 {
		return fault.New(fault.Conflict, "%s changed since it was read; wait until the export is complete and start again.", path)
	}
	if err := os.MkdirAll(m.snapshotFolder(), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(m.snapshotFolder(), "*.part") // its owner's alone
	if err != nil {
		return err
	}
	err = m.writeSnapshot(f, from, omitted(people, k))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), m.snapshotPath(people.SHA256))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(m.snapshotPath(people.SHA256))
}

func (m *memory) writeSnapshot(to io.Writer, from *source.Source, omit source.Omit) error {
	v, err := openVault(m.dir)
	if err != nil {
		return err
	}
	key := make([]byte, sealed.KeySize)
	_, _ = rand.Read(key) // never fails
	head := append([]byte(snapshotMark), v.sealBound(m.tenant, snapshotsName+"/"+from.SHA256(), "key", key)...)
	if _, err := to.Write(head); err != nil {
		return err
	}
	w, err := sealed.NewWriter(to, key)
	if err != nil {
		return err
	}
	if err := from.Copy(w, omit); err != nil {
		return err
	}
	return w.Close()
}

// kept is a copy that is open.
type kept struct {
	*source.Source
	file *os.File
}

func (k *kept) Close() error { return errors.Join(k.Source.Close(), k.file.Close()) }

// openKept opens the copy of the roster of a run.
func (m *memory) openKept(ctx context.Context, run ledger.Run, progress source.Progress) (*kept, error) {
	if run.RosterSHA256 == "" {
		return nil, fault.New(fault.Invalid, "Run %d was made of no roster that could be read.", run.ID)
	}
	f, err := os.Open(m.snapshotPath(run.RosterSHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "No copy of the roster of run %d is kept: it is too old, or was read without --keep.", run.ID)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The kept copy of the roster of run %d cannot be opened", run.ID)
	}
	s, err := m.decrypted(ctx, f, run, progress)
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, err
	}
	return &kept{s, f}, nil
}

func (m *memory) decrypted(ctx context.Context, f *os.File, run ledger.Run, progress source.Progress) (*source.Source, error) {
	v, err := findVault(m.dir)
	if err != nil {
		return nil, err
	}
	damaged := func(cause error) error {
		return fault.Wrap(cause, fault.Invalid, "The kept copy %s is damaged, or was encrypted with another key than %s", f.Name(), v.key)
	}
	head := make([]byte, len(snapshotMark)+sealedKeySize)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, damaged(err)
	}
	mark, sealedKey := head[:len(snapshotMark)], head[len(snapshotMark):]
	if string(mark) != snapshotMark {
		return nil, damaged(fmt.Errorf("it begins with %q", mark))
	}
	key, err := v.openBound(m.tenant, snapshotsName+"/"+run.RosterSHA256, "key", sealedKey)
	if err != nil {
		return nil, damaged(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, damaged(err)
	}
	size := info.Size() - int64(len(head))
	r, err := sealed.NewReader(io.NewSectionReader(f, int64(len(head)), size), size, key)
	if err != nil {
		return nil, damaged(err)
	}
	return source.OpenCopy(ctx, r, r.Size(), run.RosterPath, run.RosterSHA256, progress)
}

// sweepCopies deletes the copies whose time is over, and what is left of others. The run
// lease must be held.
func (m *memory) sweepCopies(ctx context.Context, k keeping, now time.Time) error {
	expired, err := m.ExpiredSnapshots(ctx, m.tenant, now.AddDate(0, 0, -k.Days), k.Last)
	if err != nil {
		return err
	}
	for _, s := range expired {
		if err := m.dropKept(ctx, s.SHA256); err != nil {
			return err
		}
	}
	left, err := m.Snapshots(ctx, m.tenant)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(m.snapshotFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		sha256 := strings.TrimSuffix(f.Name(), snapshotSuffix)
		if !slices.ContainsFunc(left, func(s ledger.Snapshot) bool { return s.SHA256 == sha256 }) {
			err = errors.Join(err, os.Remove(filepath.Join(m.snapshotFolder(), f.Name())))
		}
	}
	return err
}

// dropKept deletes a copy.
func (m *memory) dropKept(ctx context.Context, sha256 string) error {
	if err := os.Remove(m.snapshotPath(sha256)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.DropSnapshot(ctx, m.tenant, sha256)
}
