package store

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

func newFile(t *testing.T) *Store { return openFile(t, filepath.Join(t.TempDir(), "homeroom.db")) }

func TestCache(t *testing.T) {
	s := newFile(t)
	var c cache[string]
	reads := 0
	read := func(key rowKey) string {
		row, err := c.read(t.Context(), s, key, func() (string, int, error) {
			reads++
			return "row " + strconv.Itoa(reads), 5, nil
		})
		check(t, err)
		return row
	}
	one, other := rowKey{"tenant", "set", "1"}, rowKey{"other", "set", "1"}
	for i, step := range []struct {
		key  rowKey
		want string
	}{{one, "row 1"}, {one, "row 1"}, {other, "row 2"}, {one, "row 1"}} {
		if got := read(step.key); got != step.want {
			t.Errorf("%d: got %s, want %s", i, got, step.want)
		}
	}
	check(t, s.AddTenant(t.Context(), access.Tenant{ID: "somebody"}, access.By{}))
	if got := read(one); got != "row 3" {
		t.Errorf("after a write: got %s, want row 3", got)
	}
}

// What was asked for before a write is not remembered for those who ask after it.
func TestCacheOfOldRow(t *testing.T) {
	s := newFile(t)
	var c cache[string]
	read := func(id, row string, meanwhile func()) string {
		row, err := c.read(t.Context(), s, rowKey{id: id}, func() (string, int, error) {
			meanwhile()
			return row, 3, nil
		})
		check(t, err)
		return row
	}
	none := func() {}
	read("1", "old", func() { check(t, s.AddTenant(t.Context(), access.Tenant{ID: "somebody"}, access.By{})) })
	if got := read("1", "new", none); got != "new" {
		t.Errorf("after a write: %s", got)
	}
	read("2", "old", func() {
		check(t, s.AddTenant(t.Context(), access.Tenant{ID: "somebody else"}, access.By{}))
		read("2", "new", none)
	})
	if got := read("2", "newer", none); got != "new" {
		t.Errorf("after a write, and another who read what it left: %s", got)
	}
}

func TestCacheIsBounded(t *testing.T) {
	var c cache[int]
	for i := range 100 {
		c.keep(rowKey{id: strconv.Itoa(i)}, i, maxCached/10, 1)
		c.keep(rowKey{id: strconv.Itoa(i)}, i, maxCached/10, 1) // two who asked at once
		if want := i%10 + 1; len(c.rows) != want || c.bytes != want*(maxCached/10) {
			t.Fatalf("%d rows with %d bytes after %d, want %d", len(c.rows), c.bytes, i+1, want)
		}
	}
	c.keep(rowKey{id: "large"}, 0, maxCached+1, 1)
	if _, known := c.find(rowKey{id: "large"}, 1); known {
		t.Error("a row is remembered that is larger than the cache may be")
	}
}

// Another handle on the file stands for another process.
func TestWritesOfOtherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	s, other := openFile(t, path), openFile(t, path)
	tenant := tenantOf(t, s)
	set := flowSet(1)
	flow := setFlow(set, 2, "userProvisioningFlow")
	check(t, s.CreateFlowSet(t.Context(), tenant, set, []outbound.Flow{flow}, written))
	for i := range 3 {
		set.Revision, flow.Revision = int64(i+1), int64(i+1)
		set.Body = json.RawMessage(`{"displayName":"` + strconv.Itoa(i) + `"}`)
		flow.Body = set.Body
		check(t, other.UpdateFlowSet(t.Context(), tenant, set, written))
		check(t, other.UpdateFlow(t.Context(), tenant, flow, written))
		for range 2 {
			gotSet, err := s.FlowSet(t.Context(), tenant, set.ID)
			check(t, err)
			gotFlow, err := s.Flow(t.Context(), tenant, set.ID, flow.ID)
			check(t, err)
			if string(gotSet.Body) != string(set.Body) || string(gotFlow.Body) != string(set.Body) {
				t.Errorf("got %s and %s, want %s", gotSet.Body, gotFlow.Body, set.Body)
			}
		}
	}
	check(t, other.DeleteFlowSet(t.Context(), tenant, set.ID, 0, written))
	_, err := s.FlowSet(t.Context(), tenant, set.ID)
	wantKind(t, err, fault.NotFound)
	_, err = s.Flow(t.Context(), tenant, set.ID, flow.ID)
	wantKind(t, err, fault.NotFound)
}

// Whoever wrote something reads it, however many others read and write.
func TestReadYourWrites(t *testing.T) {
	s := newFile(t)
	tenant := tenantOf(t, s)
	var work sync.WaitGroup
	for number := range 8 {
		work.Go(func() {
			set := flowSet(number)
			if err := s.CreateFlowSet(t.Context(), tenant, set, nil, written); err != nil {
				t.Error(err)
			}
			for revision := int64(2); revision < 30; revision++ {
				if err := s.UpdateFlowSet(t.Context(), tenant, set, written); err != nil {
					t.Error(err)
					return
				}
				for of := range 8 {
					got, err := s.FlowSet(t.Context(), tenant, flowSet(of).ID)
					if of == number && got.Revision != revision {
						t.Errorf("the set has revision %d after it was written with %d: %v", got.Revision, revision, err)
					}
				}
				set.Revision = revision
			}
		})
	}
	work.Wait()
}
