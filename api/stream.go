package api

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// stream is an answer that is written piece by piece, since it is too large to be held, or
// not known yet.
type stream struct {
	mediaType string
	live      bool // each piece is sent at once
	write     func(ctx context.Context, w io.Writer) error
	release   func() // its place
}

// maxStreams is how many streams are written at a time. They last, so that they have
// places of their own.
const maxStreams = 64

// pieceTime is how long a client may take for one piece of a stream.
const pieceTime = time.Minute

// open finds a place for a stream.
func (s *Server) open(c *call, caller access.Caller, of *stream) (answer, error) {
	if err := s.streams.enter(); err != nil {
		return answer{}, err
	}
	client := caller.Tenant + "/" + caller.App
	if err := s.listeners.enter(client); err != nil {
		s.streams.leave()
		return answer{}, err
	}
	of.release = func() {
		s.listeners.leave(client)
		s.streams.leave()
	}
	c.out.Set("Content-Type", of.mediaType)
	if of.live {
		c.out.Set("X-Accel-Buffering", "no") // nginx would collect pieces, and send them at the end
	}
	return answer{status: c.route.status, stream: of}, nil
}

// sendStream writes a stream. When something goes wrong on the way, the connection ends,
// so that nobody takes a part for the whole.
func (s *Server) sendStream(w http.ResponseWriter, r *http.Request, c *call, a answer) {
	defer a.stream.release()
	controller := http.NewResponseController(w)
	zipped := !a.stream.live && takesGzip(r.Header)
	if zipped {
		w.Header()["Content-Encoding"] = []string{"gzip"}
	}
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead {
		return
	}
	_ = controller.SetReadDeadline(time.Time{}) // it would end the context; where there is none, nothing ends it
	var err error
	if out := (pieces{w, controller, a.stream.live}); zipped {
		z := gzip.NewWriter(out)
		if err = a.stream.write(r.Context(), z); err == nil {
			err = z.Close()
		}
	} else {
		err = a.stream.write(r.Context(), out)
	}
	if err != nil {
		if r.Context().Err() == nil {
			s.Log.ErrorContext(r.Context(), "answer broke off", "request-id", c.id, "path", c.path, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
}

// pieces gives a client time for every piece of its own, whatever the server gives for an
// answer as a whole.
type pieces struct {
	http.ResponseWriter
	controller *http.ResponseController
	flush      bool
}

func (p pieces) Write(piece []byte) (int, error) {
	_ = p.controller.SetWriteDeadline(time.Now().Add(pieceTime)) // where there is none, the client has all the time
	n, err := p.ResponseWriter.Write(piece)
	if err == nil && p.flush {
		err = p.controller.Flush()
	}
	return n, err
}
