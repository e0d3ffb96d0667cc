package api

import (
	"fmt"
	"testing"
	"time"
)

// TestRate holds back a client that calls too often, and only this one.
func TestRate(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.Rate, o.Burst = 0.4, 2 })
	e.call("GET", setsPath, "").is(200)
	e.call("GET", setsPath, "").is(200)
	e.call("GET", setsPath, "").fails(429, "TooManyRequests", "").says("Retry-After: 3")
	e.now = e.now.Add(2400 * time.Millisecond)
	e.call("GET", setsPath, "").fails(429, "TooManyRequests", "").says("Retry-After: 1")
	e.now = e.now.Add(100 * time.Millisecond)
	e.call("GET", setsPath, "").is(200)
	e.call("GET", setsPath, "").fails(429, "TooManyRequests", "").says("Retry-After: 3")

	// Who sends no valid token is held back by address, and that holds back nobody else.
	e.call("GET", setsPath, "", "Authorization:").is(401)
	e.call("GET", setsPath, "", "Authorization:").is(401)
	e.call("GET", setsPath, "", "Authorization:").fails(429, "TooManyRequests", "").says("Retry-After: 3")
	e.call("GET", "/beta/$metadata", "").is(200)
}

// TestRateInBatches counts the items, and tells each when to come back.
func TestRateInBatches(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.Rate, o.Burst = 1, 2 })
	got := e.batch(`{"requests":[{"id":"1","method":"GET","url":"/external/industryData"},{"id":"2","method":"GET","url":"/external/industryData"}]}`)
	if got.statuses() != "1:200 2:429" || got.Responses[1].Headers["Retry-After"] != "1" {
		t.Errorf("%s, %v", got.statuses(), got.Responses[1].Headers)
	}
}

// TestLimitsForget keeps few buckets, and never forgets a client that is being held back
// while there are quiet ones.
func TestLimitsForget(t *testing.T) {
	l := newLimits(1, 1)
	now := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for i := range maxBuckets - 1 {
		_ = l.take(fmt.Sprint(i), now)
	}
	now = now.Add(time.Minute)
	if l.take("busy", now) != nil || l.take("busy", now) == nil {
		t.Fatal("the second request in a second was let through")
	}
	_ = l.take("new", now)
	if len(l.buckets) != 2 || l.take("busy", now) == nil {
		t.Errorf("%d buckets, or the busy client was forgotten", len(l.buckets))
	}
	for i := range 3 * maxBuckets {
		_ = l.take(fmt.Sprint(i), now)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
}

// TestGate refuses what is more than can be answered at a time.
func TestGate(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.Concurrent = 1 })
	var second *reply
	e.give = func(*request) (*response, error) {
		second = e.call("GET", "/beta/$metadata", "")
		e.call("OPTIONS", setsPath, "").is(204)
		return &response{}, nil
	}
	e.call("GET", setsPath, "").is(200)
	second.fails(503, "ServiceUnavailable", "at a time").says("Retry-After: 1")
	e.give = func(*request) (*response, error) { panic("the place must be given back") }
	e.call("GET", setsPath, "").is(500)
	e.give = nil
	e.call("GET", setsPath, "").is(200)
}

// TestCORS lets pages of configured origins call, and nobody else's.
func TestCORS(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.Origins = []string{"https://console.example"} })
	const path = setsPath + "/x"
	ask := []string{"Authorization:", "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,sdkversion"}
	e.call("OPTIONS", path, "", append(ask, "Origin: https://console.example")...).is(204).says(
		"Access-Control-Allow-Origin: https://console.example", "Access-Control-Allow-Methods: GET, HEAD, PATCH, DELETE, OPTIONS",
		"Access-Control-Allow-Headers: authorization,sdkversion", "Access-Control-Allow-Credentials: ", "Vary: Accept-Encoding, Origin")
	for _, origin := range []string{"https://evil.example", "https://console.example.evil.example", "null", ""} {
		e.call("OPTIONS", path, "", append(ask, "Origin: "+origin)...).is(204).says("Access-Control-Allow-Origin: ", "Access-Control-Allow-Methods: ", "Access-Control-Allow-Headers: ")
		e.call("GET", path, "", "Origin: "+origin).is(200).says("Access-Control-Allow-Origin: ", "Vary: Accept-Encoding, Origin")
	}
	e.call("GET", path, "", "Origin: https://console.example").is(200).says("Access-Control-Allow-Origin: https://console.example")
	e.call("GET", path, "", "Origin: https://console.example", "Authorization:").is(401).says("Access-Control-Allow-Origin: https://console.example")
	closed := newEcho(t)
	closed.call("GET", path, "", "Origin: https://console.example").says("Access-Control-Allow-Origin: ", "Vary: Accept-Encoding")
	open := newEcho(t, func(o *Options) { o.Origins = []string{"*"} })
	open.call("GET", path, "", "Origin: https://any.example").says("Access-Control-Allow-Origin: https://any.example")
}
