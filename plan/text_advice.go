package plan

import (
	"cmp"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// held writes what waits for a person, by the rule that holds it.
func (t *text) held(rules []*section) {
	if len(rules) == 0 {
		return
	}
	n := 0
	for _, rule := range rules {
		n += rule.n
	}
	t.heading("Held: waits for your decision", n, "")
	for _, rule := range rules {
		t.line("  %s (%s)", t.paint(bold, rule.title), number(rule.n))
		message := ""
		for i := range rule.first {
			s := &rule.first[i]
			if s.Held.Message != message {
				message = s.Held.Message
				t.paragraph("    ", clean(message))
			}
			t.step("    ", s, true)
		}
		t.more("    ", rule.n)
		t.paragraph("    ", Decision(rule.title))
	}
}

// skipped writes what was left out, by reason: the most frequent one first.
func (t *text) skipped(skips []Skip) {
	if len(skips) == 0 {
		return
	}
	t.heading("Skipped", len(skips), "")
	groups := byName(skips, func(s Skip) string { return s.Reason })
	slices.SortStableFunc(groups, func(a, b named[Skip]) int { return cmp.Compare(len(b.items), len(a.items)) })
	for _, group := range groups {
		t.line("  %s (%s)", t.paint(bold, group.name), number(len(group.items)))
		if sentence := Meaning(group.name); sentence != "" {
			t.paragraph("    ", sentence)
		}
		details := differ(group.items)
		for _, s := range group.items[:t.shown(len(group.items))] {
			t.skip(s, details)
		}
		t.more("    ", len(group.items))
	}
}

func (t *text) skip(s Skip, withDetail bool) {
	line := "    " + s.Key
	if withDetail && s.Detail != "" {
		line += "  " + s.Detail
	}
	if s.Record != "" {
		line += "  (" + s.Record + ")"
	}
	t.line("%s", clean(line))
}

// differ reports whether the skips have different details. One that all share
// says no more than the reason does.
func differ(skips []Skip) bool {
	return len(skips) == 1 || slices.ContainsFunc(skips, func(s Skip) bool { return s.Detail != skips[0].Detail })
}

type named[T any] struct {
	name  string
	items []T
}

// byName groups items by name, in the order in which the names come up.
func byName[T any](items []T, nameOf func(T) string) []named[T] {
	var groups []named[T]
	at := make(map[string]int)
	for _, item := range items {
		name := nameOf(item)
		if _, known := at[name]; !known {
			at[name] = len(groups)
			groups = append(groups, named[T]{name: name})
		}
		group := &groups[at[name]]
		group.items = append(group.items, item)
	}
	return groups
}

// Decision says what a person who finds steps held by a rule can do.
func Decision(rule string) string {
	switch rule {
	case tooManyRemovals:
		return "More would be taken away than the guard lets pass by itself. If the roster is right, let it through with `homeroom approve`; if not, correct the roster: nothing of this happens until you approve."
	case tooManyCreations:
		return "More would be created than the guard lets pass by itself. If the roster is right, let it through with `homeroom approve`."
	case tooManyRenames:
		return "More would be renamed than the guard lets pass by itself. If the roster is right, let it through with `homeroom approve`."
	case rollover:
		return "The configuration says that one school year ends and another has not begun (guard.rollover). If people are to leave these groups now, let it through with `homeroom approve`."
	case privilegedUser:
		return "An account with a directory role is never cut back unasked. If that is meant, let it through with `homeroom approve`."
	case IDReused:
		return "Say with `homeroom decide KEY same` that it is the same class: its group goes on, and the roster's people take the place of those who are in it. Or say with `homeroom decide KEY new` that it is another one: the group stays as it is, under names with ExpMMYY_ before them, and a new one is made. --org and --all decide of many at once."
	case WaitsForName:
		return "This follows by itself once the group that has its names is out of use; let that one through with `homeroom approve`."
	case WaitsForUser:
		return "This follows by itself in the run after the users are created; let those through with `homeroom approve`."
	case "MatchDoubtful":
		return "The account may be somebody else's. If it is this person's, say so with `homeroom approve`; if not, correct the username in the roster or the account."
	case "LinkBroken":
		return "Restore the account if it was deleted by mistake. To match or create the person anew, use `homeroom approve`."
	case "PersonReplaced":
		return "If it is still the same person, say so with `homeroom approve`; if not, give the new person an id of their own in the roster."
	}
	return "If this is right, let it through with `homeroom approve`."
}

// Meaning says what a reason for skipping means and what to do; "" for one that
// speaks for itself.
func Meaning(reason string) string {
	switch reason {
	case noProvisionedMember:
		return "Nobody in it has an account yet, so there is no group to make. It is made with the first account; look at the people who are skipped."
	case "UserNotMatched":
		return "No account matches, and no flow creates one. Create the account, correct the value that is matched by, or set createUnmatchedUsers in the user flow."
	case "AmbiguousMatch":
		return "More than one account fits, so none is taken. Make the value that is matched by unique in the directory."
	case "DirectoryUserAlreadyMatched":
		return "The account fits more than one person, so nobody gets it. Correct the value that is matched by in the roster."
	case "MatchKeyMissing":
		return "The roster has no value to find the account by. Fill in the column that userMatchingSettings names."
	case "MatchDoubtful":
		return "The account that fits may be somebody else's. Compare the names in the roster and in the directory, and correct the one that is wrong."
	case "LinkBroken":
		return "The account that this person had is gone. Restore it in the directory."
	case "PersonReplaced":
		return "Both names changed since the last roster, so the id may have been given to another person. Give the new person an id of their own."
	}
	return cmp.Or(meaningOfCreation(reason), meaningOfUndoing(reason))
}

// meaningOfUndoing is Meaning for what a revert leaves as it is.
func meaningOfUndoing(reason string) string {
	switch reason {
	case changedSince:
		return "It was changed again after that run, by a later run or by hand, and is left as it is."
	case addedByOthers:
		return "Others put them there. Homeroom never removes whom it did not add."
	case anchorTaken:
		return "What Homeroom wrote to is gone, and another object stands in its place. Take education.anchorId off that one if it is not meant to follow the roster; then this is made again."
	case accountDisabled:
		return "Somebody locked the account, and had a reason for it. Homeroom never unlocks it."
	case notInPlans:
		return "Plans tell of contacts only how many there are, so the earlier ones cannot be put back. The next roster writes those that it has."
	case neverTakenAway:
		return "Homeroom never takes this away again once it was given. Take it away in the directory if need be."
	case wasThere:
		return "It was there before that run, which wrote over what was there. What that was is not known, so it is left as it is."
	}
	return ""
}

// meaningOfCreation is Meaning for what stands in the way of a new account, and
// for what is left of a change.
func meaningOfCreation(reason string) string {
	switch reason {
	case "PasswordMissing":
		return "A new account needs a password, and there is none. Write `passwords: generate` into homeroom.yaml, or give the user flow a password."
	case "DomainUnknown":
		return "The directory does not know the domain of the new account. Correct the username, or domainName in userMatchingSettings, or list the domain under domains."
	case "RequiredValueMissing":
		return "The roster lacks a value that no account can be created without. Fill it in."
	case directory.NameConflict:
		return "The name that the new account would get is taken. Give the person another username, or free the name in the directory."
	case directoryLastOwner:
		return "The last owner of a group is never removed. Enroll another owner in the class, or name fallbackOwners in homeroom.yaml."
	case "DirUsageLocationMissing":
		return "No licence can be assigned without a place of use. Write usageLocation into homeroom.yaml."
	}
	return ""
}
