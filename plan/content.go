package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Content returns the SHA-256, in hexadecimal, of what a step would do: its
// kind, key, values and removals, and what it is held for when a person must
// decide who somebody is. It is what an approval names, so that a later plan
// lets the same step pass and nothing more (rules 4).
func (s *Step) Content() string {
	if s.Held != nil && s.empty() {
		return DoubtContent(s.Held.Rule, s.Key, s.ID)
	}
	text, err := json.Marshal(struct {
		Kind, Key       string
		Set             map[string]Delta
		Owners, Members []string
		Delete          bool `json:",omitempty"`
	}{string(s.Kind), s.Key, s.Set, s.Owners.Remove, s.Members.Remove, s.Action == Delete})
	if err != nil {
		panic(err) // plain strings always marshal
	}
	return hash(text)
}

// DoubtContent returns the content of a step that is held because it is in doubt
// whether a person is the directory user with the id.
func DoubtContent(rule, key, id string) string {
	return hash([]byte(rule + "\n" + key + "\n" + id))
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
