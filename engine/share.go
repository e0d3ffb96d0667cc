package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// Crew are servers that work with the same database and take part in each other's runs.
type Crew interface {
	// Call lets them know, the owner's server included, that so many more batches of a
	// run can be taken, by a Hand. Nothing depends on whether they hear it: batches that
	// nobody takes, the owner of the run carries out.
	Call(ctx context.Context, lease ledger.Lease, run int64, batches int) error
	// Seal encrypts what comes with a batch, and Open decrypts it on any of them.
	Seal(run int64, batch int, plain []byte) []byte
	Open(run int64, batch int, sealed []byte) ([]byte, error)
}

const (
	// worthSharing is how many batches a run has that others are called to.
	worthSharing = 4
	// openBatches is how many batches are handed out and not answered at most: one for
	// whoever may come, and no more than can be cleared up soon.
	openBatches = 32
	// handful is how many are handed out together.
	handful = 8
	// lookEvery is how often the owner looks how far the others are, and quietLooks how
	// often it sees that nobody takes any of the batches before it does.
	lookEvery  = firstPause / 8
	quietLooks = 20
)

// handing is how the owner of a run hands out its batches.
type handing struct {
	*sender
	total   int
	reached int             // the last step that is behind the run
	last    ledger.Batch    // that was made
	ready   []ledger.Handed // to be handed out next
	free    int             // batches that nobody had taken at the last look
	quiet   int             // how often nobody had taken any since the look before
}

// applyShared sends the steps of a run behind the last batch, together with the crew. A batch
// is handed out when all that it may rest on is recorded: steps of one phase do not depend
// on each other, and the next phase waits for the end of the one before.
func (s *sender) applyShared(ctx context.Context, last ledger.Batch, total int) (reached int, err error) {
	h := &handing{sender: s, total: total, reached: last.Last, last: last}
	err = h.all(ctx)
	return h.reached, err
}

func (h *handing) all(ctx context.Context) error {
	var before *plan.Step
	for steps, err := range h.batches(ctx, h.last.Last+1) {
		if err != nil {
			return err
		}
		if before != nil && !before.SamePhase(&steps[0]) {
			if err := h.handOut(ctx, 0); err != nil {
				return err
			}
		}
		before = &steps[0]
		if err := h.add(ctx, steps); err != nil {
			return err
		}
	}
	return h.handOut(ctx, 0)
}

// add makes a batch of steps, and hands it out with others. Passwords that stand in the
// roster go from here to the directory and nowhere else.
func (h *handing) add(ctx context.Context, steps []plan.Step) error {
	batch := ledger.Batch{Number: h.last.Number + 1, First: h.last.Last + 1, Last: steps[len(steps)-1].Seq}
	if slices.ContainsFunc(steps, func(s plan.Step) bool { return s.Set[directory.PasswordFrom].To == "roster" }) {
		if err := h.handOut(ctx, openBatches); err != nil {
			return err
		}
		h.last = batch
		return h.send(ctx, batch, steps, false)
	}
	h.last = batch
	secrets, err := h.sealed(batch.Number, steps)
	if err != nil {
		return err
	}
	if h.ready = append(h.ready, ledger.Handed{Batch: batch, Secrets: secrets}); len(h.ready) < handful {
		return nil
	}
	return h.handOut(ctx, openBatches-handful)
}

// handOut hands out what is ready, calls the crew, and returns when so many batches are left
// that have no answer.
func (h *handing) handOut(ctx context.Context, left int) error {
	if len(h.ready) > 0 {
		if err := h.Store.HandOut(ctx, h.lease, h.run, h.ready); err != nil {
			return err
		}
		if err := h.Crew.Call(ctx, h.lease, h.run, len(h.ready)); err != nil {
			h.Log.WarnContext(ctx, "other servers cannot be called to a run", "run", h.run, "error", err)
		}
		h.ready = h.ready[:0]
	}
	for {
		open, err := h.Store.Unanswered(ctx, h.Scope.Tenant, h.run)
		if err != nil {
			return err
		}
		if h.reached = h.last.Last; len(open) > 0 {
			h.reached = open[0].First - 1
		}
		h.Progress.tell(Applying, h.reached, h.total)
		if len(open) <= left {
			return nil
		}
		if err := h.workOrWait(ctx, len(open)); err != nil {
			return err
		}
	}
}

// workOrWait waits for those who take the batches that are open. Where nobody takes any for
// a while, it works on one itself: then nobody hears of them.
func (h *handing) workOrWait(ctx context.Context, open int) error {
	others, err := h.Store.TakenByOthers(ctx, h.Scope.Tenant, h.run)
	if err != nil {
		return err
	}
	free := open - others
	if free < h.free {
		h.quiet = 0
	} else if free > 0 {
		h.quiet++
	}
	if h.free = free; h.quiet >= quietLooks {
		took, err := h.takeNext(ctx)
		if h.free--; err != nil || took {
			return err
		}
	}
	return h.Wait(ctx, lookEvery)
}

// handed is what comes with a batch, by the keys of users: what no plan holds.
type handed map[string]handedUser

type handedUser struct {
	Password string              `json:"password,omitempty"`
	Contacts []directory.Contact `json:"contacts,omitempty"`
	Link     *ledger.Link        `json:"link,omitempty"` // of a user who is to be created
}

// sealed returns what steps need and no plan holds, encrypted; nil when that is nothing.
func (s *sender) sealed(batch int, steps []plan.Step) ([]byte, error) {
	all := make(handed)
	for i := range steps {
		step := &steps[i]
		if step.Kind != directory.User {
			continue
		}
		var user handedUser
		if step.Set[directory.RelatedContacts].To != "" {
			user.Contacts = s.secrets.Contacts(step.Key)
		}
		if step.Action == plan.Create {
			link := s.secrets.Link(step.Key, "")
			user.Password, user.Link = string(s.secrets.Password(step.Key)), &link
		}
		if user.Link != nil || len(user.Contacts) > 0 {
			all[step.Key] = user
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(all) //nolint:gosec // it is encrypted at once
	if err != nil {
		return nil, err
	}
	return s.Crew.Seal(s.run, batch, plain), nil
}

// unseal returns what came with a batch.
func (e *Engine) unseal(run int64, batch ledger.Handed) (handed, error) {
	if batch.Secrets == nil {
		return nil, nil
	}
	plain, err := e.Crew.Open(run, batch.Number, batch.Secrets)
	if err != nil {
		return nil, err
	}
	var all handed
	if err := json.Unmarshal(plain, &all); err != nil {
		return nil, fmt.Errorf("reading what came with batch %d of run %d: %w", batch.Number, run, err)
	}
	return all, nil
}

func (h handed) Password(user string) directory.Secret    { return directory.Secret(h[user].Password) }
func (h handed) Contacts(user string) []directory.Contact { return h[user].Contacts }

func (h handed) Link(user, id string) ledger.Link {
	link := h[user].Link
	if link == nil {
		return noSecrets{}.Link(user, id)
	}
	made := *link
	made.ID = id
	return made
}
