package flow

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Called returns what people call an object, by the roster and the templates of
// names; "" for one that the roster does not have.
func (w *Wanted) Called(kind directory.Kind, key string) string {
	switch kind {
	case directory.User:
		if p := w.personOf(key); p != roster.None {
			person := &w.roster.People[p]
			return fill(w.settings.Names.User, "givenName", w.roster.Str(person.GivenName), "familyName", w.roster.Str(person.FamilyName))
		}
	case directory.ClassGroup:
		id, _ := strings.CutPrefix(key, ClassKey(""))
		if c := w.roster.Class(id); c != roster.None {
			class := &w.roster.Classes[c]
			return fill(w.settings.Names.ClassGroup, "title", w.roster.Str(class.Title), "org", w.orgName(class.Org))
		}
	default:
		if g := w.groupAt(kind, key); g != nil {
			return w.groupName(g)
		}
	}
	return ""
}
