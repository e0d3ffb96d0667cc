package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/api"
)

// documentation is a world that fits an example. Ids are those of the documentation on
// one side and ours on the other.
type documentation struct {
	*world
	caller   string
	entities map[string]map[string]any
	ids      []string // documented, ours, documented, ours, ...
}

func (d *documentation) actual(text string) string {
	return strings.NewReplacer(d.ids...).Replace(text)
}

func (d *documentation) documented(text string) string {
	back := make([]string, len(d.ids))
	for i := 0; i < len(d.ids); i += 2 {
		back[i], back[i+1] = d.ids[i+1], d.ids[i]
	}
	return strings.NewReplacer(back...).Replace(text)
}

// presuppose makes what an example is about: what its URL names, and what is then in a
// collection that it lists.
func (d *documentation) presuppose(e example) {
	d.Helper()
	set := regexp.MustCompile(`FlowSets/([^/]+)`).FindStringSubmatch(e.url)
	flow := regexp.MustCompile(`provisioningFlows/([^/]+)`).FindStringSubmatch(e.url)
	definition := regexp.MustCompile(`referenceDefinitions/(\w+)-(TestGrade)`).FindStringSubmatch(e.url)
	if set != nil {
		d.makeSet(set[1])
	}
	if flow != nil {
		d.makeFlow(set[1], flow[1])
	}
	if definition != nil {
		d.post(d.caller, industryData+"/referenceDefinitions",
			fmt.Sprintf(`{"referenceType":%q,"code":%q,"isDisabled":false,"sortIndex":300}`, definition[1], definition[2]))
	}
	if strings.Contains(e.url, "/runs") {
		d.makeRuns()
	}
	if e.method != http.MethodGet {
		return
	}
	for _, entity := range entitiesOf(d.T, e.answer) {
		switch id, _ := entity["id"].(string); {
		case strings.HasSuffix(e.url, "FlowSets"):
			d.makeSet(id)
		case strings.HasSuffix(e.url, "provisioningFlows"):
			d.makeFlow(set[1], id)
		}
	}
	// By the time that somebody reads, flows have been looked at in the background. In all
	// examples they are disabled: there is no roster yet.
	d.runs.inbound = api.InboundMissing
	if err := d.server.Validate(d.Context(), school); err != nil {
		d.Fatal(err)
	}
}

// makeSet creates a flow set of the documentation, one of no matter what content when
// the documentation does not show it.
func (d *documentation) makeSet(id string) {
	d.Helper()
	entity := d.entities[id]
	if entity == nil {
		entity = map[string]any{"displayName": "Documented elsewhere"}
	}
	d.create(flowSets, id, entity)
}

func (d *documentation) makeFlow(set, id string) {
	d.Helper()
	d.create(d.actual(flowSets+"/"+set+"/provisioningFlows"), id, d.entities[id])
}

// create creates what is documented as an answer: but for what the service itself says
// of an entity, and for passwords, answers can be sent.
func (d *documentation) create(url, id string, entity map[string]any) {
	d.Helper()
	own := make(map[string]any)
	for name, value := range entity {
		switch name {
		case "id", "createdDateTime", "lastModifiedDateTime", "readinessStatus":
		default:
			own[name] = value
		}
	}
	body, err := json.Marshal(own)
	if err != nil {
		d.Fatal(err)
	}
	body = bytes.ReplaceAll(body, []byte("***************"), []byte("Documented1"))
	d.ids = append(d.ids, id, d.post(d.caller, url, string(body)))
}

// makeRuns lets the runs of the documentation have taken place.
func (d *documentation) makeRuns() {
	const running = "918d4a8f-599b-4f6a-b409-e892855db534"
	d.runs.list = []api.Run{
		{ID: running, Started: instant(d.T, "2023-11-01T11:10:46.924769Z"), Status: api.Running},
		{ID: "c7625e5d-5765-4f64-a286-5f5b845b38e1", Status: api.Completed,
			Started: instant(d.T, "2023-10-01T21:10:46.924769Z"), Ended: instant(d.T, "2023-10-01T23:00:26.012Z")},
	}
	d.runs.counts = map[string]api.Statistics{running: {
		Run: running, Status: api.Completed,
		Totals: &api.Totals{
			Organizations: 16, People: 278473, Groups: 565987, Memberships: 1235120,
			Matched: []api.RoleCount{{Role: "student", Count: 154390}, {Role: "teacher", Count: 59820}},
		},
	}}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
