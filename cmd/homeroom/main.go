// Command homeroom keeps a school's directory true to the school's roster.
//
// Every command is a file of this package that says what it does, reads its
// flags and calls the packages that do the work. Here everything is wired
// together: formats.go and targets.go are the lists of what exists.
//
// Exit codes: 0 for success, 1 for any failure, 2 for a plan with changes (with
// --detailed-exitcode), 3 for a roster with errors (check), 4 for a roster that
// cannot be used, 5 for steps or a roster that wait for approval, 6 for steps
// that failed.
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
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
)

// execute carries out one command line and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "homeroom: %v\n", err)
	}
	return codeOf(err)
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
