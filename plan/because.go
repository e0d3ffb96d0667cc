package plan

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// because says in sentences why a step is there, for people who never saw the
// settings.
func (s *Step) because() string {
	if sentence := s.undoes(); sentence != "" {
		return sentence
	}
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
	case Create, Update, Delete:
	}
	switch {
	case s.Held != nil && s.empty() && s.Kind == directory.User:
		return "The person in the roster may be this account, and somebody must say so."
	case s.inDoubt():
		return "The roster may have given the id of this class to another one, and somebody must say so."
	case s.Was() != "":
		return "It is out of use. It stays, with everybody who is in it, and its names become free for another one."
	case s.notes():
		return "Homeroom remembers for which school years the group was made, so that it notices when the roster gives the id to another class."
	}
	sets := s.flowSets()
	if sets == "" {
		return "The flows ask for it."
	}
	return "“" + strings.ReplaceAll(sets, ", ", "”, “") + "” " + s.asks()
}

// The rules of steps that no flow asks for.
const (
	ruleRevert  = "revert"  // what another run did is taken back
	ruleCreated = "created" // another run created it, and it is left as it is
)

func (s *Step) ruledBy(rule string) bool { return len(s.Why) == 1 && s.Why[0].Rule == rule }

// undoes says why a step takes back what another run did; "" when it does not.
func (s *Step) undoes() string {
	switch {
	case s.ruledBy(ruleDrift):
		return s.putBack()
	case s.ruledBy(ruleCreated):
		return "The run that is reverted created this. It stays as it is, and Homeroom leaves it alone until the roster asks for it."
	case s.ruledBy(ruleRevert) && s.Action == Delete:
		return "The run that is reverted created this, and somebody asked for it to be deleted."
	case s.ruledBy(ruleCleanup) && s.Kind == directory.User:
		return "This person left longer ago than the settings say that the account stays open."
	case s.ruledBy(ruleCleanup):
		return "Nobody asks for this any longer, and a cleanup takes it away."
	case s.ruledBy(ruleLeavers):
		return "The class is gone, and so are owners of its group: they have no role any more. Others take their place, as the settings ask."
	case s.ruledBy(ruleRevert):
		return "A run did the opposite, and is taken back."
	}
	return ""
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

// putBack says what others did of which a step makes what it was.
func (s *Step) putBack() string {
	switch {
	case s.Action == Create:
		return "Somebody deleted it. It is made again as Homeroom last wrote it."
	case s.Action == Remove:
		return "Somebody else put this there."
	}
	return "Somebody changed this. It is made again what Homeroom last wrote."
}

// takenAway says why something is taken away.
func (s *Step) takenAway() string {
	var parts []string
	if s.removes() {
		parts = append(parts, "The roster does not have these people here, and Homeroom had put them in, or is to make the group match.")
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
