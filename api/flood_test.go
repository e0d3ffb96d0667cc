package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

// TestLengthIsAClaim gives no memory to bodies that are only announced.
func TestLengthIsAClaim(t *testing.T) {
	e := newEcho(t)
	asked := &measured{}
	c := &call{body: asked, length: 4 << 20, out: make(http.Header)}
	if _, err := e.readBody(c); err == nil || asked.most > trusted+1 {
		t.Errorf("memory for %d bytes was there before they were: %v", asked.most, err)
	}
}

// measured is a body of which nothing comes. It notes how much memory waits for it.
type measured struct{ most int }

func (m *measured) Read(p []byte) (int, error) {
	m.most = max(m.most, len(p))
	return 0, io.ErrUnexpectedEOF
}

// TestHintsAreShort neither compares nor repeats what is much too long to be meant.
func TestHintsAreShort(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	e := newEcho(t)
	role := e.Server.model.Type("sectionRoleReferenceValue")
	err := settleRole(roster.DefaultCodes(), &odata.Entity{Type: role, Values: map[string]any{"code": long}}, "code")
	if err == nil || len(err.Error()) > 2000 || !strings.Contains(err.Error(), "Known are") {
		t.Errorf("of a role: %.100s", err)
	}
	for kind, id := range map[string]string{roleGroupType: long, definitionType: "RefRole-" + long} {
		if _, err := e.bind(&odata.Property{Type: kind}, id); err == nil || len(err.Error()) > 2000 {
			t.Errorf("of a %s: %.100s", kind, err)
		}
	}
}

// TestPatience gives a request up that takes too long, such as a filter over a million
// items: nobody may keep the store busy for as long as they like.
func TestPatience(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.Patience = time.Millisecond })
	e.give = func(r *request) (*response, error) {
		<-r.ctx.Done()
		return nil, r.ctx.Err()
	}
	e.call("GET", setsPath, "").fails(503, "ServiceUnavailable", "took too long")
}

// TestShares leaves places to others when a client takes all that it can get.
func TestShares(t *testing.T) {
	e := newEcho(t, func(o *Options) {
		o.Concurrent = 8
		o.Authenticate = func(_ context.Context, r *http.Request) (access.Caller, error) {
			return access.Caller{App: r.Header.Get("Authorization"), Permissions: []string{outboundRead}}, nil
		}
	})
	taken := 0
	var refused, other *reply
	e.give = func(*request) (*response, error) {
		if taken++; taken < 7 {
			e.call("GET", setsPath, "", "Authorization: greedy")
		} else if taken == 7 {
			refused = e.call("GET", setsPath, "", "Authorization: greedy")
			other = e.call("GET", setsPath, "", "Authorization: modest")
		}
		return &response{}, nil
	}
	e.call("GET", setsPath, "", "Authorization: greedy").is(200)
	refused.fails(429, "TooManyRequests", "Too many").says("Retry-After: 1")
	other.is(200)
	if len(e.shares.held) > 0 {
		t.Errorf("places are not given back: %v", e.shares.held)
	}
	e.call("GET", setsPath, "", "Authorization: greedy").is(200)
}

// TestDefinitionsEnd takes no more codes than can be looked at with every request.
func TestDefinitionsEnd(t *testing.T) {
	others := make([]outbound.Definition, maxDefinitions)
	fresh := outbound.Definition{Type: "RefGradeLevel", Code: "Garden", SortIndex: 9000}
	if err := checkDefinition(fresh, others[1:]); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if err := checkDefinition(fresh, others); err == nil || !strings.Contains(err.Error(), "the most") {
		t.Errorf("one too many: %v", err)
	}
}

// TestBatchEnds looks at no other request of a batch once its answers are very large.
func TestBatchEnds(t *testing.T) {
	e := newEcho(t)
	long, asked := strings.Repeat("x", 12<<20), 0
	e.give = func(r *request) (*response, error) {
		asked++
		return &response{text: long}, nil
	}
	var items []string
	for n := range 20 {
		items = append(items, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/external/industryData/runs/$count"}`, n))
	}
	got := e.call("POST", "/beta/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`).is(200)
	if refused := strings.Count(got.body, `"status":413`); asked != 3 || refused != 17 {
		t.Errorf("%d were answered and %d refused, want 3 and 17", asked, refused)
	}
}
