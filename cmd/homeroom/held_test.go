package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// What helps with a held step depends on the rule; an approval is named only where it does.
func TestHeldAdvice(t *testing.T) {
	for name, test := range map[string]struct {
		run   ledger.Run
		rules []string
		want  []string
	}{
		"nothing":      {},
		"guard":        {rules: []string{"RemovalLimit", "CreationLimit", plan.WaitsForUser}, want: []string{"To let the held steps pass: homeroom approve 7, then the same sync again."}},
		"of a cleanup": {run: ledger.Run{Kind: ledger.Cleanup}, rules: []string{"RemovalLimit"}, want: []string{"To let the held steps pass: homeroom approve 7, then the same cleanup again."}},
		"waits":        {rules: []string{plan.WaitsForName}},
		"id reused":    {rules: []string{plan.IDReused}, want: []string{"IdReused: say which class is meant, with homeroom decide KEY same, or new.", "Then the same sync again."}},
		"several": {rules: []string{"RenameLimit", "LinkBroken", "PersonReplaced", "MatchDoubtful", "RemovalLimit"}, want: []string{
			"LinkBroken: restore the account. To match the person anew, or create one: homeroom approve 7.",
			"MatchDoubtful: correct the username in the roster, or the account. If it is the person's: homeroom approve 7.",
			"PersonReplaced: give the new person another id in the roster. If it is the same person: homeroom approve 7.",
			"RemovalLimit, RenameLimit: if it is right, let it pass: homeroom approve 7.",
			"Then the same sync again.",
		}},
	} {
		counts := map[string]int{}
		for _, rule := range test.rules {
			counts[rule]++
		}
		test.run.ID = 7
		got := heldAdvice(test.run, counts)
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], called(), "homeroom")
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
