package engine_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing/synctest"
)

// conductor lets one goroutine at a time have an effect, and only when all others wait:
// for their turn, for each other, or for time to pass. So what happens between effects does
// not matter, and dice alone say in which order they come: one seed, one course of events.
type conductor struct {
	dice    *rand.Rand
	wishes  chan wish
	stopped chan struct{} // closed when it is to go home
}

// wish is for an effect, which may begin when its channel is closed.
type wish struct {
	effect string
	begin  chan struct{}
}

// startConductor starts a conductor, in a bubble of synctest. stop ends it.
func startConductor(seed uint64) (c *conductor, stop func()) {
	c = &conductor{rand.New(rand.NewPCG(seed, 2)), make(chan wish), make(chan struct{})}
	go c.conduct()
	return c, func() { close(c.stopped) }
}

// turn waits until an effect may begin.
func (c *conductor) turn(effect string) {
	w := wish{effect, make(chan struct{})}
	c.wishes <- w
	<-w.begin
}

func (c *conductor) conduct() {
	for {
		select {
		case first := <-c.wishes:
			c.grant([]wish{first})
		case <-c.stopped:
			return
		}
	}
}

// grant grants wishes, and those that come up meanwhile.
func (c *conductor) grant(wishes []wish) {
	for len(wishes) > 0 {
		synctest.Wait()
		for more := true; more; {
			select {
			case w := <-c.wishes:
				wishes = append(wishes, w)
			default:
				more = false
			}
		}
		slices.SortFunc(wishes, func(a, b wish) int { return cmp.Compare(a.effect, b.effect) })
		next := c.dice.IntN(len(wishes))
		close(wishes[next].begin)
		wishes = slices.Delete(wishes, next, next+1)
	}
}
