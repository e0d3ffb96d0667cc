package flow_test

import (
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// schoolYears returns the school years of a class (rules 3, "Id reuse"): those of its
// sessions, else that of its course.
func (n *naive) schoolYears(class classFact) string {
	sessions := class.sessions
	if len(sessions) == 0 && !class.sessionsUnknown && n.courses[class.course].year != "" {
		sessions = []string{n.courses[class.course].year}
	}
	var years []string
	for _, id := range sessions {
		if year := n.sessions[id].Year; year != 0 {
			years = append(years, fmt.Sprint(year))
		}
	}
	return directory.List(years)
}

// isReused reports whether a class is another one than that of which the ledger has a
// group.
func isReused(w *naiveWant, h *directory.Have) bool {
	if w == nil || h == nil || w.keep || w.refused != "" || w.doubt != "" {
		return false
	}
	before, now := directory.Items(h.Attributes[directory.SchoolYears]), directory.Items(w.attributes[directory.SchoolYears])
	if len(before) > 0 && len(now) > 0 {
		return len(all(now, func(year string) bool { return slices.Contains(before, year) })) == 0
	}
	students := all(h.Members, func(u string) bool { return !slices.Contains(h.Owners, u) })
	return h.State == directory.Retired && len(students) >= 5 &&
		len(all(students, func(u string) bool { return w.members[u] != no })) == 0
}

// choice returns what is to be done with a class that is another one.
func (w *world) choice(key string) plan.Choice {
	if decided := w.decided[key]; decided != "" {
		return decided
	}
	return w.reused
}

// expired returns what becomes of a group whose class is another one, and the key that it
// has from then on.
func (w *world) expired(h *directory.Have) (string, change) {
	key := "Exp1026_" + h.Key
	for n := 2; w.knows(directory.ClassGroup, key); n++ {
		key = fmt.Sprintf("Exp1026_%s_%d", h.Key, n)
	}
	return key, change{Set: directory.Attributes{
		directory.AnchorID: key, directory.MailNickname: key, directory.Status: "Expired",
		directory.SourceSectionID: "Exp1026_" + h.Attributes[directory.SourceSectionID],
	}}
}

func (w *world) knows(kind directory.Kind, key string) bool {
	_, known := w.ledger[kind][key]
	return known
}
