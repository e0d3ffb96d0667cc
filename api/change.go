package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// attempts is how often a change is made from what others have changed in between.
const attempts = 5

// attempt makes a change: it is read, merged and written again when somebody else was
// quicker. A client who sends If-Match is refused by that instead, with 412.
func attempt(change func() (*response, error)) (*response, error) {
	for n := 1; ; n++ {
		answer, err := change()
		if n == attempts || fault.KindOf(err) != fault.Conflict {
			return answer, err
		}
	}
}

// now returns the time as it is stored: to the microsecond, in UTC.
func (s *Server) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// newID returns an id for an entity: later ones sort behind earlier ones.
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// record returns who did what, for those who audit.
func (s *Server) record(r *request, action, object string, changes json.RawMessage) outbound.Entry {
	return outbound.Entry{
		At: s.now(), App: r.caller.App, Kind: string(r.caller.Kind), User: r.caller.User,
		RequestID: r.id, Action: action, Object: object, Changes: changes,
	}
}

// changes returns those properties of an entity that it does not have in common with a
// stored body, for those who audit.
func (s *Server) changes(e *odata.Entity, before json.RawMessage) (json.RawMessage, error) {
	after, err := s.model.Stored(e)
	if err != nil {
		return nil, err
	}
	var was, is map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(after, &is)); err != nil {
		return nil, err
	}
	shown := &odata.Entity{Type: e.Type, Values: make(map[string]any)}
	for name := range is {
		if !bytes.Equal(is[name], was[name]) {
			shown.Values[name] = e.Values[name]
		}
	}
	return s.whole(shown), nil
}

// whole returns all that an entity says, with the flows that are in it, for those who
// audit. Passwords are masked.
func (s *Server) whole(e *odata.Entity) json.RawMessage {
	declared := cmp.Or(s.model.Type(e.Type.Base), e.Type) // of flows one has to know which
	return s.model.Append(nil, e, declared, &odata.Form{Expand: []odata.Expanded{{Name: flowsProperty, Query: &odata.Query{}}}})
}

// typed returns the type with a name that the table has.
func (s *Server) typed(name string) *odata.Type { return s.model.Type(name) }
