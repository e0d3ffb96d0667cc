package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// acquire takes the run lease of a target. A lock on a file in the data folder
// tells whether the holder of a lease that has not run out is still alive: the
// system drops the lock of a process that is gone, however it went, so that a
// sync that was killed can be carried on at once. Of a process with another data
// folder, which works with the same database of PostgreSQL's, it tells nothing:
// its lease has to run out (decision 0026).
func (m *memory) acquire(ctx context.Context, target string, waiting bool) (ledger.Lease, func(), error) {
	lock := flock.New(filepath.Join(m.dir, m.leaseLock(target)))
	for {
		locked, err := lock.TryLock()
		if err != nil {
			return ledger.Lease{}, nil, fault.Wrap(err, fault.Invalid, "The data folder %s cannot be locked", m.dir)
		}
		if locked {
			break
		}
		if !waiting {
			return ledger.Lease{}, nil, m.busy(ctx, target)
		}
		if err := wait(ctx, time.Second); err != nil {
			return ledger.Lease{}, nil, err
		}
	}
	lease, err := m.takeLease(ctx, target, waiting)
	if err != nil {
		_ = lock.Unlock() // the first error says more
		return ledger.Lease{}, nil, err
	}
	return lease, func() {
		// The lease runs out by itself, and the system drops the lock: nothing
		// depends on either of these.
		_ = m.Release(context.WithoutCancel(ctx), lease)
		_ = lock.Unlock()
	}, nil
}

// takeLease takes the lease for who has the lock.
func (m *memory) takeLease(ctx context.Context, target string, waiting bool) (ledger.Lease, error) {
	scope := m.scope(target)
	if m.postgres == "" { // everybody else would need the same lock
		return m.Takeover(ctx, scope, holder(""), engine.LeaseTime)
	}
	folder, err := nameOfFolder(m.dir)
	if err != nil {
		return ledger.Lease{}, err
	}
	for {
		dead, err := m.Holder(ctx, scope)
		if err != nil {
			return ledger.Lease{}, err
		}
		if !strings.HasSuffix(dead, whereabouts(folder)) {
			dead = "" // who holds it may be at work
		}
		lease, err := m.Succeed(ctx, scope, dead, holder(folder), engine.LeaseTime)
		if !waiting || fault.KindOf(err) != fault.Busy {
			return lease, err
		}
		if err := wait(ctx, time.Second); err != nil {
			return ledger.Lease{}, err
		}
	}
}

// folderName is the file with the name by which a data folder is told from others.
const folderName = "folder.id"

// nameOfFolder returns the name of a data folder, which it is given the first time.
func nameOfFolder(dir string) (string, error) {
	path := filepath.Join(dir, folderName)
	name, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		name, err = writeOnce(path, []byte(strings.ToLower(rand.Text()[:8])))
	}
	if err == nil && len(name) == 0 {
		err = errors.New("the file is empty; delete it")
	}
	return string(name), fault.Wrap(err, fault.Invalid, "The name of the data folder, %s, cannot be read or made", path)
}

// leaseLock names the file that is locked for a run of the tenant.
func (m *memory) leaseLock(target string) string { return "lease-" + target + "-" + m.tenant + ".lock" }

// acquireAll takes the run leases of all tenants, in their order, so that no two who want
// all wait for each other.
func (m *memory) acquireAll(ctx context.Context, waiting bool) (release func(), err error) {
	var held []func()
	release = func() {
		for _, one := range held {
			one()
		}
	}
	tenants, err := m.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		one, err := m.of(tenant).acquireTenant(ctx, waiting)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, one)
	}
	return release, nil
}

// acquireTenant takes the run leases of all directories that the tenant was worked on in.
func (m *memory) acquireTenant(ctx context.Context, waiting bool) (release func(), err error) {
	targets, err := m.targets(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(targets)
	var held []func()
	release = func() {
		for _, one := range held {
			one()
		}
	}
	for _, target := range targets {
		_, one, err := m.acquire(ctx, target, waiting)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, one)
	}
	return release, nil
}

// busy says who holds the lease.
func (m *memory) busy(ctx context.Context, target string) error {
	who, err := m.Holder(ctx, m.scope(target))
	if err != nil {
		return err
	}
	if who == "" {
		who = "another process" // which has not written its name yet
	}
	return fault.New(fault.Busy, "The directory is being worked on by %s. Wait until that is done, or add --wait.", who)
}

// holder names this process for people, and at the end its data folder for others that use
// the same; "" where all do.
func holder(folder string) string {
	return fmt.Sprintf("homeroom sync (process %d%s", os.Getpid(), whereabouts(folder))
}

// whereabouts is how the names of holders end that use a data folder: the machine counts,
// too, since a folder may be a copy.
func whereabouts(folder string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if folder == "" {
		return " on " + host + ")"
	}
	return " on " + host + ", folder " + folder + ")"
}

// servingName is the file of a data folder that servers share a lock on.
const servingName = "serving.lock"

// openStaying opens the data folder, which keeps its data until what it returns is called: a
// server that goes on with files that were put aside would lose what it is told.
func (a *app) openStaying(ctx context.Context) (m *memory, release func(), err error) {
	dir, err := a.makeData()
	if err != nil {
		return nil, nil, err
	}
	lock := flock.New(filepath.Join(dir, servingName))
	locked, err := lock.TryRLock()
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "The data folder %s cannot be locked", dir)
	}
	if !locked {
		return nil, nil, fault.New(fault.Busy, "The data in %s is being moved to another database. Name that with --database when it is done.", dir)
	}
	release = func() { _ = lock.Unlock() } // the system drops it anyway
	if m, err = a.openAll(ctx); err != nil {
		release()
		return nil, nil, err
	}
	return m, release, nil
}

// unserved keeps servers away from a data folder, until what it returns is called.
func unserved(dir string) (release func(), err error) {
	lock := flock.New(filepath.Join(dir, servingName))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The data folder %s cannot be locked", dir)
	}
	if !locked {
		return nil, fault.New(fault.Busy, "A server works with the data in %s. Stop it first.", dir)
	}
	return func() { _ = lock.Unlock() }, nil
}
