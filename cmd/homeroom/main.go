// Command homeroom keeps a school's directory true to the school's roster.
//
// Every command is a file of this package that says what it does, reads its
// flags and calls the packages that do the work. Here everything is wired
// together: formats.go and targets.go are the lists of what exists.
//
// Exit codes: 0 for success, 1 for any failure, 2 for a plan with changes (with
// --detailed-exitcode), 3 for a roster with errors (check), 4 for a roster that
// cannot be used, 5 for steps or a roster that wait for approval, 6 for steps
// that failed, 141 when nobody reads what is printed any more.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/homeroomhq/homeroom/fault"
)

func main() { os.Exit(program()) }

// program carries out the command line that it was called with. It can be asked to
// stop; asked a second time, it ends at once.
func program() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)   // the next signal does what it does by itself
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error where it is written to
	return execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// The exit codes.
const (
	exitDone         = 0
	exitFailed       = 1
	exitChanges      = 2
	exitErrors       = 3
	exitCatastrophic = 4
	exitHeld         = 5
	exitPartial      = 6
	exitUnread       = 141 // what a shell shows for other programs that a closed pipe ends
)

// execute carries out one command line and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{progress: newProgress(errOut)}
	context.AfterFunc(ctx, a.progress.stopping)
	stdout := &output{to: out, progress: a.progress}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(&input{done: ctx.Done(), from: in})
	root.SetOut(stdout)
	root.SetErr(&notes{to: errOut, progress: a.progress})
	err := root.ExecuteContext(ctx)
	if barred := a.progress.erase(); ctx.Err() != nil && !barred && terminal(errOut) != nil {
		_, _ = fmt.Fprintln(errOut) // after the ^C that the terminal shows
	}
	a.progress.silence()
	code, err := outcome(ctx, stdout, err)
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "homeroom: %v\n", err)
	}
	return code
}

// outcome returns the exit code of a command that ended so, and what is to be said of
// it, nil for nothing.
func outcome(ctx context.Context, stdout *output, err error) (int, error) {
	code, ended := errors.AsType[exitCode](err)
	switch {
	case isClosedPipe(err):
		return exitUnread, nil
	case (ended || err == nil) && stdout.failed != nil:
		err = stdout.failed
	case ended:
		return int(code), nil
	case err != nil && ctx.Err() != nil:
		err = stopped(err)
	default:
		err = diskFault(err)
	}
	return codeOf(err), err
}

// stopped returns what to say of a command that was stopped. What it did until then
// it says itself, where it did anything.
func stopped(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Canceled && f.Cause == nil {
		return f
	}
	return fault.New(fault.Canceled, "Stopped; nothing was changed. Run the same command again to go on.")
}

// exitCode ends the program with a code after everything was said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// codeOf returns the exit code for an error.
func codeOf(err error) int {
	switch fault.KindOf(err) {
	case "":
		return exitDone
	case fault.Roster:
		return exitCatastrophic
	case fault.Held:
		return exitHeld
	case fault.Partial:
		return exitPartial
	default:
		return exitFailed
	}
}
