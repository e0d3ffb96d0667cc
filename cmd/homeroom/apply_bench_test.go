package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/engine"
)

var (
	applyPeople      = flag.Int("apply.people", 2000, "people of BenchmarkApply")
	applyClasses     = flag.Int("apply.classes", 0, "classes of BenchmarkApply; 0 for as many as such a district has")
	applyEnrollments = flag.Int("apply.enrollments", 0, "enrollments of BenchmarkApply; 0 for as many as such a district has")
)

// recording notes what a target is asked to do, and what it answers.
type recording struct {
	directory.Target
	calls    [][]directory.Change
	outcomes [][]directory.Outcome
}

func (r *recording) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := r.Target.Apply(ctx, changes)
	r.calls, r.outcomes = append(r.calls, changes), append(r.outcomes, outcomes)
	return outcomes, err
}

// again asks another target to do the same, and returns how long that took, and how
// many changes it was.
func (r *recording) again(b *testing.B, target directory.Target) (took time.Duration, changes int) {
	b.Helper()
	ids := make(map[string]string) // of that target, by the first one's
	for i, call := range r.calls {
		for j := range call {
			c := &call[j]
			changes += c.Size()
			c.ID = ids[c.ID]
			for _, list := range [][]string{c.AddOwners, c.AddMembers, c.RemoveMembers, c.RemoveOwners} {
				for k := range list {
					list[k] = ids[list[k]]
				}
			}
		}
		began := time.Now()
		outcomes, err := target.Apply(b.Context(), call)
		took += time.Since(began)
		if err != nil {
			b.Fatal(err)
		}
		for j, o := range outcomes {
			ids[r.outcomes[i][j].ID] = o.ID
		}
	}
	return took, changes
}

// BenchmarkApply measures a first run into the embedded directory against the same
// changes without a run. The target is the limit where its share is near one.
func BenchmarkApply(b *testing.B) {
	dir := b.TempDir()
	roster, config := filepath.Join(dir, "roster"), filepath.Join(dir, "homeroom.yaml")
	_, err := district.Write(b.Context(), roster, district.Options{
		People: *applyPeople, Classes: *applyClasses, Enrollments: *applyEnrollments, Seed: 1, Year: 2027, Domain: demoDomain,
	}, nil)
	if err == nil {
		err = os.WriteFile(config, []byte(demoConfig), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, effort := benchRun(b, roster, config)
		bare, changes := r.again(b, benchTarget(b, benchData(b)))
		b.ReportMetric(effort.Rate(), "changes/s")
		b.ReportMetric(float64(changes)/bare.Seconds(), "bare-changes/s")
		b.ReportMetric(bare.Seconds()/effort.Wall.Seconds(), "of-bare")
		b.ReportMetric(1-effort.Idle(), "target-share")
		b.ReportMetric(effort.Journal.Seconds()/effort.Wall.Seconds(), "journal-share")
		b.ReportMetric(effort.Search.Seconds()/effort.Wall.Seconds(), "search-share")
		b.ReportMetric(effort.CallsPerThousand(), "calls/1000")
	}
}

// benchRun makes a first run of a roster.
func benchRun(b *testing.B, roster, config string) (*recording, engine.Effort) {
	b.Helper()
	request, c, err := (&app{}).request(b.Context(), &runOptions{config: config}, roster)
	if err != nil {
		b.Fatal(err)
	}
	m := benchData(b)
	lease, release, err := m.acquire(b.Context(), c.Target, false)
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	key, err := openVault(m.dir)
	if err != nil {
		b.Fatal(err)
	}
	r := &recording{Target: benchTarget(b, m)}
	e := engine.Engine{
		Log: slog.New(slog.DiscardHandler), Store: m.Store, Target: r, Scope: m.scope(c.Target), Now: time.Now,
		NewPassword: newPassword, Seal: key.seal, Wait: wait,
	}
	report, err := e.Sync(b.Context(), lease, request, func(*engine.Prepared) (bool, error) { return true, nil })
	if err != nil {
		b.Fatal(err)
	}
	return r, report.Effort
}

func benchData(b *testing.B) *memory {
	b.Helper()
	m, err := (&app{dataDir: b.TempDir()}).open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = m.Close() })
	return m
}

func benchTarget(b *testing.B, m *memory) directory.Target {
	b.Helper()
	target, err := openTarget(b.Context(), m, &config{Target: localTarget})
	if err != nil {
		b.Fatal(err)
	}
	return target
}
