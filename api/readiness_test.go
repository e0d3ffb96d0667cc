package api_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/outbound"
)

// TestReadiness follows a flow through its life: it is notReady until it was checked, and
// after every change; then it goes by the roster (contract B.4).
func TestReadiness(t *testing.T) {
	w := newWorld(t)
	w.runs.inbound = api.InboundMissing
	token := w.admin()
	url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`) + "/provisioningFlows"
	url += "/" + w.post(token, url, withType("securityGroupProvisioningFlow", `"creationOptions":{}`))
	f := &life{w, token, url, ""}
	f.is("notReady")
	f.validate().is("disabled")
	modified := f.get()["lastModifiedDateTime"]

	w.runs.inbound = api.InboundUsable
	f.is("disabled")
	f.moves().validate().is("ready")
	f.stays().validate().is("ready")
	if now := f.get()["lastModifiedDateTime"]; now != modified {
		t.Errorf("the readiness changed lastModifiedDateTime from %s to %s", modified, now)
	}

	f.stays().patch(`{"creationOptions":{}}`, 204).is("ready")
	f.moves().patch(`{"creationOptions":{"createBasedOnRoleGroup":true}}`, 204).is("notReady")
	f.validate().is("ready")
	f.stays().patch(`{"creationOptions":{"createBasedOnRoleGroup":"yes"}}`, 400).is("ready")

	modified = f.get()["lastModifiedDateTime"]
	f.moves()
	for _, action := range []string{"/reset", "/microsoft.graph.industryData.reset"} {
		if got := w.send(token, "POST", url+action, nil, nil); got.status != http.StatusAccepted || len(got.body) != 0 {
			t.Errorf("POST %s: %d %s", action, got.status, got.body)
		}
	}
	f.is("notReady")
	if now := f.get()["lastModifiedDateTime"]; now != modified {
		t.Errorf("reset changed lastModifiedDateTime from %s to %s", modified, now)
	}
	w.runs.inbound = api.InboundExpired
	f.validate().is("expired")
	w.runs.inbound = api.InboundMissing
	f.validate().is("disabled")
}

// life is a flow, and the ETag by which it was last seen.
type life struct {
	*world
	token, url, etag string
}

func (f *life) get() map[string]any {
	f.Helper()
	return f.send(f.token, "GET", f.url, nil, nil).object()
}

func (f *life) is(readiness string) {
	f.Helper()
	if got := f.get()["readinessStatus"]; got != readiness {
		f.Errorf("the flow is %s, want %s", got, readiness)
	}
	now := f.send(f.token, "GET", f.url, nil, nil).header.Get("ETag")
	if f.etag != "" && (now == f.etag) == (f.etag[0] == '!') || "!"+now == f.etag {
		f.Errorf("the ETag is %s after %s", now, f.etag)
	}
	f.etag = ""
}

// moves and stays say what is to become of the ETag by the next look.
func (f *life) moves() *life {
	f.etag = "!" + f.send(f.token, "GET", f.url, nil, nil).header.Get("ETag")
	return f
}

func (f *life) stays() *life {
	f.etag = f.send(f.token, "GET", f.url, nil, nil).header.Get("ETag")
	return f
}

func (f *life) validate() *life {
	f.Helper()
	if err := f.server.Validate(f.Context(), school, neighbour); err != nil {
		f.Fatal(err)
	}
	return f
}

func (f *life) patch(body string, status int) *life {
	f.Helper()
	if got := f.send(f.token, "PATCH", f.url, jsonHeader(), []byte(body)); got.status != status {
		f.Errorf("PATCH %s: %d %s", body, got.status, got.body)
	}
	return f
}

// TestUnreadableFlow checks a flow with a password that no longer opens: it fails, for runs
// could not carry it out. The others are ready.
func TestUnreadableFlow(t *testing.T) {
	lost := false
	w := newWorld(t, func(o *api.Options) {
		open := o.Open
		o.Open = func(tenant, object, field, sealed string) (string, error) {
			if lost {
				return "", errors.New("another key")
			}
			return open(tenant, object, field, sealed)
		}
	})
	token := w.admin()
	w.post(token, flowSets, `{"displayName":"N","provisioningFlows":[`+user(`{`+staffGroup+`,`+password+`}`)+`,`+classGroup("")+`]}`)
	lost = true
	if err := w.server.Validate(t.Context(), school); err != nil {
		t.Fatal(err)
	}
	w.stand(outbound.Ready, outbound.Failed)
	lost = false
	if err := w.server.Validate(t.Context(), school); err != nil {
		t.Fatal(err)
	}
	w.stand(outbound.Ready, outbound.Ready)
}

// stand checks how the class group flow and the user flow stand.
func (w *world) stand(classes, users outbound.Readiness) {
	w.Helper()
	flows, err := w.store.AllFlows(w.Context(), school)
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range flows {
		want := classes
		if f.Type == outbound.UserFlow {
			want = users
		}
		if f.Readiness != want {
			w.Errorf("%s is %s, want %s", f.Type, f.Readiness, want)
		}
	}
}

// TestStartChecksFlows starts a run straight after a flow was written: the run carries it
// out.
func TestStartChecksFlows(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	w.post(token, flowSets, `{"displayName":"N","provisioningFlows":[`+classGroup("")+`]}`)
	for i, action := range []string{"/runs/start", "/runs/microsoft.graph.industryData.start"} {
		if got := w.send(token, "POST", industryData+action, nil, nil); got.status != http.StatusAccepted || len(got.body) != 0 {
			t.Errorf("POST %s: %d %s", action, got.status, got.body)
		}
		if len(w.runs.started) != i+1 || w.runs.started[i].Tenant != school {
			t.Errorf("started: %v", w.runs.started)
		}
	}
	w.stand(outbound.Ready, outbound.Ready)
}
