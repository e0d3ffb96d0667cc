package ldap

// pace finds out how many connections at once a server works fastest with: some take one
// write after the other, and more of them only wait. It tries more for as long as that
// helps, and fewer when it does not.
type pace struct {
	limit, most int
	up          bool    // the direction of the last step
	rate        float64 // before it
}

// newPace begins with a few.
func newPace(most int) pace { return pace{limit: min(4, most), most: most, up: true} }

// workers is how many should work on so many changes: each has a few, or it is not worth
// a connection.
func (p *pace) workers(changes int) int { return max(1, min(p.limit, (changes+1)/2)) }

// How much faster is faster, and how much slower is slower. Between them, the smaller
// number wins.
const (
	faster = 1.08
	slower = 0.92
)

// learn takes in how many changes so many workers carried out in a second.
func (p *pace) learn(workers, changes int, seconds float64) {
	if workers < p.limit || changes < 4*workers || seconds <= 0 {
		return // too few to tell
	}
	rate := float64(changes) / seconds
	switch {
	case p.rate == 0, p.up && rate > p.rate*faster, !p.up && rate > p.rate*slower:
	default:
		p.up = !p.up
	}
	p.rate = rate
	if p.up {
		p.limit = min(p.most, p.limit*2)
		return
	}
	p.limit = max(1, p.limit-max(1, p.limit/4))
	p.up = p.limit == 1
}

// ease takes in that the server asked for time.
func (p *pace) ease() {
	p.limit, p.rate = max(1, p.limit/2), 0
	p.up = p.limit == 1
}
