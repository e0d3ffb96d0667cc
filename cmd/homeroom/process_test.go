//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// process is the program at work, as a user sees it.
type process struct {
	*testing.T
	cmd    *exec.Cmd
	errOut *watched
	gone   chan struct{}
}

// start starts the program. What it prints goes to out, nil for nowhere.
func start(t *testing.T, cmd *exec.Cmd, out io.Writer) *process {
	t.Helper()
	p := &process{t, cmd, newWatched(), make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, p.errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its state tells
		p.errOut.end()
		close(p.gone)
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, if all went well
	return p
}

// ended reports whether the program is gone.
func (p *process) ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// signal sends the program a signal.
func (p *process) signal(s os.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}

// progressLine is what is said of what takes long, which depends on the machine.
func progressLine() *regexp.Regexp { return regexp.MustCompile(`(?m)^[^:\n]+:  .*\n`) }

// ends waits for the end, which comes with that exit code, and returns what the
// program said on standard error, without how far it was.
func (p *process) ends(code int) string {
	p.Helper()
	<-p.gone
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.Errorf("%v: exit code %d, want %d\n%s", p.cmd.Args, got, code, p.errOut)
	}
	return progressLine().ReplaceAllString(p.errOut.String(), "")
}

// says wants the program to end with a code, and to have said exactly that.
func (p *process) says(code int, want string) {
	p.Helper()
	if got := p.ends(code); got != want {
		p.Errorf("%v says %q, want %q", p.cmd.Args, got, want)
	}
}

// watched is what was written, for which one can wait.
type watched struct {
	mutex sync.Mutex
	more  *sync.Cond
	text  bytes.Buffer
	ended bool
}

func newWatched() *watched {
	w := &watched{}
	w.more = sync.NewCond(&w.mutex)
	return w
}

func (w *watched) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.more.Broadcast()
	return w.text.Write(p)
}

// end says that nothing more is written.
func (w *watched) end() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.ended = true
	w.more.Broadcast()
}

// await waits until the text is written, and reports whether it was.
func (w *watched) await(text string) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for !w.ended && !strings.Contains(w.text.String(), text) {
		w.more.Wait()
	}
	return !w.ended
}

func (w *watched) String() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.text.String()
}

// vastRoster returns a roster that nobody reads to its end: a file of 64 GB that
// takes no room.
func vastRoster(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "orgs.csv")
	if err := os.WriteFile(path, []byte("sourcedId,name,type\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 64e9); err != nil {
		t.Skip("this file system makes no file of 64 GB: ", err)
	}
	return dir
}

// filesIn returns what is in a folder.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
