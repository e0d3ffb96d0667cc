package plan

import (
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/directory"
)

// Input is what a plan is made from. Every stream comes in the byte order of
// the keys; one that does not is an error, since a merge would take it for
// millions of leavers.
type Input struct {
	// Want is what the flows ask for, within a span of keys.
	Want func(directory.Kind, directory.Span) iter.Seq[directory.Want]
	// Before is what the settings of earlier runs would ask for, of the same
	// roster; empty when they are the same. What one of them still asks for was not
	// taken away by the roster, and is released, not removed.
	Before []func(directory.Kind, directory.Span) iter.Seq[directory.Want]
	// Widest is what a roster can support of one object at most, whatever the
	// settings; nil when it supports nothing. When an object that was released is
	// wanted again, the settings that released it are long forgotten: who is still
	// supported was not taken away by the roster.
	Widest func(directory.Kind, string) *directory.Want
	// Have is the ledger.
	Have func(directory.Kind, directory.Span) iter.Seq2[directory.Have, error]
	// Still are the stretches of a kind, in order, of which the flows still ask the
	// same; nil when none is known. Only a plan about everything, of settings that
	// have not changed, may leave them out.
	Still func(directory.Kind) ([]Stretch, error)
	// HasRole reports whether the person with the key has an active role, or may have
	// one; nil when everybody has.
	HasRole func(user string) bool
	// Successors returns who owns a retired object, by its organization and its key, in
	// place of owners without a role, and who stays in it whatever the roster says; nil
	// when such owners are kept.
	Successors func(org, key string) (owners, pinned []string)
	// Excluded reports whether the settings say that the object with the key is never
	// wanted; nil when none is. Such an object is released, and so is such a person in
	// any group, whatever the roster says.
	Excluded func(directory.Kind, string) bool
	// Only reports whether an object, of the organization or of none, is in the part
	// that the plan is about; nil when it is about everything.
	Only func(kind directory.Kind, key, org string) bool
	// Reuse says what is done with class groups whose ids the roster gives to other
	// classes; nil when they are taken for the same.
	Reuse *Reuse
	// Moved reports whether the person with the key has, or gets, another
	// directory user than before; nil when nobody has. What the ledger knows of
	// such a person is about a user that is gone, and is forgotten.
	Moved func(user string) bool
}

// Compute returns what has to change. Nothing is held yet: see Guard.
func Compute(in Input) (*Plan, error) {
	p := newPlan(in)
	for _, kind := range directory.Kinds() {
		if err := p.computeKind(kind, in); err != nil {
			return nil, fmt.Errorf("planning %ss: %w", kind, err)
		}
	}
	p.sortSkipped()
	return p, nil
}

func newPlan(in Input) *Plan {
	p := &Plan{
		summary: Summary{Objects: make(map[directory.Kind]ObjectSummary)},
		ledger:  make(Tally), planned: make(Tally), given: make(map[string]bool),
		hasRole: in.HasRole, successors: in.Successors, excluded: in.Excluded, moved: in.Moved, widest: in.Widest, reuse: in.Reuse,
	}
	if p.excluded == nil {
		p.excluded = func(directory.Kind, string) bool { return false }
	}
	return p
}

// object is one object from all sides. What a side does not know is nil.
type object struct {
	want   *directory.Want
	before []*directory.Want // of those settings that ask for it
	have   *directory.Have
}

// in reports whether the plan is about the object.
func (o object) in(part func(directory.Kind, string, string) bool, kind directory.Kind, key string) bool {
	return part == nil ||
		o.want != nil && part(kind, key, o.want.Org) ||
		o.have != nil && part(kind, key, o.have.Org)
}

// computeKind compares all objects of one kind that are in no stretch.
func (p *Plan) computeKind(kind directory.Kind, in Input) error {
	passed, err := p.passAll(kind, in)
	if err != nil {
		return err
	}
	for _, gap := range Gaps(passed) {
		if err := p.computeSpan(kind, gap, in); err != nil {
			return err
		}
	}
	return nil
}

// passAll counts the stretches of a kind, and returns where they lie.
func (p *Plan) passAll(kind directory.Kind, in Input) ([]directory.Span, error) {
	if in.Still == nil {
		return nil, nil
	}
	still, err := in.Still(kind)
	spans := make([]directory.Span, 0, len(still))
	for i := range still {
		if p.mayPass(&still[i]) {
			p.pass(kind, &still[i])
			spans = append(spans, still[i].Span)
		}
	}
	return spans, err
}

// computeSpan merges the streams of one kind within a span.
func (p *Plan) computeSpan(kind directory.Kind, span directory.Span, in Input) error {
	m := newMerge(kind, in, span)
	defer m.stop()
	values := make(map[string]int) // in the ledger, by attribute
	for {
		key, o, more := m.next()
		if !more {
			break
		}
		chosen := o.in(in.Only, kind, key)
		if o.have != nil {
			p.ledger.countHave(o.have, values)
			o.have = p.forget(o.have)
		}
		if chosen {
			p.compare(kind, o)
		}
	}
	p.countValues(kind, values)
	return m.err()
}

func (p *Plan) countValues(kind directory.Kind, values map[string]int) {
	for name, n := range values {
		p.ledger.Add(clearingOne(kind, name), "", n)
	}
}

// Forgotten is what the ledger is to forget of an object before the plan is
// carried out: all of it, or owners and members.
type Forgotten struct {
	Kind            directory.Kind
	Key             string
	State           directory.State
	Whole           bool
	Owners, Members []string
}

// forget returns a record without the people whose user is another one now, nil
// when it is the record of such a person.
func (p *Plan) forget(h *directory.Have) *directory.Have {
	if p.moved == nil {
		return h
	}
	f := Forgotten{Kind: h.Kind, Key: h.Key, State: h.State, Whole: h.Kind == directory.User && p.moved(h.Key)}
	f.Owners, f.Members = filter(h.Owners, p.moved), filter(h.Members, p.moved)
	if f.Whole || len(f.Owners)+len(f.Members) > 0 {
		p.Forgotten = append(p.Forgotten, f)
	}
	if f.Whole {
		return nil
	}
	h.Owners, h.Members = minus(h.Owners, f.Owners), minus(h.Members, f.Members)
	h.StrangeOwners, h.StrangeMembers = minus(h.StrangeOwners, f.Owners), minus(h.StrangeMembers, f.Members)
	h.Lost.Owners, h.Lost.Members = minus(h.Lost.Owners, f.Owners), minus(h.Lost.Members, f.Members)
	h.ReleasedOwners = minus(h.ReleasedOwners, filter(h.ReleasedOwners, p.moved))
	h.ReleasedMembers = minus(h.ReleasedMembers, filter(h.ReleasedMembers, p.moved))
	return h
}

func filter(users []string, keep func(string) bool) []string {
	var out []string
	for _, user := range users {
		if keep(user) {
			out = append(out, user)
		}
	}
	return out
}

// compare adds what has to change about one object.
//
//	flows want it | ledger has it | what is planned
//	no            | no            | nothing
//	no            | yes, managed  | release if the last settings still ask for it, else retire
//	no            | yes, not      | nothing
//	kept          | either        | nothing, but for what is refused or in doubt
//	yes           | no            | create; a user who is there already: update
//	yes           | yes           | update what differs, remove what is gone
//	yes, another  | yes           | nothing, or one is put out of use and another created; see Reuse
func (p *Plan) compare(kind directory.Kind, o object) {
	count := p.summary.Objects[kind]
	switch {
	case o.want == nil && o.have == nil:
	case o.want == nil:
		p.tellLeavers(o)
		p.dismiss(o, &count)
	case o.want.Keep.Object:
		p.keep(o, &count)
	case o.have == nil:
		p.create(o.want, &count)
	case o.reused() != "" && p.reuse != nil:
		p.comeBack(o, o.reused(), &count)
	default:
		if o.have.State == directory.Released && p.widest != nil {
			o.before = nil
			if widest := p.widest(kind, o.want.Key); widest != nil {
				o.before = append(o.before, widest)
			}
		}
		p.update(o, &count)
	}
	p.summary.Objects[kind] = count
}

// dismiss lets go of an object that is no longer wanted.
func (p *Plan) dismiss(o object, count *ObjectSummary) {
	if o.have.State != directory.Managed {
		return
	}
	step := Step{Action: Retire, Kind: o.have.Kind, Key: o.have.Key, ID: o.have.ID, Org: o.have.Org}
	switch {
	case len(o.before) > 0:
		step.Action, step.Why = Release, o.before[0].Why
		count.Released++
	case p.excluded(step.Kind, step.Key):
		step.Action = Release
		count.Released++
	default:
		count.Retired++
	}
	p.add(&step)
}

// keep leaves an object as it is, and says why if a person can do something.
func (p *Plan) keep(o object, count *ObjectSummary) {
	w := o.want
	if o.have != nil && o.have.State == directory.Managed {
		count.Unchanged++
		p.Kept.Objects++
	}
	switch {
	case w.Doubt != "":
		p.add(&Step{
			Action: Update, Kind: w.Kind, Key: w.Key, ID: w.ID, Why: w.Why, Org: w.Org,
			Held: &Hold{Rule: w.Doubt, Message: w.Detail},
		})
	case w.Refused != "":
		p.skip(Skip{Kind: w.Kind, Key: w.Key, Reason: w.Refused, Record: w.Record, Org: w.Org, Detail: w.Detail})
	}
}

// create plans an object that the ledger does not know. A user who was matched
// is there already and is only written to.
func (p *Plan) create(w *directory.Want, count *ObjectSummary) {
	step := Step{Action: Create, Kind: w.Kind, Key: w.Key, ID: w.ID, Why: w.Why, Org: w.Org, Set: make(map[string]Delta)}
	if w.Kind != directory.User && len(w.Members) == 0 {
		// Of organizations without members there are many, and none is missed.
		if w.Kind == directory.ClassGroup {
			p.skip(Skip{Kind: w.Kind, Key: w.Key, Reason: noProvisionedMember, Record: w.Record, Org: w.Org})
		}
		return
	}
	sources := []directory.Attributes{w.Attributes, w.CreateOnly, w.AddOnly}
	if w.ID != "" {
		step.Action = Update
		sources = sources[:1]
		count.Update++
	} else {
		count.Create++
	}
	for _, attributes := range sources {
		for name, value := range attributes {
			if value != "" {
				step.Set[name] = Delta{To: value}
			}
		}
	}
	step.Owners.Add = w.Owners
	step.Members.Add = w.Members
	p.add(&step)
}

const noProvisionedMember = "NoProvisionedMember"

// update plans what differs between what is wanted and what was written.
func (p *Plan) update(o object, count *ObjectSummary) {
	w, h := o.want, o.have
	up := Step{Action: Update, Kind: w.Kind, Key: w.Key, ID: h.ID, Why: w.Why, Org: w.Org, Set: make(map[string]Delta)}
	down := Step{Action: Remove, Kind: w.Kind, Key: w.Key, ID: h.ID, Why: w.Why, Org: w.Org, Set: make(map[string]Delta)}
	values(w, h, &up, &down)
	unlock(h, &up)
	addOnly(&up, w, h)
	wantedAgain := h.State != directory.Managed
	changed := len(up.Set)+len(down.Set) > 0 || wantedAgain
	freed := p.pairs(o, &up, &down)
	up.Again = again(&up, h)
	if len(up.Set) > 0 || up.adds() || wantedAgain {
		p.add(&up)
	}
	if len(down.Set) > 0 || down.removes() {
		p.add(&down)
	}
	p.rewrite(o, &up, &down)
	if freed != nil {
		p.add(&Step{Action: Release, Kind: w.Kind, Key: w.Key, ID: h.ID, Why: w.Why, Org: w.Org, Released: freed})
	}
	if changed {
		count.Update++
	} else {
		count.Unchanged++
	}
}

// values plans to write what differs and what may not be there, and to clear what is no
// longer wanted.
func values(w *directory.Want, h *directory.Have, up, down *Step) {
	for name, value := range w.Attributes {
		switch had := h.Attributes[name]; {
		case value == had && (had == "" || !contains(h.Lost.Values, name)):
		case value == "":
			down.Set[name] = Delta{From: had}
		default:
			up.Set[name] = Delta{From: had, To: value}
		}
	}
}

// unlock plans to let a user in again whom a cleanup locked out: the person is back.
func unlock(h *directory.Have, up *Step) {
	if h.Created && disabled(h) {
		up.Set[directory.AccountEnabled] = Delta{From: h.Attributes[directory.AccountEnabled], To: directory.Bool(true)}
	}
}

// disabled reports whether a user may have been locked out.
func disabled(h *directory.Have) bool {
	return h.Attributes[directory.AccountEnabled] == directory.Bool(false) || contains(h.Lost.Values, directory.AccountEnabled)
}

// again returns what of a step Homeroom had let go of before.
func again(step *Step, h *directory.Have) *Again {
	a := Again{Owners: both(step.Owners.Add, h.ReleasedOwners), Members: both(step.Members.Add, h.ReleasedMembers)}
	if h.State != directory.Managed && step.State == "" {
		a.State = h.State
	}
	if a.State == "" && len(a.Owners)+len(a.Members) == 0 {
		return nil
	}
	return &a
}

// addOnly adds what objects that Homeroom created are given besides.
func addOnly(step *Step, w *directory.Want, h *directory.Have) {
	if !h.Created {
		return
	}
	for name, value := range w.AddOnly {
		had := h.Attributes[name]
		if name == directory.LicenseSKUs {
			value = directory.List(append(directory.Items(had), directory.Items(value)...))
		} else if had != "" {
			value = had
		}
		if value != had || contains(h.Lost.Values, name) {
			step.Set[name] = Delta{From: had, To: value}
		}
	}
}

func (s *Step) adds() bool    { return len(s.Owners.Add)+len(s.Members.Add) > 0 }
func (s *Step) removes() bool { return len(s.Owners.Remove)+len(s.Members.Remove) > 0 }
