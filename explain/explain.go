// Package explain answers why, and why not, in sentences.
//
//   - subject: what is asked about: a person, a class, a group, with what the
//     ledger and the directory know of it.
//   - answer: one sentence that says how it is, and parts which say why.
//   - reason: one sentence, with the rule that it comes from, the place in the
//     roster, and what to do.
//
// Nothing is decided here. The reasons are those of package flow, where the
// decisions are made, and the steps are those of the plan. Everything is pure.
package explain

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// Input is what answers are taken from: a roster as a run would see it, and the
// plan that the run would carry out.
type Input struct {
	Wanted   *flow.Wanted
	Problems []roster.Problem // of the roster
	Steps    iter.Seq2[plan.Step, error]
	Skipped  []plan.Skip
	Last     *LastRun // nil when there was none
	// Approval returns who let the step with a content pass (plan.Step.Content),
	// and false when nobody did.
	Approval func(content string) (Approval, bool)
}

// LastRun is what the last run did.
type LastRun struct {
	ID      int64
	Only    []string // the part that it was about; empty for everything
	Stopped string   // a sentence: why it came to no plan; "" when it came to one
	Code    string   // the same as a code
	Steps   iter.Seq2[plan.Step, error]
	Outcome func(*plan.Step) plan.Outcome
}

// Approval is a person's word that a step may be done.
type Approval struct {
	By  string
	At  time.Time
	Run int64 // that held the step
}

// Subject is an object that is asked about, and what others know of it.
type Subject struct {
	Kind directory.Kind
	Key  string
	Have *directory.Have // the ledger; nil for nothing
	// Found is what the directory shows under the key; nil for nothing, which
	// it also is for users that do not bear their anchor yet.
	Found *directory.Object
	Via   string // how the link of a person came about; "" for no link
	// Rivals are names of the directory users of whom none is taken for a person,
	// since there are several.
	Rivals []string
	// Groups are keys of the objects in which the ledger has a person who is not
	// provisioned.
	Groups []string
	// Released are keys of users, sorted, who are in the object and whom the
	// settings no longer ask for.
	Released []string
}

// Answer is what there is to say about one subject, or two.
type Answer struct {
	About  []string `json:"about"` // keys
	Kind   string   `json:"kind"`  // of the object, or of the one that is not a person
	Answer string   `json:"answer"`
	Parts  []Part   `json:"parts"`
}

// Part is what one side says: the roster, the flows, the ledger, the plan.
type Part struct {
	Title   string   `json:"title"`
	Reasons []Reason `json:"reasons"`
}

// Reason is one sentence.
type Reason struct {
	Text   string `json:"text"`
	Rule   string `json:"rule,omitempty"`   // the code of what decided
	Record string `json:"record,omitempty"` // the place in the roster: file:line
	Remedy string `json:"remedy,omitempty"` // a sentence: what to do

	failed bool // in the last run
}

// Explainer answers questions about one roster and one plan.
type Explainer struct {
	Input
	roster *roster.Roster
	steps  map[Name][]plan.Step // those that were looked for already; see concerning
}

// New returns an explainer.
func New(in Input) *Explainer {
	return &Explainer{in, in.Wanted.Roster(), make(map[Name][]plan.Step)}
}

// Object explains one object.
func (x *Explainer) Object(s Subject) (Answer, error) {
	a := Answer{About: []string{s.Key}, Kind: string(s.Kind)}
	steps, err := x.stepsOf(s.Kind, s.Key)
	if err != nil {
		return a, err
	}
	switch s.Kind {
	case directory.User:
		err = x.person(&a, s)
	case directory.ClassGroup:
		x.class(&a, s)
	default:
		x.group(&a, s)
	}
	if err != nil {
		return a, err
	}
	a.add("Ledger", x.ledger(s)...)
	if err := x.tellLastRun(&a, s, ""); err != nil {
		return a, err
	}
	a.add("Next sync", x.next(s, steps)...)
	a.Answer += waits(steps)
	return a, nil
}

// Concerned returns those of several objects that are wanted, or were written;
// all of them where none is.
func (x *Explainer) Concerned(subjects []Subject) []Subject {
	var some []Subject
	for _, s := range subjects {
		if _, asked := x.Wanted.Object(s.Kind, s.Key); asked || s.Have != nil {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return subjects
	}
	return some
}

// InsteadOf returns the groups that are made of an organization, where no
// administrative unit is; nil for other subjects.
func (x *Explainer) InsteadOf(subjects []Subject) []Name {
	s := subjects[0]
	g, known := x.Wanted.Group(s.Kind, s.Key)
	if !known || g.RoleGroup != "" || g.Org == roster.None || g.Wanted || s.Have != nil {
		return nil
	}
	var names []Name
	for _, kind := range []directory.Kind{directory.AdministrativeUnit, directory.SecurityGroup} {
		for _, key := range x.Wanted.GroupsFor(kind, g.Org) {
			names = append(names, Name{kind, key})
		}
	}
	return names
}

// add adds a part, unless it has nothing to say. What was found about a row is told
// once: in OneRoster one row is a person and its roles.
func (a *Answer) add(title string, reasons ...Reason) {
	var fresh []Reason
	for _, r := range reasons {
		again := r.Record != "" && (slices.Contains(fresh, r) || slices.ContainsFunc(a.Parts, func(p Part) bool { return slices.Contains(p.Reasons, r) }))
		if !again {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) > 0 {
		a.Parts = append(a.Parts, Part{title, fresh})
	}
}

// say makes a reason of a sentence alone.
func say(format string, args ...any) Reason {
	return Reason{Text: fmt.Sprintf(format, args...)}
}

// by names the rule.
func (r Reason) by(rule string) Reason {
	r.Rule = rule
	return r
}

// at adds the place in the roster, to the sentence, too.
func (r Reason) at(where string) Reason {
	if where != "" && !strings.Contains(r.Text, where) {
		r.Text = strings.TrimSuffix(r.Text, ".") + " (" + where + ")."
	}
	r.Record = where
	return r
}

// todo adds what to do.
func (r Reason) todo(remedy string) Reason {
	r.Remedy = remedy
	return r
}
