package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// The limits of the server. A client that is slow holds a connection and nothing else;
// one that is silent is let go.
const (
	headerTime = 10 * time.Second
	readTime   = time.Minute
	writeTime  = 2 * time.Minute
	idleTime   = 2 * time.Minute
	headerSize = 64 << 10 // bytes
	graceTime  = time.Minute
)

// http returns the server with its limits.
func (s *serving) http() *http.Server {
	return &http.Server{
		Handler: s.handler, TLSConfig: s.options.tls,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// run serves until the context ends. Then requests that are under way are answered.
func (s *serving) run(ctx context.Context, listener net.Listener) error {
	server := s.http()
	ended := make(chan error, 1)
	go func() {
		if s.options.tls != nil {
			ended <- server.ServeTLS(listener, "", "")
		} else {
			ended <- server.Serve(listener)
		}
	}()
	defer s.begin(ctx)()
	select {
	case err := <-ended:
		return fault.Wrap(err, fault.Unavailable, "The server cannot go on")
	case <-ctx.Done():
	}
	s.log.Info("stopping", "requests", "answered first")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	return fault.Wrap(server.Shutdown(grace), fault.Unavailable, "Some requests took too long to end")
}

// How often the server looks whether something was written, and whether the roster is
// still there.
const (
	lookEvery     = 250 * time.Millisecond
	validateEvery = 15 * time.Second
)

// begin begins the work beside requests, which what it returns ends. A run that has a plan
// is carried on by the next server.
func (s *serving) begin(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { s.validate(ctx) })
	work.Go(func() { s.notify(ctx) })
	if err := s.runs.resume(ctx); err != nil {
		s.log.Error("what an earlier server left cannot be cleared up", "error", err)
	}
	if times := s.options.times; times == nil || !times.never() { // others may start them
		work.Go(func() { s.runs.scheduled(ctx, wait) })
	}
	work.Go(func() { s.runs.takeOver(ctx, wait) })
	work.Go(func() { s.runs.sweepAll(ctx, wait) })
	return func() {
		cancel()
		work.Wait()
		s.runs.wait()
	}
}

// validate moves flows on to how they stand, after every write and now and then.
func (s *serving) validate(ctx context.Context) {
	seen, next := int64(-1), time.Now()
	for ctx.Err() == nil {
		began := time.Now()
		revision, err := s.data.Revision(ctx)
		if err == nil && (revision != seen || began.After(next)) {
			var tenants []string
			if tenants, err = s.data.Tenants(ctx); err == nil {
				err = s.api.Validate(ctx, tenants...)
			}
			seen, next = revision, began.Add(validateEvery)
		}
		pause := max(lookEvery, 9*time.Since(began)) // of many tenants it takes long, and is a tenth of the work at most
		if err != nil && ctx.Err() == nil {
			s.log.Error("flows cannot be checked", "error", err)
			pause = validateEvery
		}
		_ = wait(ctx, pause) // the loop ends with the context
	}
}
