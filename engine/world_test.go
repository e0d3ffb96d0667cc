package engine_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/store"
)

// world is a data folder with its embedded directory, and the clock that its
// engines go by.
type world struct {
	tester
	store    *store.Store
	db       io.Closer // of the directory
	dir      *local.Directory
	scope    ledger.Scope
	clock    clock
	settings flow.Settings
	limits   plan.Limits
	reused   plan.Choice

	// What the engines work with: the store and the directory, or something
	// around them.
	keeper engine.Store
	target directory.Target
	crew   engine.Crew // nil for none

	made []directory.Secret // passwords
}

// newWorld makes a world from an empty database at the path of empty. On PostgreSQL it is
// another tenant of that database.
func newWorld(t tester, empty string) *world {
	t.Helper()
	if store.OnPostgreSQL(empty) {
		w := openTenant(t, empty, rand.Text())
		t.Cleanup(w.close)
		return w
	}
	folder, err := os.MkdirTemp(filepath.Dir(empty), "world-")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "homeroom.db")
	copyData(t, empty, path)
	w := open(t, path)
	t.Cleanup(func() { w.close(); _ = os.RemoveAll(folder) })
	return w
}

// directoryOf returns where the embedded directory lies that belongs to a database.
func directoryOf(path string) string {
	if store.OnPostgreSQL(path) {
		return path
	}
	return strings.TrimSuffix(path, ".db") + "-directory.db"
}

// copyData copies a database and its directory, both of which are closed.
func copyData(t tester, from, to string) {
	t.Helper()
	for from, to := range map[string]string{from: to, directoryOf(from): directoryOf(to)} {
		bytes, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, bytes, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// open opens the database at a path, made if it is not there, and its directory.
func open(t tester, path string) *world {
	t.Helper()
	return openTenant(t, path, "")
}

// openTenant does so for a tenant, "" for the one that was made with the database.
func openTenant(t tester, path, tenant string) *world {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if tenant == "" {
		tenant, err = s.DefaultTenant(t.Context())
	} else {
		err = s.AddTenant(t.Context(), access.Tenant{ID: tenant}, access.By{})
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Handle(directoryOf(path))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := local.Open(t.Context(), db, tenant)
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		tester: t, store: s, db: db, dir: dir, keeper: s, target: dir,
		scope: ledger.Scope{Tenant: tenant, Target: "local"}, clock: newClock(),
		settings: allFlows(), limits: unlimited(),
	}
}

func (w *world) close() {
	if err := errors.Join(w.store.Close(), w.db.Close()); err != nil {
		w.Error(err)
	}
}

// emptyDatabase makes a database that worlds are copied from, which is quicker
// than making each anew.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.db")
	open(t, path).close()
	return path
}

// unlimited lets the guard hold nothing but what it always holds.
func unlimited() plan.Limits {
	const any = 1 << 30
	return plan.Limits{Removals: any, Creations: any, Renames: any}
}

// allFlows are settings that ask for everything.
func allFlows() flow.Settings {
	rule := func(group string) flow.Matching {
		return flow.Matching{RoleGroup: group, Source: "username", Target: directory.UserPrincipalName, Domain: "school.example"}
	}
	return flow.Settings{
		RoleGroups: []flow.RoleGroup{
			{ID: flow.Students, DisplayName: "Students", Roles: []string{"student"}},
			{ID: flow.Staff, DisplayName: "Staff", Roles: []string{"teacher", "aide"}},
		},
		Matching:  []flow.Matching{rule(flow.Staff), rule(flow.Students)},
		Passwords: flow.PasswordsGenerated,
		Names:     flow.DefaultNames(),
		Sets: []flow.Set{{
			ID: "1", DisplayName: "All",
			User: &flow.UserFlow{
				CreateUnmatched: true, GradeLevel: true, StudentAgeGroup: "minor", StudentContacts: true,
				Configurations: []flow.UserConfiguration{{RoleGroup: flow.Staff}, {RoleGroup: flow.Students}},
			},
			ClassGroup:         &flow.ClassGroupFlow{CreateTeam: true, Attributes: []string{flow.CourseTitle, flow.ClassCode}},
			SecurityGroup:      &flow.SecurityGroupFlow{ByRoleGroup: true, ByOrgRoleGroup: true},
			AdministrativeUnit: &flow.AdministrativeUnitFlow{ByOrg: true, ByOrgRoleGroup: true},
		}},
	}
}

// clock is the time that an engine goes by.
type clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// handClock is time that passes only when someone waits.
type handClock struct {
	lock sync.Mutex
	now  time.Time
}

func newClock() *handClock { return &handClock{now: time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC)} }

func (c *handClock) Now() time.Time { return c.pass(time.Millisecond) }

func (c *handClock) pass(d time.Duration) time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// renewal is how long a lease is left before it is renewed. Those who wait for
// that wait until their run ends.
const renewal = engine.LeaseTime / 6

func (c *handClock) Wait(ctx context.Context, d time.Duration) error {
	if d == renewal {
		<-ctx.Done()
	} else {
		c.pass(d)
	}
	return ctx.Err()
}

func (w *world) engine() *engine.Engine {
	return &engine.Engine{
		Log:   slog.New(slog.DiscardHandler),
		Store: w.keeper, Target: w.target, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait, Crew: w.crew,
		NewPassword: func() directory.Secret {
			w.made = append(w.made, directory.Secret(fmt.Sprint("password ", len(w.made)+1)))
			return w.made[len(w.made)-1]
		},
		Seal: func(s directory.Secret) ([]byte, error) { return []byte("sealed " + s), nil },
	}
}

func (w *world) request(s school) engine.Request {
	return engine.Request{
		Roster: s.roster(w), RosterPath: "roster", Codes: roster.DefaultCodes(),
		Settings: w.settings, Limits: w.limits, Reused: w.reused, AsOf: roster.DateOf(w.clock.Now()),
	}
}

func (w *world) lease(holder string) ledger.Lease {
	w.Helper()
	lease, err := w.store.Takeover(w.Context(), w.scope, holder, engine.LeaseTime)
	if err != nil {
		w.Fatal(err)
	}
	return lease
}

// try makes one run and returns what became of it, and the plan that it made, nil
// for a run that was carried on.
func (w *world) try(s school) (report engine.Report, made *plan.Plan, err error) {
	w.Helper()
	report, err = w.engine().Sync(w.Context(), w.lease("test"), w.request(s), func(p *engine.Prepared) (bool, error) {
		made = p.Plan
		return true, nil
	})
	return report, made, err
}

// sync makes one run in which nothing fails.
func (w *world) sync(s school) *plan.Plan {
	w.Helper()
	report, made, err := w.try(s)
	if err != nil {
		w.Fatalf("sync: %v", err)
	}
	if len(report.Failures) > 0 {
		w.Fatalf("failures: %+v", report.Failures)
	}
	return made
}

// plan plans without doing anything.
func (w *world) plan(s school) *engine.Prepared {
	w.Helper()
	p := engine.Preparer{Store: w.keeper, Target: w.target, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait}
	prepared, err := p.Prepare(w.Context(), w.request(s))
	if err != nil {
		w.Fatalf("plan: %v", err)
	}
	return prepared
}

// settled checks that a plan made now has no step that is not held.
func (w *world) settled(s school) {
	w.Helper()
	prepared := w.plan(s)
	for step := range stepsOf(prepared.Plan) {
		if step.Held == nil {
			w.Errorf("after a run there is still to do: %s", text(step))
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

func text(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // what tests show always marshals
	}
	return string(encoded)
}

// stable returns the directory in the form that is free of ids.
func (w *world) stable() local.Document {
	w.Helper()
	doc, err := w.dir.Export(w.Context(), true)
	if err != nil {
		w.Fatal(err)
	}
	return doc
}

// object is a name of an object by kind and key.
type object struct {
	Kind directory.Kind
	Key  string
}

// seen is an object as the directory shows it, its people by what they are
// called in stable documents.
type seen struct {
	ID         string
	Attributes directory.Attributes
	Owners     []string
	Members    []string
}

// observe returns all objects by key; those without an anchor by their
// userPrincipalName. No two have one key.
func (w *world) observe() map[object]seen {
	w.Helper()
	all := make(map[object]seen)
	names := make(map[string]string)
	for _, kind := range directory.Kinds() {
		for o, err := range w.dir.Observe(w.Context(), kind, directory.Whole) {
			if err != nil {
				w.Fatal(err)
			}
			key := cmp.Or(o.Anchor(), o.Attributes[directory.UserPrincipalName])
			if kind == directory.User {
				names[o.ID] = key
			}
			if _, twice := all[object{kind, key}]; twice {
				w.Fatalf("%s %s is there twice", kind, key)
			}
			all[object{kind, key}] = seen{o.ID, o.Attributes, named(names, o.Owners), named(names, o.Members)}
		}
	}
	return all
}

func named(names map[string]string, ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, names[id])
	}
	slices.Sort(out)
	return out
}

// ledger returns what the ledger says of all objects.
func (w *world) ledger() map[object]directory.Have {
	w.Helper()
	all := make(map[object]directory.Have)
	for _, kind := range directory.Kinds() {
		for have, err := range w.store.Haves(w.Context(), w.scope, kind, directory.Span{}) {
			if err != nil {
				w.Fatal(err)
			}
			all[object{kind, have.Key}] = have
		}
	}
	return all
}

// links returns the directory ids of people by key.
func (w *world) links() map[string]string {
	w.Helper()
	ids := make(map[string]string)
	for link, err := range w.store.Links(w.Context(), w.scope) {
		if err != nil {
			w.Fatal(err)
		}
		ids[link.Person] = link.ID
	}
	return ids
}

// sound checks that the ledger is true and complete: what it says was written is
// there, and everything with an anchor is in it under its id.
func (w *world) sound() {
	w.Helper()
	there, ledger, links := w.observe(), w.ledger(), w.links()
	for name, have := range ledger {
		o, ok := there[name]
		if !ok || o.ID != have.ID {
			w.Errorf("the ledger has %s %s as %q; in the directory it is %q", name.Kind, name.Key, have.ID, o.ID)
			continue
		}
		for attribute, value := range have.Attributes {
			if o.Attributes[attribute] != value && attribute != directory.SchoolYears {
				w.Errorf("the ledger has %s %s of %s %s; the directory has %s", attribute, value, name.Kind, name.Key, o.Attributes[attribute])
			}
		}
		for _, gone := range append(missing(have.Owners, o.Owners), missing(have.Members, o.Members)...) {
			w.Errorf("the ledger has %s in %s %s; the directory does not", gone, name.Kind, name.Key)
		}
		if name.Kind == directory.User && links[name.Key] != have.ID {
			w.Errorf("%s is linked to %q and in the ledger as %q", name.Key, links[name.Key], have.ID)
		}
	}
	for name, o := range there {
		if have, ok := ledger[name]; o.Attributes[directory.AnchorID] != "" && (!ok || have.ID != o.ID) {
			w.Errorf("%s %s is in the directory and not in the ledger", name.Kind, name.Key)
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

// missing returns what of some users is not among others.
func missing(some, others []string) []string {
	var out []string
	for _, user := range some {
		if !slices.Contains(others, user) {
			out = append(out, user)
		}
	}
	return out
}

// passwordsKept checks that for every user who was made with a generated password
// exactly the one is kept that was sent, and that the ledger knows whose work the
// user is.
func (w *world) passwordsKept(sent map[string]directory.Secret) {
	w.Helper()
	kept, err := w.store.Passwords(w.Context(), w.scope)
	if err != nil {
		w.Fatal(err)
	}
	have := make(map[string]directory.Secret)
	for _, p := range kept {
		if _, made := sent[p.Key]; !made {
			continue // for a user who was not made after all
		}
		text, ok := strings.CutPrefix(string(p.Ciphertext), "sealed ")
		if !ok {
			w.Errorf("the password of %s is kept as %q", p.Key, p.Ciphertext)
		}
		have[p.Key] = directory.Secret(text)
	}
	for user, have := range w.ledger() {
		if _, made := sent[user.Key]; user.Kind == directory.User && made != have.Created {
			w.Errorf("%s: made %v, by the ledger %v", user.Key, made, have.Created)
		}
	}
	plain := gocmp.Transformer("plain", func(s directory.Secret) []byte { return []byte(s) })
	if diff := gocmp.Diff(sent, have, plain); diff != "" {
		w.Fatalf("passwords (-sent +kept):\n%s", diff)
	}
}

var errPlanted = errors.New("planted")

// check checks a property on n random cases, or on as many as -rapid.checks says.
func check(t rapid.TB, n int, property func(*rapid.T)) {
	t.Helper()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }() // as it was
	}
	rapid.Check(t, property)
}

// stepsOf yields the steps of a plan.
func stepsOf(p *plan.Plan) iter.Seq[plan.Step] {
	return func(yield func(plan.Step) bool) {
		for step, err := range p.All() {
			if err != nil {
				panic(err)
			}
			if !yield(step) {
				return
			}
		}
	}
}
