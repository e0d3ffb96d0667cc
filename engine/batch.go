package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// secrets are what a plan must not hold: they are read again from the roster and
// the settings when they are needed, from several goroutines at once.
type secrets interface {
	// Password returns the password of a user to be created; "" where one is
	// to be generated.
	Password(user string) directory.Secret
	// Contacts returns what a user's relatedContacts stand for.
	Contacts(user string) []directory.Contact
	// Link returns the link to a user that was created.
	Link(user, id string) ledger.Link
}

// sender sends the batches of one run.
type sender struct {
	*Engine
	lease   ledger.Lease
	run     int64
	secrets secrets
	// superseded: another plan follows, so nothing new is created any more.
	superseded bool
	met        *met
	taken      *ledger.Handed // the batch that was taken of a run that somebody else owns; nil for an own run
	until      time.Time      // calls to the target end by then, unless it is put off
}

func (e *Engine) sender(lease ledger.Lease, run int64, secrets secrets) *sender {
	return &sender{Engine: e, lease: lease, run: run, secrets: secrets, met: new(met)}
}

// parcel is a batch on its way.
type parcel struct {
	ledger.Batch
	works []*work
}

// send carries out the steps of a batch. sentBefore says that the batch was sent
// and never answered, so that what is found of it is Homeroom's own.
//
// A crash before Sent: the batch was never begun. Between Sent and Record: it is
// sent again with sentBefore. After Record: it is done.
func (s *sender) send(ctx context.Context, batch ledger.Batch, steps []plan.Step, sentBefore bool) error {
	p, err := s.pack(ctx, batch, steps, sentBefore)
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, p); err != nil {
		return err
	}
	return s.record(ctx, p)
}

// pack makes a batch ready and notes it as sent.
func (s *sender) pack(ctx context.Context, batch ledger.Batch, steps []plan.Step, sentBefore bool) (*parcel, error) {
	works, err := s.works(ctx, steps, sentBefore)
	if err != nil {
		return nil, err
	}
	// Who is there already has a password: none is made, and the one that is
	// kept stays.
	if err := s.adopt(ctx, works); err != nil {
		return nil, unanswered(ctx, err)
	}
	if err := s.postpone(ctx, works); err != nil {
		return nil, err
	}
	sealed, err := s.queue(works)
	if err != nil {
		return nil, err
	}
	return &parcel{batch, works}, s.Store.Sent(ctx, s.lease, s.run, batch, sealed)
}

// works looks up the directory users that the steps speak of.
func (s *sender) works(ctx context.Context, steps []plan.Step, sentBefore bool) ([]*work, error) {
	ids, err := s.userIDs(ctx, usersOf(steps))
	if err != nil {
		return nil, err
	}
	works := make([]*work, len(steps))
	for i := range steps {
		works[i] = newWork(&steps[i], ids, sentBefore)
	}
	return works, nil
}

// usersOf returns the keys of the owners and members that steps add and remove.
func usersOf(steps []plan.Step) []string {
	pairs := 0
	for i := range steps {
		pairs += pairsOf(&steps[i])
	}
	keys := make([]string, 0, pairs)
	for i := range steps {
		step := &steps[i]
		for _, list := range [][]string{step.Owners.Add, step.Owners.Remove, step.Members.Add, step.Members.Remove} {
			keys = append(keys, list...)
		}
	}
	return keys
}

// postpone sorts out what is not for this run.
func (s *sender) postpone(ctx context.Context, works []*work) error {
	for _, w := range works {
		switch {
		case w.hopeless():
			w.verdict = directory.Later
			w.rule, w.message = plan.WaitsForUser, w.step.Key+" waits for the first of its people to have a directory user"
		case s.superseded && w.creates():
			w.verdict, w.message = directory.Later, "another plan took this one's place"
		case w.found && w.step.Kind != directory.User:
			if err := s.leaveFormer(ctx, w); err != nil {
				return err
			}
		case w.found && !w.ours && w.step.Kind == directory.User:
			w.verdict, w.message = directory.Later, "a user with this anchor appeared meanwhile; the next run links it"
		case len(w.step.Owners.Remove) > 0 && w.step.Action != plan.Delete:
			have, err := s.Store.Have(ctx, s.Scope, w.step.Kind, w.step.Key)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return err
			}
			w.keepLastOwner(slices.Concat(without(have.Owners, have.Lost.Owners), have.ReleasedOwners))
		}
	}
	return nil
}

// queue cuts each step into changes, none for steps that must wait. It returns the
// passwords that were made for new users, encrypted.
func (s *sender) queue(works []*work) ([]ledger.Password, error) {
	var sealed []ledger.Password
	limit := s.Target.Abilities().Members
	for _, w := range works {
		if w.verdict != directory.Done {
			continue
		}
		w.queue = w.changes(limit)
		password, err := s.confide(w, &w.queue[0])
		if err != nil {
			return nil, err
		}
		if password != nil {
			sealed = append(sealed, *password)
		}
	}
	return sealed, nil
}

// deliver sends the changes of all steps, the first ones of each first.
func (s *sender) deliver(ctx context.Context, p *parcel) error {
	limit := s.Target.Abilities().PerCall
	for {
		next, calls := fronts(p.works, limit)
		if len(next) == 0 {
			return s.learn(ctx, p.works)
		}
		if err := s.call(ctx, next, calls); err != nil {
			return err
		}
	}
}

// fronts takes the first change out of each queue, as many as one call takes.
func fronts(works []*work, limit int) (next []*work, calls []directory.Change) {
	n := min(len(works), limit)
	next, calls = make([]*work, 0, n), make([]directory.Change, 0, n)
	for _, w := range works {
		if len(w.queue) == 0 || w.verdict != directory.Done {
			continue
		}
		change := w.queue[0]
		change.ID = w.id
		w.queue = w.queue[1:]
		if next, calls = append(next, w), append(calls, change); len(calls) == limit {
			break
		}
	}
	return next, calls
}

// confide puts into a change what the plan does not hold. It returns the password
// that was made for a new user, encrypted; nil when none was.
func (s *sender) confide(w *work, c *directory.Change) (*ledger.Password, error) {
	if value := c.Set[directory.RelatedContacts]; value != "" {
		c.Contacts = s.secrets.Contacts(w.step.Key)
		if directory.ContactsValue(c.Contacts) != value {
			// They are those of a roster that is not at hand any more, and whether
			// they were written is not known: the next plan begins with none.
			c.Set[directory.RelatedContacts], c.Contacts = "", nil
		}
	}
	if w.step.Kind != directory.User || !w.creates() {
		return nil, nil
	}
	if w.step.Set[directory.PasswordFrom].To != "generated" {
		c.Password = s.secrets.Password(w.step.Key)
		return nil, nil
	}
	c.Password = s.NewPassword()
	ciphertext, err := s.Seal(c.Password)
	return &ledger.Password{Key: w.step.Key, Org: w.step.Org, Ciphertext: ciphertext}, err
}

// adopt looks for objects that are to be created and are there already: from a
// batch that was never answered, or from before the ledger was.
func (s *sender) adopt(ctx context.Context, works []*work) error {
	byKey := make(map[string]*work)
	for _, w := range works {
		if w.creates() {
			byKey[w.step.Key] = w
		}
	}
	if len(byKey) == 0 {
		return nil
	}
	kind := works[0].step.Kind // creations of one phase are of one kind
	until := s.Now()
	if slices.ContainsFunc(works, func(w *work) bool { return w.ours }) {
		until = until.Add(s.Target.Abilities().Visible)
	}
	for {
		looked := s.Now()
		if err := s.findOnce(ctx, kind, byKey); err != nil {
			return err
		}
		if len(byKey) == 0 || !looked.Before(until) {
			return nil
		}
		if err := s.Wait(ctx, firstPause); err != nil {
			return err
		}
	}
}

// findOnce looks for objects and takes those that it finds out of the map.
func (s *sender) findOnce(ctx context.Context, kind directory.Kind, byKey map[string]*work) error {
	anchors := make([]string, 0, len(byKey))
	for key := range byKey {
		anchors = append(anchors, key)
	}
	objects, err := s.Target.Find(ctx, kind, anchors)
	if err != nil || len(objects) == 0 {
		return err
	}
	expired, err := s.expired(ctx, kind)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if w := byKey[o.Anchor()]; w != nil && !o.Deleted && !expired[o.ID] {
			w.id, w.found = o.ID, true
			delete(byKey, o.Anchor())
		}
	}
	return nil
}

// How often something is tried, and how long is waited before the second time;
// before each further one, twice as long.
const (
	attempts   = 6
	firstPause = 200 * time.Millisecond
)

// spread lengthens a pause by up to a half, so that those whom a directory turned away at
// once do not come back at once. It is never shorter than the directory asked for.
func spread(pause time.Duration) time.Duration {
	return pause + rand.N(pause/2+1) //nolint:gosec // nobody gains by knowing it before
}

// call sends changes until each has an outcome that is final for this run. When
// the target does not answer, what became of the changes is unknown: before a
// creation is sent again, it is looked for.
func (s *sender) call(ctx context.Context, works []*work, changes []directory.Change) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		if err := s.renew(ctx); err != nil {
			return err
		}
		outcomes, err := s.apply(ctx, changes)
		if err != nil {
			if attempt == attempts || ctx.Err() != nil {
				return unanswered(ctx, err)
			}
			outcomes = nil
		}
		works, changes, pause = settle(works, changes, outcomes, pause)
		if len(works) == 0 {
			return nil
		}
		if attempt == attempts {
			giveUp(works, changes)
			return nil
		}
		wait := spread(pause)
		s.Log.WarnContext(ctx, "the directory is asked again", "changes", len(changes), "attempt", attempt, "after", wait, "error", err)
		if err := s.Wait(ctx, wait); err != nil {
			return err
		}
		pause *= 2
		if err != nil {
			if err := s.lookAgain(ctx, works, changes); err != nil {
				return unanswered(ctx, err)
			}
		}
	}
}

// callTime is how long a target may take for one call. A call begins no later after
// the lease was renewed than lets it end before the lease does.
const callTime = LeaseTime * 2 / 3

// renew renews the lease, or the time for which a batch was taken, when the next call to
// the target may outlast it. It is not left to whoever renews it all the time: the batch
// was noted as sent a while ago, and the target may have been asked again since.
func (s *sender) renew(ctx context.Context) error {
	for time.Until(s.until) < callTime {
		now := time.Now()
		left, err := s.extend(ctx)
		if err != nil {
			return err
		}
		s.until = now.Add(left)
		if left < callTime { // the lease itself is late in being renewed
			if err := s.Wait(ctx, firstPause); err != nil {
				return err
			}
		}
	}
	return nil
}

// extend returns for how long the batch may be worked on.
func (s *sender) extend(ctx context.Context) (time.Duration, error) {
	if s.taken != nil {
		return s.Store.Keep(ctx, s.lease, s.run, s.taken.Batch, LeaseTime)
	}
	_, err := s.Store.Renew(ctx, s.lease, LeaseTime)
	return LeaseTime, err
}

// apply calls the target. Who was stopped, and goes on when the time is over, does not
// begin.
func (s *sender) apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	ctx, cancel := context.WithDeadline(ctx, s.until)
	defer cancel()
	ctx, cancelCall := context.WithTimeout(ctx, callTime)
	defer cancelCall()
	outcomes, err := s.Target.Apply(ctx, changes)
	if err == nil && len(outcomes) != len(changes) {
		err = fmt.Errorf("the directory gave %d outcomes of %d changes", len(outcomes), len(changes))
	}
	return outcomes, err
}

// settle hands out the outcomes and returns what must be tried again. Without
// outcomes that is everything.
func settle(works []*work, changes []directory.Change, outcomes []directory.Outcome, pause time.Duration) ([]*work, []directory.Change, time.Duration) {
	if outcomes == nil {
		return works, changes, pause
	}
	var again []*work
	var rest []directory.Change
	for i, o := range outcomes {
		if o.Verdict == directory.Retry {
			again, rest = append(again, works[i]), append(rest, changes[i])
			pause = max(pause, o.Wait)
			continue
		}
		works[i].take(changes[i], o)
	}
	return again, rest, pause
}

func giveUp(works []*work, changes []directory.Change) {
	for i, w := range works {
		w.take(changes[i], directory.Outcome{
			Verdict: directory.Later, Rule: directory.TargetBusy,
			Message: "the directory asked to try again later, time after time",
		})
	}
}

// lookAgain finds creations that were carried out although no answer came. What
// is found of them is Homeroom's own, and so is whoever the other changes added.
func (s *sender) lookAgain(ctx context.Context, works []*work, changes []directory.Change) error {
	for _, w := range works {
		w.repeated = true
		w.ours = w.ours || w.creates()
	}
	if err := s.adopt(ctx, works); err != nil {
		return err
	}
	for i, w := range works {
		if changes[i].ID = w.id; w.id != "" {
			changes[i].Password = "" // it has one
		}
	}
	return nil
}

// learn settles what changes leave that may have been carried out and were then refused or
// put off. Whether something was deleted the directory tells.
func (s *sender) learn(ctx context.Context, works []*work) error {
	for _, w := range works {
		switch {
		case !w.uncertain():
		case w.step.Action == plan.Delete:
			found, err := s.Target.Find(ctx, w.step.Kind, []string{w.step.Key})
			if err != nil {
				return unanswered(ctx, err)
			}
			w.learnGone(len(found) == 0)
		default:
			w.lose()
		}
	}
	return nil
}

func unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fault.Wrap(err, fault.Unavailable,
		"The directory does not answer. Nothing is lost: run the same command again to go on")
}

// record notes what became of batches.
func (s *sender) record(ctx context.Context, parcels ...*parcel) error {
	answers := make([]ledger.Answer, 0, len(parcels))
	created := make(map[string]string)
	for _, p := range parcels {
		answers = append(answers, s.answer(p, created))
	}
	if err := s.Store.Record(ctx, s.lease, s.run, answers); err != nil {
		return err
	}
	s.met.note(created)
	return nil
}

// answer says what became of a batch, and adds the ids of users that were created.
func (s *sender) answer(p *parcel, created map[string]string) ledger.Answer {
	answer := ledger.Answer{Batch: p.Batch, Entries: make([]ledger.Entry, 0, len(p.works))}
	done := make(plan.Tally)
	today := day(s.Now())
	for _, w := range p.works {
		result := w.result()
		if result.Verdict != directory.Done {
			answer.Short = append(answer.Short, result)
		}
		if result.Verdict == directory.Done || waits(result) {
			answer.Done++
			if !w.step.Approved {
				done.Count(w.step)
			}
		}
		if w.remembered() {
			entry := w.entry()
			if entry.State != directory.Managed {
				entry.Since = today
			}
			answer.Entries = append(answer.Entries, entry)
		}
		if w.createdUser() {
			answer.Links = append(answer.Links, s.secrets.Link(w.step.Key, w.id))
			created[w.step.Key] = w.id
		}
	}
	answer.Tallies = tallies(done, time.Time{})
	return answer
}

// waits reports whether a step was carried out but for a part that waits for another.
func waits(r ledger.Result) bool {
	return r.Verdict == directory.Later && r.Rule == plan.WaitsForUser
}
