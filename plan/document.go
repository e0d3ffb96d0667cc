package plan

import "encoding/json"

// Document returns what a stored plan tells of itself besides its steps, as JSON.
func Document(p *Plan) ([]byte, error) {
	return json.Marshal(struct {
		Version    int         `json:"version"`
		Only       []string    `json:"only,omitempty"`
		Roster     jsonRoster  `json:"roster"`
		Generation int64       `json:"generation"`
		Summary    jsonSummary `json:"summary"`
	}{jsonVersion, p.Only, jsonRoster{p.RosterSHA256}, p.Generation, p.Summary().json()})
}
