package local_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
)

// TestNames gives objects names and takes them away, and compares with a list
// who may have which: each userPrincipalName and each nickname is one user's, and
// each nickname one group's.
func TestNames(t *testing.T) { onBoth(t, testNames) }

func testNames(t *testing.T, address string) {
	db := openDB(t, address)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		d := openTenant(t, db, fmt.Sprint("tenant ", round))
		objects, ids := map[string]directory.Object{}, []string{}
		login := rapid.SampledFrom([]string{"ada", "Ada", "bo", "BO", "cy"})
		domain := rapid.SampledFrom([]string{"@x.example", "@X.example", "@y.example"})
		kind := rapid.SampledFrom([]directory.Kind{directory.User, directory.User, directory.ClassGroup, directory.SecurityGroup})
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			change := directory.Change{Kind: kind.Draw(rt, "kind"), Set: directory.Attributes{directory.DisplayName: "Name"}}
			for _, id := range ids {
				if objects[id].Kind == change.Kind && rapid.IntRange(0, 2).Draw(rt, "again") > 0 {
					change.ID = id
					break
				}
			}
			if change.Kind == directory.User && (change.ID == "" || rapid.Bool().Draw(rt, "rename")) {
				change.Set[directory.UserPrincipalName] = login.Draw(rt, "login") + domain.Draw(rt, "domain")
			}
			if rapid.Bool().Draw(rt, "nickname") {
				change.Set[directory.MailNickname] = rapid.OneOf(login, rapid.Just("")).Draw(rt, "nickname")
			}
			outcome := apply(t, d, change)
			taken := isTaken(objects, change)
			if taken != (outcome.Rule == directory.NameConflict) {
				rt.Fatalf("%+v: %+v; taken: %t", change, outcome, taken)
			}
			if taken {
				continue
			}
			o := objects[outcome.ID]
			if o.Attributes == nil {
				ids = append(ids, outcome.ID)
				o = directory.Object{Kind: change.Kind, Attributes: directory.Attributes{}}
			}
			for name, text := range change.Set {
				o.Attributes[name] = text
			}
			objects[outcome.ID] = o
		}
		for id, o := range objects {
			for _, name := range []string{directory.UserPrincipalName, directory.MailNickname} {
				if text := o.Attributes[name]; text != "" {
					shown, err := d.Show(t.Context(), local.Name{Text: strings.ToUpper(text), Kind: o.Kind})
					if err != nil || shown.ID != id || shown.Attributes[name] != text {
						rt.Fatalf("%s %s shows %+v, %v, not %s", name, text, shown, err, id)
					}
				}
			}
		}
	})
}

func isTaken(objects map[string]directory.Object, change directory.Change) bool {
	for id, o := range objects {
		if id == change.ID || (o.Kind == directory.User) != (change.Kind == directory.User) {
			continue
		}
		for _, name := range []string{directory.UserPrincipalName, directory.MailNickname} {
			if text := change.Set[name]; text != "" && strings.EqualFold(text, o.Attributes[name]) {
				return true
			}
		}
	}
	return false
}
