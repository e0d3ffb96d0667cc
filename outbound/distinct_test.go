package outbound_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/outbound"
)

// A list as long as a body can be is read in one go through it. Compared item by item, it
// would keep a processor busy for minutes, and every flow of everybody waiting.
func TestLongLists(t *testing.T) {
	var in []string
	for i := range 400_000 {
		in = append(in, strconv.Itoa(i))
	}
	body, err := json.Marshal(map[string]any{"displayName": "All", "filter": map[string]any{"in": append(in, in...)}})
	if err != nil {
		t.Fatal(err)
	}
	sets, err := outbound.Sets([]outbound.FlowSet{{ID: "a", Body: body}}, nil, unseal)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(len(in), len(sets[0].Filter.In)); diff != "" || sets[0].Filter.In[7] != "7" {
		t.Errorf("the organizations of the filter (-want +got):\n%s", diff)
	}
}
