package flow

import (
	"crypto/sha256"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Wanted is what the flows ask of the directory.
type Wanted struct {
	*Census
	matches   *Matches
	sets      []activeSet
	stands    []answer // by person: provisioned, or not known to be
	groups    map[directory.Kind][]group
	shared    sharedKeep
	limited   []roster.Problem  // AdministrativeUnitLimit
	digest    [sha256.Size]byte // of the settings
	classSets [][]*activeSet    // by organization: those that make groups of its classes
	terms     []period          // by session
	years     []string          // by session: its school year as a text, "" for none
}

// activeSet is a flow set with its filter made quick.
type activeSet struct {
	Set
	orgs *orgFilter
}

// isReset reports whether a flow with the reset is to write everything again.
func (w *Wanted) isReset(r string) bool { return r != "" && !w.honoured[r] }

// sharedKeep marks what is kept in all objects of a sort, because a record that
// could not be read may concern any of them.
type sharedKeep struct {
	anyClass   bool     // keep all members of all class groups
	anyOrg     bool     // keep all members of all other groups
	classUsers []string // user keys, kept in all class groups
	orgUsers   []string // user keys, kept in all other groups
}

// Want works out what the flows ask for.
func (c *Census) Want(matches *Matches) *Wanted {
	w := &Wanted{Census: c, matches: matches, digest: digestSettings(c.settings, c.abilities), terms: periodsOf(c.roster.Sessions), years: yearsOf(c.roster.Sessions)}
	for _, set := range c.settings.Sets {
		w.sets = append(w.sets, activeSet{set, newOrgFilter(c.roster, set.Filter)})
	}
	w.classSets = w.classFlowsByOrg()
	w.stands = make([]answer, len(c.roster.People))
	for p := range w.stands {
		w.stands[p] = w.stand(roster.Ref(p))
	}
	w.shareKeeps()
	w.collectGroups()
	return w
}

// stand says whether a person is provisioned: maybe for a person of whom a
// membership that is there is to be kept.
func (w *Wanted) stand(p roster.Ref) answer {
	switch takes := w.takesPartAnywhere(p); {
	case takes != yes:
		return takes
	case w.matches.ids[p] != "":
		return yes
	case w.matches.findings[p].doubt:
		return maybe
	case w.creation(p).refused == "":
		return yes
	}
	return maybe // without a user there is nothing to give, but only the roster takes away
}

// takesPartAnywhere says whether a person takes part in any flow set.
func (w *Wanted) takesPartAnywhere(p roster.Ref) answer {
	takes := no
	for i := range w.sets {
		takes = max(takes, w.takesPart(p, w.sets[i].orgs))
	}
	return takes
}

func (w *Wanted) shareKeeps() {
	for _, u := range w.roster.Unknown.Enrollments {
		switch {
		case u.Class == "" && u.Person == "":
			w.shared.anyClass = true
		case u.Class == "":
			w.shared.classUsers = append(w.shared.classUsers, UserKey(u.Person))
		}
	}
	for _, u := range w.roster.Unknown.Roles {
		switch {
		case !w.mayCount(u.Role):
		case u.Org == "" && u.Person == "":
			w.shared.anyOrg = true
		case u.Org == "":
			w.shared.orgUsers = append(w.shared.orgUsers, UserKey(u.Person))
		}
	}
	w.shared.classUsers = sortedOnce(w.shared.classUsers)
	w.shared.orgUsers = sortedOnce(w.shared.orgUsers)
}

func sortedOnce(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// Objects returns what is wanted of one kind within a span of keys, in the order of
// the keys. It can be gone through any number of times.
func (w *Wanted) Objects(kind directory.Kind, span directory.Span) iter.Seq[directory.Want] {
	switch kind {
	case directory.User:
		return w.users(span)
	case directory.ClassGroup:
		return w.classGroups(span)
	default:
		return func(yield func(directory.Want) bool) {
			for i := range w.groupsIn(kind, span) {
				if !yield(w.groups[kind][i].want(w)) {
					return
				}
			}
		}
	}
}

// HasRole reports whether the person with the key has an active role, whatever the
// filters say, or may have one: a record was dropped that could tell.
func (w *Wanted) HasRole(user string) bool {
	id, _ := strings.CutPrefix(user, UserKey(""))
	if p := w.roster.Person(id); p != roster.None && slices.ContainsFunc(w.roster.RolesOf(p), func(r roster.Role) bool { return w.counts(&r) }) {
		return true
	}
	_, found := w.hint(id, &orgFilter{})
	return found
}

// Successors returns who owns the group of a class that is gone in place of owners without
// any role: the fallback owners of its organization (rules 3, "Last owner"). The pinned are
// the people whom the settings keep in it.
func (w *Wanted) Successors(org, key string) (owners, pinned []string) {
	return w.fallbackOwners(org), w.pinned(key)
}

// userKey returns the key of a person of the roster.
func (c *Census) userKey(p roster.Ref) string {
	return UserKey(c.roster.Str(c.roster.People[p].ID))
}

func (w *Wanted) userKeys(people []roster.Ref) []string {
	if len(people) == 0 {
		return nil
	}
	keys := make([]string, len(people))
	for i, p := range people {
		keys[i] = w.userKey(p)
	}
	return keys
}

// orgID returns the id of an organization, "" for none.
func (c *Census) orgID(o roster.Ref) string {
	if o == roster.None {
		return ""
	}
	return c.roster.Str(c.roster.Orgs[o].ID)
}

// anySet reports whether one of the sets is as asked.
func (w *Wanted) anySet(as func(*Set) bool) bool {
	return slices.ContainsFunc(w.settings.Sets, func(s Set) bool { return as(&s) })
}

// withUnknown merges what is wanted of the records at hand, in the order of the
// keys, with marks to keep the objects of records that were dropped. keys are those
// of dropped records, sorted.
func withUnknown(kind directory.Kind, keys []string, known iter.Seq[directory.Want]) iter.Seq[directory.Want] {
	return func(yield func(directory.Want) bool) {
		rest := keys
		keep := func() bool {
			w := directory.Want{Kind: kind, Key: rest[0], Keep: directory.Keep{Object: true}}
			rest = rest[1:]
			return yield(w)
		}
		for want := range known {
			for len(rest) > 0 && rest[0] < want.Key {
				if !keep() {
					return
				}
			}
			if len(rest) > 0 && rest[0] == want.Key {
				rest = rest[1:]
			}
			if !yield(want) {
				return
			}
		}
		for len(rest) > 0 {
			if !keep() {
				return
			}
		}
	}
}
