package plan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/homeroomhq/homeroom/directory"
)

// jsonVersion is the version of the form that WriteJSON writes. It changes when
// a name or a meaning in it does.
const jsonVersion = 1

// WriteJSON writes a plan as one JSON object (design, "Plan, as JSON"). The same
// plan gives the same bytes, and every step has a line of its own, so that two
// plans can be compared with diff. Steps are written one after the other: a plan
// of a million needs no memory for its text.
func WriteJSON(w io.Writer, p *Plan) error {
	j := newJSONWriter(w)
	j.text(`{"version":`)
	j.value(jsonVersion)
	if p.Kind != "" {
		j.text(`,"kind":`)
		j.value(p.Kind)
	}
	if p.Of != 0 {
		j.text(`,"of":`)
		j.value(p.Of)
	}
	j.text(`,"roster":`)
	j.value(jsonRoster{p.RosterSHA256})
	if len(p.Only) > 0 {
		j.text(`,"only":`)
		j.value(p.Only)
	}
	j.text(`,"generation":`)
	j.value(p.Generation)
	j.text(",\n\"summary\":")
	j.value(p.Summary().json())
	j.text(",\n\"steps\":")
	if err := j.steps(p); err != nil {
		return err
	}
	j.text(",\n\"skipped\":")
	j.list(skips(p.Skipped))
	j.text("}\n")
	return j.flush()
}

// steps writes steps. An error of theirs ends the writing.
func (j *jsonWriter) steps(p *Plan) error {
	var failed error
	j.list(func(yield func(any) bool) {
		for step, err := range p.All() {
			if failed = err; err != nil {
				return
			}
			var became *Outcome
			if p.Outcome != nil {
				outcome := p.Outcome(&step)
				became = &outcome
			}
			if !yield(Shown(&step, became)) {
				return
			}
		}
	})
	return failed
}

func skips(all []Skip) iter.Seq[any] {
	return func(yield func(any) bool) {
		for i := range all {
			if !yield(all[i].json()) {
				return
			}
		}
	}
}

// jsonWriter writes JSON piece by piece. After the first error it writes nothing
// more and keeps the error.
type jsonWriter struct {
	out     *bufio.Writer
	buffer  bytes.Buffer
	encoder *json.Encoder
	err     error
}

func newJSONWriter(w io.Writer) *jsonWriter {
	j := &jsonWriter{out: bufio.NewWriter(w)}
	j.encoder = json.NewEncoder(&j.buffer)
	j.encoder.SetEscapeHTML(false)
	return j
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.out.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	j.buffer.Reset()
	if j.err = j.encoder.Encode(v); j.err == nil {
		_, j.err = j.out.Write(bytes.TrimRight(j.buffer.Bytes(), "\n"))
	}
}

// list writes values, each on a line of its own.
func (j *jsonWriter) list(values iter.Seq[any]) {
	j.text("[")
	separator := "\n"
	for value := range values {
		j.text(separator)
		j.value(value)
		if j.err != nil {
			return
		}
		separator = ",\n"
	}
	j.text("]")
}

func (j *jsonWriter) flush() error {
	if j.err != nil {
		return j.err
	}
	return j.out.Flush()
}

type jsonRoster struct {
	SHA256 string `json:"sha256"`
}

type jsonSummary struct {
	User               ObjectSummary `json:"user"`
	ClassGroup         ObjectSummary `json:"classGroup"`
	SecurityGroup      ObjectSummary `json:"securityGroup"`
	AdministrativeUnit ObjectSummary `json:"administrativeUnit"`
	Owner              PairSummary   `json:"owner"`
	Member             PairSummary   `json:"member"`
	Rewritten          int           `json:"rewritten,omitempty"`
	Deleted            int           `json:"deleted,omitempty"`
	Held               int           `json:"held"`
	Skipped            int           `json:"skipped"`
}

func (s Summary) json() jsonSummary {
	return jsonSummary{
		User:               s.Objects[directory.User],
		ClassGroup:         s.Objects[directory.ClassGroup],
		SecurityGroup:      s.Objects[directory.SecurityGroup],
		AdministrativeUnit: s.Objects[directory.AdministrativeUnit],
		Owner:              s.Owner,
		Member:             s.Member,
		Rewritten:          s.Rewritten,
		Deleted:            s.Deleted,
		Held:               s.Held,
		Skipped:            s.Skipped,
	}
}

type jsonStep struct {
	Seq      int                  `json:"seq"`
	Action   Action               `json:"action"`
	Kind     directory.Kind       `json:"kind"`
	Key      string               `json:"key"`
	ID       *string              `json:"id"`
	Set      map[string]jsonDelta `json:"set"`
	Owners   jsonPairs            `json:"owners"`
	Members  jsonPairs            `json:"members"`
	Released *jsonReleased        `json:"released,omitempty"`
	Again    *Again               `json:"again,omitempty"`
	State    directory.State      `json:"state,omitempty"`
	Why      []jsonWhy            `json:"why"`
	Held     *jsonHold            `json:"held"`
	Outcome  *Outcome             `json:"outcome,omitempty"`
}

type jsonDelta struct {
	From any `json:"from"`
	To   any `json:"to"`
}

type jsonPairs struct {
	Add    []string `json:"add"`
	Remove []string `json:"remove"`
}

type jsonReleased struct {
	Owners  []string `json:"owners"`
	Members []string `json:"members"`
}

type jsonWhy struct {
	FlowSet string  `json:"flowSet"`
	Flow    string  `json:"flow"`
	Rule    string  `json:"rule"`
	Record  *string `json:"record"`
}

type jsonHold struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Content string `json:"content"` // what an approval names
}

type jsonSkip struct {
	Kind   directory.Kind `json:"kind"`
	Key    string         `json:"key"`
	Reason string         `json:"reason"`
	Record *string        `json:"record"`
	Detail string         `json:"detail,omitempty"`
}

// Shown returns a step in the form in which WriteJSON writes it, with what became of it;
// nil where nobody knows.
func Shown(s *Step, outcome *Outcome) any {
	shown := s.json()
	shown.Outcome = outcome
	return shown
}

func (s *Step) json() jsonStep {
	j := jsonStep{
		Seq: s.Seq, Action: s.Action, Kind: s.Kind, Key: s.Key, ID: orNull(s.ID),
		Set:     make(map[string]jsonDelta, len(s.Set)),
		Owners:  jsonPairs{orEmpty(s.Owners.Add), orEmpty(s.Owners.Remove)},
		Members: jsonPairs{orEmpty(s.Members.Add), orEmpty(s.Members.Remove)},
		Why:     make([]jsonWhy, 0, len(s.Why)), Again: s.Again, State: s.State,
	}
	for name, d := range s.Set {
		j.Set[name] = jsonDelta{directory.Value(name, d.From), directory.Value(name, d.To)}
	}
	for _, why := range s.Why {
		j.Why = append(j.Why, jsonWhy{why.FlowSet, why.Flow, why.Rule, orNull(why.Record)})
	}
	if s.Released != nil {
		j.Released = &jsonReleased{orEmpty(s.Released.Owners), orEmpty(s.Released.Members)}
	}
	if s.Held != nil {
		j.Held = &jsonHold{s.Held.Rule, s.Held.Message, s.Content()}
	}
	return j
}

func (s *Skip) json() jsonSkip {
	return jsonSkip{s.Kind, s.Key, s.Reason, orNull(s.Record), s.Detail}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
