package plan

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/directory"
)

// document is what a stored plan tells of itself besides its steps and skips.
type document struct {
	Version    int               `json:"version"`
	Kind       string            `json:"kind,omitempty"`
	Of         int64             `json:"of,omitempty"`
	Only       []string          `json:"only,omitempty"`
	Roster     jsonRoster        `json:"roster"`
	Generation int64             `json:"generation"`
	Summary    jsonSummary       `json:"summary"`
	Orgs       map[string]string `json:"organizations,omitempty"`
}

// Document returns what a stored plan tells of itself besides its steps, as JSON.
func Document(p *Plan) ([]byte, error) {
	return json.Marshal(document{
		jsonVersion, p.Kind, p.Of, p.Only, jsonRoster{p.RosterSHA256}, p.Generation, p.Summary().json(), p.Orgs,
	})
}

// Stored puts a plan together again from its document, its n steps and what it
// leaves out. outcome tells what became of a step; nil where nobody asks.
func Stored(text []byte, n int, steps iter.Seq2[Step, error], skips []Skip, outcome func(*Step) Outcome) (*Plan, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("reading a stored plan: %w", err)
	}
	p := &Plan{
		Kind: d.Kind, Of: d.Of, RosterSHA256: d.Roster.SHA256, Generation: d.Generation, Only: d.Only, Orgs: d.Orgs,
		Skipped: skips, Outcome: outcome, stored: steps, summary: d.Summary.summary(),
	}
	p.summary.Steps = n
	return p, nil
}

func (s jsonSummary) summary() Summary {
	return Summary{
		Objects: map[directory.Kind]ObjectSummary{
			directory.User: s.User, directory.ClassGroup: s.ClassGroup,
			directory.SecurityGroup: s.SecurityGroup, directory.AdministrativeUnit: s.AdministrativeUnit,
		},
		Owner: s.Owner, Member: s.Member, Rewritten: s.Rewritten, Deleted: s.Deleted, Held: s.Held, Skipped: s.Skipped,
	}
}

// Outcome is what became of a step.
type Outcome struct {
	Status  Status `json:"status"`
	Rule    string `json:"rule,omitempty"`    // why it was not, or not wholly, carried out
	Message string `json:"message,omitempty"` // the same as a sentence
}

// Status says how far a step got.
type Status string

// The statuses of a step.
const (
	Done    Status = "done"
	Held    Status = "held"    // waits for a person
	Waiting Status = "waiting" // done but for a part that waits for somebody's account
	Failed  Status = "failed"
	Open    Status = "open" // not carried out: the run ended before, or goes on
)
