package engine_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// forgetful is a store that knows of no stretches.
type forgetful struct{ engine.Reader }

func (forgetful) Stretches(context.Context, ledger.Scope, directory.Kind) ([]plan.Stretch, error) {
	return nil, nil
}

// noteless is a store in which no stretches can be noted, as if every run died in
// the end.
type noteless struct{ engine.Store }

func (noteless) PutStretches(context.Context, ledger.Lease, directory.Kind, []directory.Span, []plan.Stretch) error {
	return errors.New("not noted")
}

// alike checks that a plan is the same whether stretches are left out or not, to the
// counts that the guard goes by: every danger is held here, and says its share.
func (w *world) alike(s school) {
	w.Helper()
	var texts [2]string
	for i, reader := range [2]engine.Reader{w.store, forgetful{w.store}} {
		request := w.request(s)
		request.Limits = plan.Limits{}
		p := engine.Preparer{Store: reader, Target: w.dir, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait}
		prepared, err := p.Prepare(w.Context(), request)
		if err != nil {
			w.Fatal(err)
		}
		var text bytes.Buffer
		if err := plan.WriteJSON(&text, prepared.Plan); err != nil {
			w.Fatal(err)
		}
		texts[i] = text.String()
	}
	if diff := cmp.Diff(texts[1], texts[0]); diff != "" {
		w.Fatalf("plan (-of everything +without stretches):\n%s", diff)
	}
}

// counting counts the objects that are read from the ledger.
type counting struct {
	engine.Reader
	read []string
}

func (c *counting) Haves(ctx context.Context, scope ledger.Scope, kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
	return func(yield func(directory.Have, error) bool) {
		for have, err := range c.Reader.Haves(ctx, scope, kind, span) {
			c.read = append(c.read, have.Key)
			if !yield(have, err) {
				return
			}
		}
	}
}

// TestStretches checks how much of the ledger a plan reads: nothing of it when
// nothing changed; and when something did, that it is found.
func TestStretches(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	opened := func() []string {
		reader := &counting{Reader: w.store}
		p := engine.Preparer{Store: reader, Target: w.dir, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait}
		if _, err := p.Prepare(t.Context(), w.request(s)); err != nil {
			t.Fatal(err)
		}
		return reader.read
	}
	for _, edit := range []struct {
		what string
		edit func()
	}{
		{"a title", func() { s.change(classes, "C0", 2, "Another title") }},
		{"an owner more", func() { s.change(enrollments, "C0/P0", 2, "teacher") }},
		{"an owner less", func() { s.change(enrollments, "C0/P0", 2, "student") }},
		{"a member less", func() { s.drop(enrollments, "C0/P1") }},
		{"a member more", func() { s.enroll("C0", "P1", "student") }},
		{"a grade", func() { s.change(roles, "P0/O0", 3, "09") }},
		{"the name of an organization", func() { s.change(orgs, "O0", 1, "Another name") }},
		{"a new person", func() { s.person("P2", "student", "O0") }},
		{"a class that is closed", func() { s.close("C0") }},
		{"a setting", func() { w.settings.Names.Org = "{org}!" }},
	} {
		w.sync(s)
		if keys := opened(); len(keys) != 0 {
			t.Errorf("before %s, %v were read although nothing changed", edit.what, keys)
		}
		edit.edit()
		w.alike(s)
		if keys := opened(); len(keys) == 0 {
			t.Errorf("%s: nothing was read", edit.what)
		}
	}
}

// TestStretchesEnd takes a roster back after a run that died before it could note
// what it left: what was noted before it holds no longer.
func TestStretchesEnd(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.limits = unlimited()
	first := lesson()
	w.sync(first)
	second := first.clone()
	second.change(classes, "C0", 2, "Another title")
	w.keeper = noteless{w.store}
	w.sync(second)
	w.alike(first)
	w.keeper = w.store
	w.sync(first)
	w.settled(first)
}
