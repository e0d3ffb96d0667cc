package engine

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of very many users those that were met last are remembered, also those that were
// only met again; and a later id counts.
func TestMet(t *testing.T) {
	var m met
	m.note(map[string]string{"User_a": "1", "User_b": "2"})
	for i := range 2 * manyMet {
		m.note(map[string]string{"User_" + strconv.Itoa(i): "id"})
		if i%(manyMet/2) == 0 {
			m.find([]string{"User_a"}, map[string]string{})
		}
	}
	if met := len(m.young) + len(m.old); met > 2*manyMet {
		t.Errorf("%d users are remembered", met)
	}
	m.note(map[string]string{"User_0": "another"})
	ids := make(map[string]string)
	strange := m.find([]string{"User_b", "User_a", "User_0", "User_b", "User_Z"}, ids)
	if want := []string{"User_Z", "User_b"}; !slices.Equal(strange, want) {
		t.Errorf("not met: %q, want %q", strange, want)
	}
	if diff := cmp.Diff(map[string]string{"User_a": "1", "User_0": "another"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
