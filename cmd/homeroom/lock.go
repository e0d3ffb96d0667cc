package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// acquire takes the run lease of a target. A lock on a file beside the database
// tells whether the holder of a lease that has not run out is still alive: the
// system drops the lock of a process that is gone, however it went, so that a
// sync that was killed can be carried on at once.
func (m *memory) acquire(ctx context.Context, target string, waiting bool) (ledger.Lease, func(), error) {
	name, err := m.leaseLock(ctx, target)
	if err != nil {
		return ledger.Lease{}, nil, err
	}
	lock := flock.New(filepath.Join(m.dir, name))
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
	lease, err := m.Takeover(ctx, m.scope(target), holder(), engine.LeaseTime)
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

// leaseLock names the file that is locked for a run: of another tenant than the first, one
// of its own.
func (m *memory) leaseLock(ctx context.Context, target string) (string, error) {
	first, err := m.DefaultTenant(ctx)
	if m.tenant != first {
		target += "-" + m.tenant
	}
	return "lease-" + target + ".lock", err
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

// holder names this process for people.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return fmt.Sprintf("homeroom sync (process %d on %s)", os.Getpid(), host)
}
