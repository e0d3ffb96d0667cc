package notice

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// box is an outbox in memory. What is stored is the store's affair, and tested there.
type box struct{ notices []Notice }

func (b *box) NoticesDue(_ context.Context, _ string, now time.Time) (bool, error) {
	return slices.ContainsFunc(b.notices, func(n Notice) bool { return n.State == Waiting && !n.Due.After(now) }), nil
}

func (b *box) TakeNotices(_ context.Context, _ string, now, again time.Time, limit int) ([]Notice, error) {
	var taken []Notice
	for i := range b.notices {
		n := &b.notices[i]
		if n.State == Waiting && !n.Due.After(now) && len(taken) < limit {
			n.Due, n.Tries = again, n.Tries+1
			taken = append(taken, *n)
		}
	}
	return taken, nil
}

func (b *box) SettleNotice(ctx context.Context, _ string, n Notice) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	i := slices.IndexFunc(b.notices, func(other Notice) bool { return other.ID == n.ID })
	b.notices[i] = n
	return nil
}

// receiver answers as it is told, the last answer again and again.
type receiver struct {
	answers []error
	times   []time.Time
	now     func() time.Time
}

func (r *receiver) Send(ctx context.Context, _ Notice) (string, error) {
	r.times = append(r.times, r.now())
	if until, limited := ctx.Deadline(); !limited || time.Until(until) > callTime {
		return "", errors.New("a call may last for ever")
	}
	err := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	return "thanks", err
}

// courier returns one of a notice that a receiver gets, and the clock that it goes by.
func courier(answers ...error) (*Courier, *box, *receiver, *time.Time) {
	now := began
	clock := func() time.Time { return now }
	to := &receiver{answers: answers, now: clock}
	out := &box{notices: []Notice{{ID: "n1", Channel: "it", State: Waiting, Created: began, Due: began, Event: shrunk()}}}
	return &Courier{
		Outbox: out, Tenant: "5e1f", Channels: channels("it", to), Now: clock,
		Random: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	}, out, to, &now
}

func channels(name string, to Sender) func(context.Context) ([]Channel, error) {
	return func(context.Context) ([]Channel, error) { return []Channel{{Name: name, Sender: to}}, nil }
}

// goOn lets time go by from one try to the next until the notice waits no longer.
func goOn(t *testing.T, c *Courier, out *box, now *time.Time) Notice {
	t.Helper()
	for range 100 {
		if err := c.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := out.notices[0]
		if n.State != Waiting {
			return n
		}
		*now = n.Due
	}
	t.Fatal("the notice waits for ever")
	return Notice{}
}

var errDown = errors.New("connection refused")

func TestDelivered(t *testing.T) {
	c, out, to, now := courier(errDown, &Refusal{Answer: "503", After: time.Hour}, nil)
	n := goOn(t, c, out, now)
	if n.State != Sent || n.Tries != 3 || n.Answer != "thanks" || !n.Due.IsZero() || n.Ended != *now {
		t.Errorf("%+v", n)
	}
	first := 22500 * time.Millisecond // three quarters of the first pause
	if diff := cmp.Diff([]time.Time{began, began.Add(first), began.Add(first + time.Hour)}, to.times); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
	if err := c.Deliver(t.Context()); err != nil || len(to.times) != 3 {
		t.Errorf("it was sent again: %v", err)
	}
}

// A receiver that is down is tried for a day, less and less often.
func TestGivenUp(t *testing.T) {
	c, out, to, now := courier(errDown)
	n := goOn(t, c, out, now)
	if n.State != GivenUp || n.Answer != errDown.Error() {
		t.Errorf("%+v", n)
	}
	over := n.Ended.Sub(began)
	if over < patience-longestPause || over > patience || len(to.times) < 15 || len(to.times) > 30 {
		t.Errorf("given up after %s and %d tries", over, len(to.times))
	}
}

// Some answers end it at once, and one that asks for more patience than we have does not.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		name  string
		err   error
		state State
		after time.Duration
	}{
		{"gone", &Refusal{Answer: "410 Gone", Never: true}, GivenUp, 0},
		{"in a year", &Refusal{Answer: "503", After: 365 * 24 * time.Hour}, Waiting, 12 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, out, _, _ := courier(test.err)
			if err := c.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			n := out.notices[0]
			if n.State != test.state || n.State == Waiting && n.Due.Sub(began) != test.after {
				t.Errorf("%+v", n)
			}
		})
	}
	c, out, to, _ := courier(nil)
	c.Channels = channels("another", to)
	if err := c.Deliver(t.Context()); err != nil || out.notices[0].State != GivenUp || len(to.times) > 0 {
		t.Errorf("a channel that is no longer configured: %+v, %v", out.notices[0], err)
	}
}

// A process that ends in the middle of a call says nothing of it: the next one sends it
// again, with the same id.
func TestStopped(t *testing.T) {
	c, out, to, now := courier(nil)
	ctx, cancel := context.WithCancel(t.Context())
	c.Channels = channels("it", stopping{to, cancel, false})
	if err := c.Deliver(ctx); err != nil || out.notices[0].State != Waiting || out.notices[0].Answer != "" || out.notices[0].Due != now.Add(taken) {
		t.Fatalf("%+v, %v", out.notices[0], err)
	}
	c.Channels = channels("it", to)
	if err := c.Deliver(t.Context()); err != nil || out.notices[0].State != Waiting {
		t.Errorf("it is sent while somebody else may be about it: %+v, %v", out.notices[0], err)
	}
	*now = now.Add(taken)
	if err := c.Deliver(t.Context()); err != nil || out.notices[0].State != Sent || out.notices[0].Tries != 2 {
		t.Errorf("it is not sent again: %+v, %v", out.notices[0], err)
	}
}

// stopping sends, and ends the process before the answer is there.
type stopping struct {
	Sender
	stop     func()
	answered bool // the answer was there already
}

func (s stopping) Send(ctx context.Context, n Notice) (string, error) {
	_, _ = s.Sender.Send(ctx, n)
	s.stop()
	if s.answered {
		return "thanks", nil
	}
	return "", ctx.Err()
}

// An answer that came while the process was told to end is kept: nobody gets it twice.
func TestStoppedAfterTheAnswer(t *testing.T) {
	c, out, to, _ := courier(nil)
	ctx, cancel := context.WithCancel(t.Context())
	c.Channels = channels("it", stopping{to, cancel, true})
	if err := c.Deliver(ctx); err != nil || out.notices[0].State != Sent {
		t.Errorf("%+v, %v", out.notices[0], err)
	}
}

// Of what a receiver says little is kept, and never half a letter.
func TestLongAnswer(t *testing.T) {
	c, out, _, _ := courier(errors.New(strings.Repeat("ä", 1000)))
	if err := c.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if answer := out.notices[0].Answer; answer != strings.Repeat("ä", maxAnswer/2)+"…" {
		t.Errorf("the answer is %q", answer)
	}
}

func TestPause(t *testing.T) {
	for tries, want := range map[int]time.Duration{1: 30 * time.Second, 2: time.Minute, 8: 64 * time.Minute, 9: 2 * time.Hour, 100: 2 * time.Hour} {
		if least, most := pause(tries, 0), pause(tries, 0.999); least != want/2 || most <= want/2 || most > want {
			t.Errorf("after %d tries: from %s to %s", tries, least, most)
		}
	}
}

// As long as nobody knows where notices go, such as before a server was given the file that
// says so, no try is made and none is counted.
func TestDeliverWithoutChannels(t *testing.T) {
	c, out, to, now := courier(nil)
	known := c.Channels
	c.Channels = func(context.Context) ([]Channel, error) { return nil, errors.New("the file is not at hand") }
	for range 3 {
		if err := c.Deliver(t.Context()); err == nil {
			t.Error("it was delivered nowhere")
		}
		*now = now.Add(patience)
	}
	if n := out.notices[0]; n.Tries != 0 || n.State != Waiting || len(to.times) > 0 {
		t.Errorf("it is %+v, after %d calls", n, len(to.times))
	}
	c.Channels = known
	if err := c.Deliver(t.Context()); err != nil || out.notices[0].State != Sent {
		t.Errorf("once it is: %+v, %v", out.notices[0], err)
	}
}
