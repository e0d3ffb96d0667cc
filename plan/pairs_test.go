package plan

import (
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

// TestFallbackOwners pins when the fallback owners of an organization come and
// go (rules 3, "Last owner").
func TestFallbackOwners(t *testing.T) {
	tests := []struct {
		name   string
		have   []string // owners
		want   directory.Want
		before *directory.Want
		do     map[Action]Pairs // owners
		freed  []string
	}{
		{
			name: "the last owner is gone", have: []string{"User_A"},
			want: directory.Want{FallbackOwners: []string{"User_F"}},
			do:   map[Action]Pairs{Update: {Add: []string{"User_F"}}, Remove: {Remove: []string{"User_A"}}},
		},
		{
			name: "whether the last owner is gone is not known", have: []string{"User_A"},
			want: directory.Want{FallbackOwners: []string{"User_F"}, Keep: directory.Keep{Members: []string{"User_A"}}},
		},
		{
			name: "another owner is not known to be gone", have: []string{"User_A", "User_F"},
			want: directory.Want{FallbackOwners: []string{"User_F"}, Keep: directory.Keep{Members: []string{"User_A"}}},
		},
		{
			name: "the settings took the last owner away", have: []string{"User_A"},
			want:   directory.Want{FallbackOwners: []string{"User_F"}},
			before: &directory.Want{Owners: []string{"User_A"}, Members: []string{"User_A"}},
			freed:  []string{"User_A"},
		},
		{
			name: "the settings name other fallback owners", have: []string{"User_F"},
			want:   directory.Want{FallbackOwners: []string{"User_G"}},
			before: &directory.Want{FallbackOwners: []string{"User_F"}},
			do:     map[Action]Pairs{Update: {Add: []string{"User_G"}}},
			freed:  []string{"User_F"},
		},
		{
			name: "an owner comes back", have: []string{"User_F"},
			want: directory.Want{Owners: []string{"User_A"}, Members: []string{"User_A"}, FallbackOwners: []string{"User_F"}},
			do:   map[Action]Pairs{Update: {Add: []string{"User_A"}}, Remove: {Remove: []string{"User_F"}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			have := directory.Have{Kind: directory.ClassGroup, Key: "Section_1", ID: "1", State: directory.Managed, Owners: test.have, Members: test.have}
			p, err := Compute(Input{
				Want:   one(&test.want),
				Before: []func(directory.Kind, directory.Span) iter.Seq[directory.Want]{one(test.before)},
				Have: func(kind directory.Kind, _ directory.Span) iter.Seq2[directory.Have, error] {
					return func(yield func(directory.Have, error) bool) {
						if kind == have.Kind {
							yield(have, nil)
						}
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			done := map[Action]Pairs{}
			var freed []string
			for s, err := range p.All() {
				if err != nil {
					t.Fatal(err)
				}
				if s.Released != nil {
					freed = s.Released.Owners
					continue
				}
				done[s.Action] = s.Owners
			}
			if test.do == nil {
				test.do = map[Action]Pairs{}
			}
			if diff := cmp.Diff(test.do, done); diff != "" {
				t.Errorf("owners (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.freed, freed); diff != "" {
				t.Errorf("released owners (-want +got):\n%s", diff)
			}
		})
	}
}

// one yields one class group; none for nil.
func one(w *directory.Want) func(directory.Kind, directory.Span) iter.Seq[directory.Want] {
	return func(kind directory.Kind, _ directory.Span) iter.Seq[directory.Want] {
		return func(yield func(directory.Want) bool) {
			if w != nil && kind == directory.ClassGroup {
				w.Kind, w.Key = kind, "Section_1"
				yield(*w)
			}
		}
	}
}
