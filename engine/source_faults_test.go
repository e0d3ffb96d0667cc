package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// bigSchool returns a school that is large enough for the guard to count in shares. Its ids
// begin so, and its people are called so.
func bigSchool(ids, family string) school {
	s := newSchool()
	s.put(orgs, "O1", "Elm", "school")
	for i := range 40 {
		s.put(classes, fmt.Sprint(ids, "C", i), fmt.Sprint("O", i%2), "Class "+fmt.Sprint(family, i), "Y1", "", "")
	}
	for i := range 150 {
		person, role := fmt.Sprint(ids, "P", i), "student"
		if i < 30 {
			role = "teacher"
		}
		login := strings.ToLower(fmt.Sprint(family, i))
		s.put(users, person, login, fmt.Sprint("Given", i), fmt.Sprint(family, i), login+"@mail.example")
		s.pair(roles, person, fmt.Sprint("O", i%2), role, "", "true")
		for j := range 4 {
			s.enroll(fmt.Sprint(ids, "C", (i+7*j)%40), person, role)
		}
	}
	return s
}

// damages are what happens to the files of a roster on the way.
func damages() map[string]func(t *rapid.T, files snapshot) snapshot {
	one := func(t *rapid.T, files snapshot) string { return rapid.SampledFrom(files.Names()).Draw(t, "file") }
	return map[string]func(*rapid.T, snapshot) snapshot{
		"empty": func(t *rapid.T, files snapshot) snapshot {
			name := one(t, files)
			header, _, _ := bytes.Cut(files[name], []byte("\n"))
			files[name] = append(slices.Clone(header), '\n')
			return files
		},
		"half": func(t *rapid.T, files snapshot) snapshot {
			name := one(t, files)
			files[name] = files[name][:rapid.IntRange(0, len(files[name])).Draw(t, "bytes")]
			return files
		},
		"shifted columns": func(t *rapid.T, files snapshot) snapshot {
			name := one(t, files)
			lines := strings.Split(string(files[name]), "\n")
			from := rapid.IntRange(0, 2).Draw(t, "column")
			for i, line := range lines[1:] {
				if cells := strings.Split(line, ","); len(cells) > from+1 {
					lines[i+1] = strings.Join(slices.Insert(cells[:len(cells)-1], from, ""), ",")
				}
			}
			files[name] = []byte(strings.Join(lines, "\n"))
			return files
		},
		"wrong term": func(_ *rapid.T, files snapshot) snapshot {
			for name := range files {
				files[name] = bytes.ReplaceAll(files[name], []byte("C"), []byte("Next-C"))
				files[name] = bytes.ReplaceAll(files[name], []byte("Y1"), []byte("Y2"))
			}
			files[sessions] = []byte(strings.ReplaceAll(string(files[sessions]), "2027", "2028"))
			return headed(files)
		},
		"renumbered ids": func(_ *rapid.T, files snapshot) snapshot {
			for name := range files {
				files[name] = bytes.ReplaceAll(files[name], []byte("P"), []byte("9P"))
			}
			return headed(files)
		},
		"another tenant's":                 func(*rapid.T, snapshot) snapshot { return bigSchool("", "Stranger").files() },
		"another tenant's, with other ids": func(*rapid.T, snapshot) snapshot { return bigSchool("X", "Stranger").files() },
	}
}

// headed gives files their headers back.
func headed(files snapshot) snapshot {
	for name, header := range headers() {
		_, rows, _ := bytes.Cut(files[name], []byte("\n"))
		files[name] = slices.Concat([]byte(header+"\n"), rows)
	}
	return files
}

// A roster that was damaged on the way removes, renames and creates no more than the guard
// lets pass, not even when somebody accepts it, and again and again, whatever goes wrong with
// the directory besides and wherever the process dies; and when the true roster comes back,
// all is as it was.
func TestDamagedRoster(t *testing.T) {
	for name, damage := range damages() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGround(t)
				defer g.close()
				check(struct{ rapid.TB }{t}, 6, func(t *rapid.T) { g.damage(t, damage) })
			})
		})
	}
}

func (g *ground) damage(t *rapid.T, damage func(*rapid.T, snapshot) snapshot) {
	w := g.world(t)
	w.limits = plan.DefaultLimits()
	school := bigSchool("", "Family")
	w.sync(school)
	before := w.observe()
	conductor, stop := startConductor(rapid.Uint64().Draw(t, "order of effects"))
	defer stop()
	fuse := &fuse{left: -1, turn: conductor.turn}
	w.keeper = &fragile{w.store, fuse}
	var faults directorytest.Faults
	if rapid.Bool().Draw(t, "harsh") {
		faults = directorytest.Harsh()
	}
	faults.PerCall = 10
	w.target = &mortal{directorytest.Disturb(w.dir, faults, rapid.Uint64().Draw(t, "faults")), fuse}
	files := damage(t, school.files())
	for range 3 {
		fuse.set(rapid.IntRange(-1, 60).Draw(t, "death"))
		w.take(files)
		checkGuarded(t, before, w.observe())
	}
	fuse.set(-1)
	w.take(school.files())
	w.keeper, w.target = w.store, w.dir
	w.take(school.files())
	checkKept(t, before, w.observe())
	w.sound()
}

// take makes a run of files, as somebody does who accepts any roster.
func (w *world) take(files snapshot) {
	w.Helper()
	read, _, err := sdscsv.Read(w.Context(), files, roster.DefaultCodes())
	if err != nil || read == nil {
		return // a catastrophe: there is no run
	}
	request := w.request(bigSchool("", "Family"))
	request.Roster, request.AcceptRoster = read, read.SHA256
	_, err = w.engine().Sync(w.Context(), w.lease("test"), request, func(*engine.Prepared) (bool, error) { return true, nil })
	if err != nil {
		w.Logf("the run ended: %v", err)
	}
}

// checkGuarded checks that what changed is within the limits, which count 7 days together.
func checkGuarded(t *rapid.T, before, after map[object]seen) {
	t.Helper()
	limits := plan.DefaultLimits()
	had, lost, renamed, made := make(map[string]int), make(map[string]int), make(map[string]int), make(map[string]int)
	for name, was := range before {
		is, there := after[name]
		if !there {
			t.Fatalf("%s %s is gone", name.Kind, name.Key)
		}
		kind := string(name.Kind)
		had[kind]++
		had["owners of "+kind] += len(was.Owners)
		had["members of "+kind] += len(was.Members)
		lost["owners of "+kind] += len(minus(was.Owners, is.Owners))
		lost["members of "+kind] += len(minus(was.Members, is.Members))
		for _, attribute := range []string{directory.DisplayName, directory.UserPrincipalName, directory.MailNickname} {
			if was.Attributes[attribute] != is.Attributes[attribute] {
				renamed[kind]++
			}
		}
	}
	for name := range after {
		if _, there := before[name]; !there {
			made[string(name.Kind)]++
		}
	}
	within := func(what string, counts map[string]int, least, share int) {
		for of, n := range counts {
			if n > least && n*100 > share*had[of] {
				t.Errorf("%s: %d %s of %d", what, n, of, had[of])
			}
		}
	}
	within("removed", lost, limits.Removals, limits.RemovalShare)
	within("renamed", renamed, limits.Renames, limits.RenameShare)
	within("created", made, limits.Creations, limits.CreationShare)
}

// checkKept checks that everything is as it was before, whatever else there is.
func checkKept(t *rapid.T, before, after map[object]seen) {
	t.Helper()
	for name, was := range before {
		is := after[name]
		if missing := append(minus(was.Owners, is.Owners), minus(was.Members, is.Members)...); len(missing) > 0 {
			t.Errorf("%s %s has lost %v", name.Kind, name.Key, missing)
		}
		if !maps.Equal(was.Attributes, is.Attributes) {
			t.Errorf("%s %s was %v and is %v", name.Kind, name.Key, was.Attributes, is.Attributes)
		}
	}
}
