package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// How often a live stream looks how far the run is, and how often it says that it is
// still there when there is nothing to tell, so that nothing on the way takes it for dead.
const (
	lookEvery  = 250 * time.Millisecond
	aliveEvery = 15 * time.Second
)

// ownEvents tells how far a run is until it has ended, as server-sent events.
func (s *Server) ownEvents(r *request) (*response, error) {
	tenant, id := r.caller.Tenant, r.keys["run"]
	first, err := s.Operations.Progress(r.ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	look := func(ctx context.Context) (Progress, error) { return s.Operations.Progress(ctx, tenant, id) }
	return &response{stream: &stream{mediaType: eventType, live: true, write: func(ctx context.Context, w io.Writer) error {
		return s.follow(ctx, w, first, look)
	}}}, nil
}

// follow writes events until the run has ended, the client has gone, or the server is
// about to stop.
func (s *Server) follow(ctx context.Context, w io.Writer, now Progress, look func(context.Context) (Progress, error)) error {
	looks, alive := time.NewTicker(lookEvery), time.NewTicker(aliveEvery)
	defer looks.Stop()
	defer alive.Stop()
	var told Progress
	for {
		if now.Stage != told.Stage || now.Done != told.Done || now.Total != told.Total {
			if err := writeEvent(w, "progress", now); err != nil {
				return err
			}
			told = now
		}
		if now.Run.Status != ledger.Running {
			return writeEvent(w, "end", now.Run)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Stopping:
			return nil
		case <-alive.C:
			if _, err := io.WriteString(w, ": still there\n\n"); err != nil {
				return err
			}
		case <-looks.C:
		}
		var err error
		if now, err = look(ctx); err != nil {
			return err
		}
	}
}

// writeEvent writes one event in one piece.
func writeEvent(w io.Writer, name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, text)
	return err
}
