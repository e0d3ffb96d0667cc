package notice

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// Outbox keeps notices until they have arrived.
type Outbox interface {
	// NoticesDue reports whether any notice of a tenant is due.
	NoticesDue(ctx context.Context, tenant string, now time.Time) (bool, error)
	// TakeNotices returns notices of a tenant that are due, the oldest first, each as one
	// that was tried once more. They are due again at the second time: whoever took them
	// may be gone by then.
	TakeNotices(ctx context.Context, tenant string, now, again time.Time, limit int) ([]Notice, error)
	// SettleNotice records what became of one.
	SettleNotice(ctx context.Context, tenant string, n Notice) error
}

// Courier brings the notices of a tenant where they are to go.
type Courier struct {
	Outbox Outbox
	Tenant string
	// Channels returns the channels of now. It is asked when there is something to send.
	Channels func(ctx context.Context) ([]Channel, error)
	Now      func() time.Time
	Random   func() float64 // at least 0, less than 1
	Log      *slog.Logger
}

const (
	// patience is for how long a notice is tried.
	patience = 24 * time.Hour
	// firstPause is that after the first try. Each one is twice as long as the one before.
	firstPause   = 30 * time.Second
	longestPause = 2 * time.Hour
	// taken is for how long nobody else takes a notice that somebody took. Whatever can
	// be sent is sent within it.
	taken = 2 * time.Minute
	// round is how many notices are taken at once.
	round = 4
)

// Deliver sends all that is due, and returns when that is done or the context ends. A
// notice that does not arrive is no error: it is tried again later.
func (c *Courier) Deliver(ctx context.Context) error {
	for ctx.Err() == nil {
		now := c.Now()
		due, err := c.Outbox.NoticesDue(ctx, c.Tenant, now)
		if err != nil || !due {
			return err
		}
		channels, err := c.Channels(ctx)
		if err != nil {
			return err // nothing was taken: it was no try
		}
		notices, err := c.Outbox.TakeNotices(ctx, c.Tenant, now, now.Add(taken), round)
		if err != nil || len(notices) == 0 {
			return err
		}
		for _, n := range notices {
			if ctx.Err() != nil {
				return nil
			}
			if err := c.deliver(ctx, channels, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliver sends one notice and records what became of it.
func (c *Courier) deliver(ctx context.Context, channels []Channel, n Notice) error {
	answer, err := send(ctx, channels, n)
	if ctx.Err() != nil && err != nil {
		return nil // the process ends; that is no answer
	}
	n = after(n, answer, err, c.Now(), c.Random())
	log := c.Log.With("notice", n.ID, "channel", n.Channel, "kind", string(n.Event.Kind), "run", n.Event.Run, "tries", n.Tries, "answer", n.Answer)
	switch n.State {
	case Sent:
		log.Info("notice sent")
	case GivenUp:
		log.Error("notice given up")
	case Waiting:
		log.Warn("notice not sent yet", "again", n.Due)
	}
	return c.Outbox.SettleNotice(context.WithoutCancel(ctx), c.Tenant, n)
}

func send(ctx context.Context, channels []Channel, n Notice) (string, error) {
	for _, channel := range channels {
		if channel.Name == n.Channel {
			ctx, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			return channel.Sender.Send(ctx, n)
		}
	}
	return "", &Refusal{Answer: "the channel is no longer configured", Never: true}
}

// maxAnswer is how much is kept of what came back, in bytes.
const maxAnswer = 300

// after returns what becomes of a notice that was tried just now, with an answer or an
// error. The random number is at least 0 and less than 1.
func after(n Notice, answer string, err error, now time.Time, random float64) Notice {
	if err == nil {
		n.State, n.Answer, n.Due, n.Ended = Sent, answer, time.Time{}, now
		return n
	}
	n.Answer = shortened(err.Error())
	wait := pause(n.Tries, random)
	refusal, ok := errors.AsType[*Refusal](err)
	if ok {
		wait = max(wait, min(refusal.After, patience/2))
	}
	n.Due = now.Add(wait)
	if ok && refusal.Never || n.Due.Sub(n.Created) > patience {
		n.State, n.Due, n.Ended = GivenUp, time.Time{}, now
	}
	return n
}

func shortened(text string) string {
	if len(text) <= maxAnswer {
		return text
	}
	return strings.ToValidUTF8(text[:maxAnswer], "") + "…"
}

// pause is how long to wait after so many tries: twice as long each time, and by chance up
// to half less, so that what failed together is not tried together.
func pause(tries int, random float64) time.Duration {
	wait := longestPause
	if n := tries - 1; n < 16 {
		wait = min(firstPause<<max(n, 0), longestPause)
	}
	return wait/2 + time.Duration(random*float64(wait/2))
}

// Try sends a notice to one channel that says that it is a test, and returns what came
// back.
func Try(ctx context.Context, c Channel, id string, e Event) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	e.Kind = Test
	answer, err := c.Sender.Send(ctx, Notice{ID: id, Channel: c.Name, Event: e, State: Waiting, Created: e.Ended, Tries: 1})
	return answer, fault.Wrap(err, fault.Unavailable, "%s", c.Name)
}
