package plan

import (
	"strings"
	"testing"
)

// The reasons for which flows refuse what they ask for, and those of the
// planner, are explained in a sentence that says what to do.
func TestEveryReasonIsExplained(t *testing.T) {
	reasons := []string{
		"NoProvisionedMember", "UserNotMatched", "AmbiguousMatch", "DirectoryUserAlreadyMatched", "MatchKeyMissing",
		"MatchDoubtful", "LinkBroken", "PersonReplaced", "PasswordMissing", "DomainUnknown", "RequiredValueMissing",
		"DirNameConflict", "LastOwner", "DirUsageLocationMissing",
	}
	for _, reason := range reasons {
		if !strings.HasSuffix(Meaning(reason), ".") {
			t.Errorf("%s means %q", reason, Meaning(reason))
		}
	}
}

func TestEveryDecisionNamesTheCommand(t *testing.T) {
	rules := []string{
		tooManyRemovals, tooManyCreations, tooManyRenames, privilegedUser, WaitsForUser,
		"MatchDoubtful", "LinkBroken", "PersonReplaced", "a rule to come",
	}
	for _, rule := range rules {
		if !strings.Contains(Decision(rule), "`homeroom approve`") {
			t.Errorf("%s: %s", rule, Decision(rule))
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 123456: "123,456", 10000000: "10,000,000"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %s, want %s", n, got, want)
		}
	}
}

// A list of people never makes a line longer than the width, unless a single
// key does.
func TestPeopleFitTheWidth(t *testing.T) {
	keys := strings.Fields(strings.Repeat("User_114001 ", 1234))
	for width := 45; width < 120; width++ {
		var out strings.Builder
		text := newText(&out, TextOptions{Width: width})
		text.people("    ", "members", "+", keys)
		if err := text.out.Flush(); err != nil {
			t.Fatal(err)
		}
		if n := length(strings.TrimSuffix(out.String(), "\n")); n > width {
			t.Errorf("%d characters where %d fit: %s", n, width, out.String())
		}
	}
}
