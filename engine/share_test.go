package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// crew is a few other servers that take part in the runs of a world.
type crew struct {
	w       *world
	members []*member
	work    sync.WaitGroup
	sealed  string // all that was
}

// member is another server, with a store and a target of its own. It ends by its fuse, or
// is stopped before it does something until it may go on.
type member struct {
	engine.Store
	w      *world
	crew   *crew
	fuse   fuse
	stopAt string // the effect that it is stopped at once; "" for none
	goOn   chan struct{}

	lock    sync.Mutex
	hand    *engine.Hand
	batch   ledger.Handed // that it has
	batches int           // that it carried out
	err     error
}

// share lets other servers take part in the runs of a world.
func (w *world) share(members int) *crew {
	c := &crew{w: w}
	for range members {
		c.members = append(c.members, &member{Store: w.store, w: w, crew: c, fuse: fuse{left: -1}, goOn: make(chan struct{})})
	}
	w.crew = c
	w.keeper = w.store
	return c
}

func (c *crew) Call(_ context.Context, lease ledger.Lease, run int64, batches int) error {
	if batches == 0 {
		c.w.Error("called for no batch")
	}
	for _, m := range c.members {
		c.work.Go(func() { m.help(lease, run) })
	}
	return nil
}

func (c *crew) Seal(run int64, batch int, plain []byte) []byte {
	c.sealed += string(plain)
	return fmt.Appendf(nil, "sealed for %d/%d:%s", run, batch, plain)
}

func (c *crew) Open(run int64, batch int, sealed []byte) ([]byte, error) {
	plain, ours := strings.CutPrefix(string(sealed), fmt.Sprintf("sealed for %d/%d:", run, batch))
	if !ours {
		return nil, errors.New("it was sealed for another batch")
	}
	return []byte(plain), nil
}

// help carries out batches until there are none. When that fails, nobody hears of the member
// any more, and its time is over soon.
func (m *member) help(lease ledger.Lease, run int64) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.hand == nil {
		e := m.w.engine()
		e.Store, e.Target, e.NewPassword = m, &mortal{m.w.target, &m.fuse}, func() directory.Secret { return "made by a member" }
		m.hand = e.Hand(lease, run)
	}
	for m.err == nil {
		took, err := m.hand.Take(m.w.Context())
		if !took && err == nil {
			return
		}
		if m.err = err; err == nil {
			m.batches++
		}
	}
	m.late(lease, run)
}

// late lets the time of the member's batch be over.
func (m *member) late(lease ledger.Lease, run int64) {
	_, err := m.w.store.Keep(m.w.Context(), lease, run, m.batch.Batch, -time.Second)
	if err != nil && fault.KindOf(err) != fault.Conflict {
		m.w.Error(err)
	}
}

func (m *member) Take(
	ctx context.Context, lease ledger.Lease, run int64, taker string, sentOnly bool, ttl time.Duration,
) (ledger.Handed, error) {
	return around(&m.fuse, "Take", func() (batch ledger.Handed, err error) {
		m.batch, err = m.Store.Take(ctx, lease, run, taker, sentOnly, ttl)
		return m.batch, err
	})
}

func (m *member) Keep(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, ttl time.Duration) (time.Duration, error) {
	return around(&m.fuse, "Keep", func() (time.Duration, error) { return m.Store.Keep(ctx, lease, run, batch, ttl) })
}

func (m *member) Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error {
	m.stop("Sent", lease, run)
	return m.fuse.around("Sent", func() error { return m.Store.Sent(ctx, lease, run, batch, passwords) })
}

func (m *member) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	m.stop("Record", lease, run)
	return m.fuse.around("Record", func() error { return m.Store.Record(ctx, lease, run, answers) })
}

// stop stops a member for longer than it has its batch.
func (m *member) stop(at string, lease ledger.Lease, run int64) {
	if m.stopAt == at {
		m.stopAt = ""
		m.late(lease, run)
		<-m.goOn
	}
}

// turnwise is a witness that hears of one call at a time.
type turnwise struct {
	witness
	lock sync.Mutex
}

func (t *turnwise) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.witness.Apply(ctx, changes)
}

// tellShared tells a world a chapter in which the crew takes part.
func (w *world) tellShared(c chapter, members []*member) {
	w.Helper()
	w.crew.(*crew).members = members
	w.tell(c)
	for _, m := range members {
		close(m.goOn)
	}
	w.crew.(*crew).work.Wait()
}

// told is what a story leaves behind.
type told struct {
	Directory any
	Links     any
	Passwords map[string]directory.Secret
}

func (w *world) told() told {
	w.Helper()
	return told{w.stable(), w.linkNames(), w.target.(*turnwise).sent}
}

// linkNames returns the links without the ids, which nobody can foresee.
func (w *world) linkNames() []ledger.Link {
	var all []ledger.Link
	for link, err := range w.store.Links(w.Context(), w.scope) {
		if err != nil {
			w.Fatal(err)
		}
		link.ID = ""
		all = append(all, link)
	}
	return all
}

// sharedStory is a story with passwords that no plan holds.
func sharedStory() [3]chapter {
	chapters := story()
	for i := range chapters {
		settings := &chapters[i].settings
		settings.Passwords = flow.PasswordsConfigured
		for j := range settings.Sets {
			if settings.Sets[j].User == nil {
				continue
			}
			user := *settings.Sets[j].User
			user.Configurations = []flow.UserConfiguration{
				{RoleGroup: flow.Staff, Password: "of-Staff-1"}, {RoleGroup: flow.Students, Password: "of-Students-1"},
			}
			settings.Sets[j].User = &user
		}
	}
	return chapters
}

// inWorld tells the story in a world of its own.
func inWorld(t *testing.T, empty string, tell func(w *world, chapters [3]chapter)) told {
	t.Helper()
	w := newWorld(t, empty)
	w.target = &turnwise{witness: witness{littleAtATime(w.dir), make(map[string]directory.Secret)}}
	tell(w, sharedStory())
	w.sound()
	return w.told()
}

func alone(w *world, chapters [3]chapter) {
	for _, c := range chapters {
		w.tell(c)
	}
}

// Servers that share the work leave behind what one does.
func TestShared(t *testing.T) {
	empty := emptyDatabase(t)
	want := inWorld(t, empty, alone)
	done := 0
	got := inWorld(t, empty, func(w *world, chapters [3]chapter) {
		for _, c := range chapters {
			members := w.share(3).members
			w.tellShared(c, members)
			w.settled(c.school)
			for _, m := range members {
				if done += m.batches; m.err != nil {
					t.Error(m.err)
				}
			}
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left behind (-alone +shared):\n%s", diff)
	}
	if done < 5 {
		t.Errorf("others did %d batches of the story", done)
	}
}

// One of them may end at any moment.
func TestSharedCrash(t *testing.T) {
	empty := emptyDatabase(t)
	want := inWorld(t, empty, alone)
	for moment := range 16 {
		got := inWorld(t, empty, func(w *world, chapters [3]chapter) {
			for _, c := range chapters {
				members := w.share(2).members
				members[0].fuse.set(moment)
				w.tellShared(c, members)
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("with a crash at moment %d (-alone +shared):\n%s", moment, diff)
		}
	}
}

// So may the one whose run it is. Others end what they have, and the next one goes on.
func TestSharedOwnerCrash(t *testing.T) {
	empty := emptyDatabase(t)
	want := inWorld(t, empty, alone)
	for moment := 0; moment < 32; moment += 2 {
		got := inWorld(t, empty, func(w *world, chapters [3]chapter) {
			for _, c := range chapters {
				crew, end := w.share(2), &fuse{left: moment}
				w.keeper, w.settings = &fragile{w.store, end}, c.settings
				_, _, err := w.try(c.school)
				crew.work.Wait()
				if err == nil {
					continue // it lived as long as that
				}
				end.set(-1)
				w.tell(c)
				crew.work.Wait()
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("with a crash at moment %d (-alone +shared):\n%s", moment, diff)
		}
	}
}

// One that is stopped for longer than it has a batch, and goes on, writes nothing more.
func TestSharedStopped(t *testing.T) {
	empty := emptyDatabase(t)
	want := inWorld(t, empty, alone)
	for _, at := range []string{"Sent", "Record"} {
		got := inWorld(t, empty, func(w *world, chapters [3]chapter) {
			for _, c := range chapters {
				members := w.share(2).members
				members[0].stopAt = at
				w.tellShared(c, members)
				if err := members[0].err; members[0].stopAt == "" && fault.KindOf(err) != fault.Conflict {
					t.Errorf("stopped at %s, the member went on with %v", at, err)
				}
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with a member that was stopped at %s (-alone +shared):\n%s", at, diff)
		}
	}
}

// deaf is a target that does not answer.
type deaf struct{ directory.Target }

func (deaf) Apply(context.Context, []directory.Change) ([]directory.Outcome, error) {
	return nil, errors.New("no answer")
}

// A server that does not reach the directory gives back what it took, for others to take.
func TestSharedGivenBack(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.target = littleAtATime(w.dir)
	c := &deafCrew{crew: w.share(0), reaches: w.target}
	w.crew = c
	w.sync(story()[0].school)
	c.work.Wait()
	if c.err == nil {
		t.Error("the server that does not reach the directory took no batch")
	}
	w.sound()
	w.settled(story()[0].school)
}

// deafCrew is one server that does not reach the directory.
type deafCrew struct {
	*crew
	reaches directory.Target // the others' target
	err     error            // why it gave a batch back
}

func (c *deafCrew) Call(ctx context.Context, lease ledger.Lease, run int64, _ int) error {
	if c.err != nil {
		return nil
	}
	e := c.w.engine()
	e.Store, e.Target = c.w.store, deaf{c.reaches}
	_, c.err = e.Hand(lease, run).Take(ctx)
	others, err := c.w.store.TakenByOthers(ctx, lease.Scope.Tenant, run)
	if others > 0 {
		c.w.Error("the batch is still taken")
	}
	return err
}

// A password that stands in the roster is handed to nobody, however it is encrypted.
func TestSharedRosterPasswords(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	target := &turnwise{witness: witness{littleAtATime(w.dir), make(map[string]directory.Secret)}}
	w.target, w.settings.UseRosterPasswords = target, true
	c := w.share(2)
	school := story()[0].school
	files := school.files()
	rows := strings.Split(strings.TrimSpace(string(files[users])), "\n")
	rows[0] += ",password"
	for i := range rows[1:] {
		rows[i+1] += fmt.Sprint(",Of-Roster-", i)
	}
	files[users] = []byte(strings.Join(rows, "\n"))
	request := w.request(school)
	var err error
	if request.Roster, _, err = sdscsv.Read(t.Context(), files, roster.DefaultCodes()); err != nil {
		t.Fatal(err)
	}
	report, err := w.engine().Sync(t.Context(), w.lease("test"), request, func(*engine.Prepared) (bool, error) { return true, nil })
	c.work.Wait()
	if err != nil || len(report.Failures) > 0 {
		t.Fatalf("%v; %v", err, report.Failures)
	}
	if strings.Contains(c.sealed, "Of-Roster-") || len(target.sent) < 4 {
		t.Errorf("%d users were made; what came with batches: %s", len(target.sent), c.sealed)
	}
	for user, password := range target.sent {
		if !strings.HasPrefix(string(password), "Of-Roster-") {
			t.Errorf("%s has another password than in the roster", user)
		}
	}
}
