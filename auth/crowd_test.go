package auth_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
)

// An address that makes up ids of apps is held back, since each costs a hash and a row;
// and it cannot take all the device codes that may wait.
func TestCrowd(t *testing.T) {
	c := newSchool(t)
	made := func() url.Values {
		form := c.credentials()
		form.Set("client_id", uuid.NewString())
		return form
	}
	device := func() url.Values { return url.Values{"client_id": {c.app.ID}, "scope": {".default"}} }
	for _, asked := range []struct {
		endpoint string
		form     func() url.Values
		status   int
	}{{"token", made, http.StatusUnauthorized}, {"devicecode", device, http.StatusOK}, {"token", made, http.StatusUnauthorized}} {
		got := answer{Status: asked.status}
		for n := 0; n < 500 && got.Status == asked.status; n++ { // the clock goes on meanwhile
			got = c.ask(t, asked.endpoint, asked.form())
		}
		if got.Status != http.StatusTooManyRequests || got.RetryAfter != "1" {
			t.Errorf("%s, again and again: %+v", asked.endpoint, got)
		}
	}
	c.clock.advance(2 * time.Second)
	for range 10 { // who has the right secret may come as often as they like
		if got := c.ask(t, "token", c.credentials()); got.AccessToken == "" {
			t.Fatalf("after the wait: %+v", got)
		}
	}
}

// An address that is locked locks nobody else: the people that it names are not counted.
func TestLockedAddressLocksNobody(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, ".default")
	for n := range 5 {
		c.post(t, device.Page, url.Values{"code": {"BBBBBBBB"}, "name": {"nobody" + strconv.Itoa(n)}, "password": {"x"}})
	}
	for range 10 {
		c.post(t, device.Page, url.Values{"code": {"BBBBBBBB"}, "name": {c.clerk.Name}, "password": {"x"}})
	}
	before, err := c.store.Guess(t.Context(), c.tenant, "person "+c.clerk.Name, c.clock.now())
	if err != nil || before.Failures != 0 {
		t.Errorf("the clerk is held for %d guesses of a locked address: %v", before.Failures, err)
	}
}
