package main

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections stay in memory, so that time can be simulated.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.waiting:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.waiting <- theirs
	return ours
}

// reader reads requests, and answers with more than fits into any buffer.
func reader(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusRequestTimeout)
		return
	}
	if r.URL.Path == "/much" {
		for err := error(nil); err == nil; {
			_, err = w.Write(make([]byte, 1<<20))
		}
	}
}

// A client that does not go on is let go when its time is over, whatever it does not go on
// with, and not before.
func TestServeTimes(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, test := range map[string]struct {
		says  string
		reads int // responses, before it does nothing more
		after time.Duration
	}{
		"nothing":          {"", 0, headerTime},
		"half a header":    {"GET / HTTP/1.1\r\nHost: local", 0, headerTime},
		"half a body":      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{", 0, readTime},
		"no more requests": {get, 1, idleTime},
		"half the next":    {get + "GET / HTTP/1.1\r\n", 1, headerTime},
		"reads nothing":    {"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n", -1, writeTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &serving{handler: http.HandlerFunc(reader), options: &serveOptions{}, log: slog.New(slog.DiscardHandler)}
				server, listener := s.http(), &pipes{make(chan net.Conn), make(chan struct{})}
				go func() { _ = server.Serve(listener) }() // until it is closed
				defer server.Close()
				conn := listener.dial()
				began := time.Now()
				go func() { _, _ = io.Copy(conn, bytes.NewReader([]byte(test.says))) }()
				answers := bufio.NewReader(conn)
				for range test.reads {
					response, err := http.ReadResponse(answers, nil)
					if err != nil {
						t.Fatal(err)
					}
					_ = response.Body.Close()
				}
				if test.reads < 0 {
					time.Sleep(test.after) // simulated
					synctest.Wait()
				}
				if _, err := io.Copy(io.Discard, answers); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != test.after {
					t.Errorf("it is let go after %s, want %s", took, test.after)
				}
			})
		})
	}
}
