package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// Reuse says what is done with a class group whose id the roster gives to another class
// than before (rules 3, "Id reuse").
type Reuse struct {
	Default Choice // where nobody decided; "" is HoldReused
	// Decided returns what somebody decided of the object with the key, which stands for
	// the school years from then on; "" for nothing. It may be nil.
	Decided func(key, years string) Choice
	// Expiry marks what is out of use.
	Expiry directory.Expiry
	// Taken reports whether the ledger knows an object of the kind by the key.
	Taken func(kind directory.Kind, key string) bool
}

// Choice is what is done with an object whose id was given to another class.
type Choice string

// The choices.
const (
	HoldReused Choice = "hold" // nothing, until somebody decides
	SameClass  Choice = "same" // it is the same class: its group goes on
	NewClass   Choice = "new"  // it is another one: the group goes out of use, and a new one is made
)

// IDReused is the rule by which an object is held until somebody decides whether it still
// stands for the same class. No approval lifts it.
const IDReused = "IdReused"

// enoughStudents is how many students a class must have had for it to say something that
// none of them is in it any more.
const enoughStudents = 5

// reused says why the id of an object seems to be another class's now, "" when it does
// not.
func (o object) reused() string {
	if o.want.Kind != directory.ClassGroup {
		return ""
	}
	before, now := yearsOf(o.have.Attributes), yearsOf(o.want.Attributes)
	if len(before) > 0 && len(now) > 0 {
		if slices.ContainsFunc(now, func(year string) bool { return slices.Contains(before, year) }) {
			return ""
		}
		return fmt.Sprintf("the group was made for a class of the school year %s, and the roster gives its id to one of %s",
			strings.Join(before, ", "), strings.Join(now, ", "))
	}
	former := minus(o.have.Members, o.have.Owners)
	if o.have.State != directory.Retired || len(former) < enoughStudents || slices.ContainsFunc(former, o.isIn) {
		return ""
	}
	return "the class was gone from the roster, and now that its id is back, none of its former students is in it"
}

// isIn reports whether the roster has the user in the class, as far as it could be read.
func (o object) isIn(user string) bool {
	return contains(o.want.Members, user) || contains(o.want.Keep.Members, user)
}

func yearsOf(a directory.Attributes) []string { return directory.Items(a[directory.SchoolYears]) }

// choose returns what is done with an object whose id was given to another class, and
// whether somebody decided that.
func (p *Plan) choose(o object) (choice Choice, decided bool) {
	if p.reuse.Decided != nil {
		if choice = p.reuse.Decided(o.want.Key, o.want.Attributes[directory.SchoolYears]); choice != "" {
			return choice, true
		}
	}
	return p.reuse.Default, false
}

// comeBack plans what is done with an object whose id seems to be another class's now.
func (p *Plan) comeBack(o object, why string, count *ObjectSummary) {
	switch choice, decided := p.choose(o); choice {
	case SameClass:
		p.update(o, count)
	case NewClass:
		p.expire(o.have, decided, count)
		p.create(o.want, count)
	case HoldReused, "":
		p.doubt(o, why, count)
	}
}

// doubt keeps an object as it is until somebody decides.
func (p *Plan) doubt(o object, why string, count *ObjectSummary) {
	w, h := o.want, o.have
	if h.State == directory.Managed {
		count.Unchanged++
		p.Kept.Objects++
	}
	step := Step{Action: Update, Kind: w.Kind, Key: w.Key, ID: h.ID, Why: w.Why, Org: w.Org, Held: &Hold{Rule: IDReused, Message: why}}
	if years := w.Attributes[directory.SchoolYears]; years != "" {
		step.Set = map[string]Delta{directory.SchoolYears: {From: h.Attributes[directory.SchoolYears], To: years}}
	}
	p.add(&step)
}

// expire plans to give an object names that say that it is out of use, so that another
// one can bear its own. Who decided that has let it pass the guard.
func (p *Plan) expire(h *directory.Have, decided bool, count *ObjectSummary) {
	key := p.freeKey(h)
	step := Step{Action: Update, Kind: h.Kind, Key: key, ID: h.ID, Org: h.Org, Set: make(map[string]Delta), Approved: decided}
	for name, value := range p.reuse.Expiry.Names(h.Kind, key, h.Attributes) {
		step.Set[name] = Delta{From: h.Attributes[name], To: value}
	}
	step.Set[directory.AnchorID] = Delta{From: h.Key, To: key}
	if h.State == directory.Managed {
		count.Retired++
	}
	p.add(&step)
}

// freeKey returns the key of an object that goes out of use. Where another object that
// went out of use in the same month has it, a number follows.
func (p *Plan) freeKey(h *directory.Have) string {
	first := p.reuse.Expiry.Key(h.Key)
	key := first
	for n := 2; p.given[key] || p.reuse.Taken != nil && p.reuse.Taken(h.Kind, key); n++ {
		key = fmt.Sprintf("%s_%d", first, n)
	}
	p.given[key] = true
	return key
}
