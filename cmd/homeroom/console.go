package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/homeroomhq/homeroom/fault"
)

// output is standard output. It keeps the progress bar out of what is printed, and
// remembers what went wrong, whoever forgets it.
type output struct {
	to       io.Writer
	progress *progress
	failed   error // the first that went wrong; nil for nothing
	closed   bool  // the program that read this has seen enough
}

// Write writes. When nobody reads any more the first error says so; what comes after
// it is dropped in silence.
func (o *output) Write(p []byte) (int, error) {
	if o.closed {
		return len(p), nil
	}
	if terminal(o.to) != nil {
		o.progress.idle()
	}
	n, err := o.to.Write(p)
	if isClosedPipe(err) {
		o.closed = true
		return n, err
	}
	err = fault.Wrap(err, fault.Unavailable, "The output cannot be written")
	if o.failed == nil {
		o.failed = err
	}
	return n, err
}

// notes is standard error. Notes that cannot be written stop nothing.
type notes struct {
	to       io.Writer
	progress *progress
}

func (n *notes) Write(p []byte) (int, error) {
	n.progress.erase()
	_, _ = n.to.Write(p) // nobody can be told
	return len(p), nil
}

// input is standard input. Whoever waits for it can be stopped.
type input struct {
	done <-chan struct{}
	from io.Reader
}

func (in *input) Read(p []byte) (int, error) {
	read := make(chan transfer, 1)
	own := make([]byte, len(p)) // p belongs to others when the reading is stopped
	go func() {
		n, err := in.from.Read(own)
		read <- transfer{n, err}
	}()
	select {
	case got := <-read:
		copy(p, own[:got.n])
		return got.n, got.err
	case <-in.done:
		return 0, context.Canceled
	}
}

// stoppable is a writer of much, which can be stopped even while nobody reads what
// it wrote.
type stoppable struct {
	to       io.Writer
	done     <-chan struct{}
	progress *progress // nil where it would be drawn into what is written
	written  int64
}

// long returns the writer for what may take its time to write.
func long(ctx context.Context, w io.Writer, p *progress) io.Writer {
	s := &stoppable{to: w, done: ctx.Done(), progress: p}
	if terminal(w) != nil {
		s.progress = nil
	}
	return s
}

func (s *stoppable) Write(p []byte) (int, error) {
	written := make(chan transfer, 1)
	go func() {
		n, err := s.to.Write(p)
		written <- transfer{n, err}
	}()
	select {
	case w := <-written:
		s.written += int64(w.n)
		s.progress.update("writing", bytesRead, s.written, 0)
		return w.n, w.err
	case <-s.done:
		return 0, context.Canceled
	}
}

// transfer is how a reading or a writing went.
type transfer struct {
	n   int
	err error
}

// terminal returns the terminal that is written to, nil for anything else.
func terminal(w io.Writer) *os.File {
	switch w := w.(type) {
	case *output:
		return terminal(w.to)
	case *stoppable:
		return terminal(w.to)
	case *os.File:
		if term.IsTerminal(int(w.Fd())) {
			return w
		}
	}
	return nil
}

// plain reports whether the terminal is to get text alone.
func plain() bool { return os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" }

// columns returns the width of a terminal, 0 for an unknown one.
func columns(t *os.File) int {
	width, _, err := term.GetSize(int(t.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// leastColumns is the width below which no bar is drawn.
const leastColumns = 20

// barWidth returns the columns of the terminal that a bar is drawn on, 0 for none.
func barWidth(w io.Writer) int {
	t := terminal(w)
	if t == nil || plain() {
		return 0
	}
	if width := columns(t); width >= leastColumns {
		return width
	}
	return 0
}
