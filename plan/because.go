package plan

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// because says in sentences why a step is there, for people who never saw the
// settings.
func (s *Step) because() string {
	switch s.Action {
	case Retire:
		return retired(s.Kind)
	case Release:
		if s.Released != nil {
			return "A setting changed, or these people were here before Homeroom asked for them: nobody asks for them any longer. They stay, and Homeroom leaves them alone."
		}
		return "A setting changed, and nobody asks for this any longer. It stays as it is, and Homeroom leaves it alone."
	case Remove:
		return s.takenAway()
	case Rewrite:
		return "A flow that asks for this was reset: what was written before is written again."
	case Create, Update:
	}
	if s.Held != nil && s.empty() {
		return "The person in the roster may be this account, and somebody must say so."
	}
	sets := s.flowSets()
	if sets == "" {
		return "The flows ask for it."
	}
	return "“" + strings.ReplaceAll(sets, ", ", "”, “") + "” " + s.asks()
}

func retired(k directory.Kind) string {
	switch k {
	case directory.User:
		return "The roster no longer gives this person a role in any school that is looked at. The account stays as it is."
	case directory.ClassGroup:
		return "The class is no longer in the roster. Its group stays as it is, with everybody who is in it."
	default:
		return "The roster no longer has what this stands for. It stays as it is, with everybody who is in it."
	}
}

// takenAway says why something is taken away.
func (s *Step) takenAway() string {
	var parts []string
	if s.removes() {
		parts = append(parts, "The roster no longer has these people here, and Homeroom had put them in.")
	}
	if len(s.Set) > 0 {
		parts = append(parts, "The roster no longer gives these values, which Homeroom had written.")
	}
	return strings.Join(parts, " ")
}

// asks says what a flow asks for.
func (s *Step) asks() string {
	switch {
	case s.Kind == directory.User && s.Action == Create:
		return "asks for an account for everybody who has none."
	case s.Kind == directory.User:
		return "asks for what the roster knows about people to be written to their accounts."
	case s.Kind == directory.ClassGroup:
		return "asks for a group of every class, with the people who are enrolled in it."
	case s.Kind == directory.SecurityGroup:
		return "asks for groups of the people with the same kind of role."
	default:
		return "asks for an administrative unit, with the people who belong to it."
	}
}
