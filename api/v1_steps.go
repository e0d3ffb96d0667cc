package api

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// ownSteps lists steps page by page. The last number of a page is where the next begins.
func (s *Server) ownSteps(r *request) (*response, error) {
	after, err := r.after()
	if err != nil {
		return nil, err
	}
	steps, err := s.Operations.Steps(context.WithoutCancel(r.ctx), r.caller.Tenant, r.keys["run"], int(after)+1)
	if err != nil {
		return nil, err
	}
	return &response{stream: &stream{mediaType: errorType, write: func(ctx context.Context, w io.Writer) error {
		list, last := listWriter{w: w}, int64(0)
		for step, err := range steps.All {
			if err != nil {
				return err
			}
			if step.Seq%countBetween == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			outcome := steps.Outcome(&step)
			if !r.passes(&step, outcome) {
				continue
			}
			if list.count == r.top() {
				if last == 0 { // of a page of none there is no next one
					break
				}
				return list.end(r.next("runs/"+r.keys["run"]+"/steps", last))
			}
			if err := list.add(ctx, plan.Shown(&step, &outcome)); err != nil {
				return err
			}
			last = int64(step.Seq)
		}
		return list.end("")
	}}}, nil
}

// countBetween is after how many steps somebody may stop the work.
const countBetween = 1000

// passes reports whether a step passes the filters of the query.
func (r *request) passes(s *plan.Step, outcome plan.Outcome) bool {
	for name, value := range map[string]string{
		"kind": string(s.Kind), "action": string(s.Action), "key": s.Key, "org": s.Org, "status": string(outcome.Status),
	} {
		if r.options.Has(name) && r.options.Get(name) != value {
			return false
		}
	}
	switch held := r.options.Get("held"); held {
	case "":
		return true
	case "true", "false":
		return (s.Held != nil) == (held == "true")
	default:
		return s.Held != nil && s.Held.Rule == held
	}
}

// heldByRule is what a rule holds.
type heldByRule struct {
	Rule   string     `json:"rule"`
	Remedy string     `json:"remedy"`
	Count  int        `json:"count"`
	Steps  []heldStep `json:"steps"`
}

type heldStep struct {
	Seq      int            `json:"seq"`
	Action   plan.Action    `json:"action"`
	Kind     directory.Kind `json:"kind"`
	Key      string         `json:"key"`
	Content  string         `json:"content"`
	Message  string         `json:"message"`
	Decision *verdict       `json:"decision"`
}

type verdict struct {
	Verdict string     `json:"verdict"`
	By      string     `json:"by"`
	Expires *time.Time `json:"expirationDateTime"`
}

// ownHeld lists what is held, rule by rule. The steps are gone through once for each, and
// written one by one: they may be many, the rules are few.
func (s *Server) ownHeld(r *request) (*response, error) {
	steps, err := s.Operations.Steps(context.WithoutCancel(r.ctx), r.caller.Tenant, r.keys["run"], 1)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int)
	for step, err := range steps.All {
		if err != nil {
			return nil, err
		}
		if step.Held != nil {
			counts[step.Held.Rule]++
		}
	}
	return &response{stream: &stream{mediaType: errorType, write: func(ctx context.Context, w io.Writer) error {
		list := listWriter{w: w}
		for _, rule := range slices.Sorted(maps.Keys(counts)) {
			if err := list.separate(); err != nil {
				return err
			}
			if err := writeHeld(ctx, w, heldByRule{Rule: rule, Remedy: plan.Decision(rule), Count: counts[rule]}, steps, s.Now()); err != nil {
				return err
			}
		}
		return list.end("")
	}}}, nil
}

// writeHeld writes what a rule holds, with its steps.
func writeHeld(ctx context.Context, w io.Writer, held heldByRule, steps PlannedSteps, now time.Time) error {
	held.Steps = []heldStep{}
	text, err := json.Marshal(held)
	if err != nil {
		return err
	}
	list := listWriter{w: w, opening: strings.TrimSuffix(string(text), "]}")}
	for step, err := range steps.All {
		if err == nil && step.Held != nil && step.Held.Rule == held.Rule {
			err = list.add(ctx, newHeldStep(&step, steps.Decided, now))
		}
		if err != nil {
			return err
		}
	}
	return list.end("")
}

func newHeldStep(s *plan.Step, decided map[string]ledger.Approval, now time.Time) heldStep {
	h := heldStep{Seq: s.Seq, Action: s.Action, Kind: s.Kind, Key: s.Key, Content: s.Content(), Message: s.Held.Message}
	a, ok := decided[h.Content]
	if !ok {
		return h
	}
	h.Decision = &verdict{Verdict: "approved", By: a.By}
	if !a.Expires.IsZero() {
		h.Decision.Expires = &a.Expires
	}
	switch {
	case a.Rejected:
		h.Decision.Verdict = "rejected"
	case a.Used:
		h.Decision.Verdict = "used"
	case !a.Expires.After(now):
		h.Decision.Verdict = "expired"
	}
	return h
}
