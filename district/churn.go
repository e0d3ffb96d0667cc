package district

import (
	"math"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// Churn says how much of a roster is another one: of the people, of the classes,
// and of the enrollments between people and classes that stay. A share is of
// those of the roster without churn.
//
//   - created: people with a role and enrollments; classes with enrollments;
//     enrollments of people and in classes that were there.
//   - deleted: absent, with all that hangs on them.
//   - changed: another family name; another title; of an enrollment another class in
//     the same subject or, for staff, another role and a later begin.
type Churn struct {
	Created, Deleted, Changed Amount
}

// Amount is a number, or a share.
type Amount struct {
	number  int
	million int // parts of a million; used where it is not 0
}

// of returns how many of n the amount is.
func (a Amount) of(n int) int {
	if a.million == 0 {
		return a.number
	}
	return (n*a.million + 500_000) / 1_000_000
}

// ParseChurn reads "created=1%,deleted=1%,changed=5%": any of the three, each a
// share or a number. An empty text is no churn.
func ParseChurn(text string) (Churn, error) {
	var c Churn
	if text == "" {
		return c, nil
	}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(text, ",") {
		word, value, _ := strings.Cut(part, "=")
		word = strings.TrimSpace(word)
		amount, ok := parseAmount(strings.TrimSpace(value))
		switch word {
		case "created":
			c.Created = amount
		case "deleted":
			c.Deleted = amount
		case "changed":
			c.Changed = amount
		default:
			ok = false
		}
		if !ok || seen[word] {
			return Churn{}, fault.New(fault.Invalid,
				"%q is no churn. Give shares or numbers of what is created, deleted and changed, each once, such as created=1%%,deleted=1%%,changed=5%%.", text)
		}
		seen[word] = true
	}
	return c, nil
}

func parseAmount(text string) (Amount, bool) {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.ParseFloat(share, 64)
		return Amount{million: int(math.Round(percent * 10_000))}, err == nil && percent >= 0 && percent <= 100
	}
	n, err := strconv.Atoi(text)
	return Amount{number: n}, err == nil && n >= 0 && n <= mostRecords
}

// fate is what churn does to a record.
type fate int

const (
	stays fate = iota
	goes
	changes
)

// draw draws from n records those that go and those that change: exactly so many
// of each, spread over all, and without remembering any. Record i is the
// (i·step + shift)-th that is drawn; as step and n have no common divisor, every
// record has a turn of its own.
type draw struct{ n, step, shift, deleted, changed int }

func newDraw(c chance, about, n, deleted, changed int) draw {
	d := draw{n: n, deleted: deleted, changed: changed}
	if n == 0 {
		return d
	}
	d.shift = c.pick(askChange, 2*about, n)
	d.step = 1 + c.pick(askChange, 2*about+1, n)
	for gcd(d.step, n) != 1 {
		d.step++
	}
	return d
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (d draw) fate(i int) fate {
	switch turn := (i*d.step + d.shift) % d.n; {
	case turn < d.deleted:
		return goes
	case turn < d.deleted+d.changed:
		return changes
	default:
		return stays
	}
}

// picks reports whether a record is drawn, where nothing is said of those that
// are not.
func (d draw) picks(i int) bool { return d.fate(i) == goes }
