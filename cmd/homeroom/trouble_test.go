package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
)

// troubleVariable holds the seed of what goes wrong with the directory of a program that is
// called troubled.
const troubleVariable = "HOMEROOM_TEST_TROUBLE"

// troubled is homeroom at a directory with which things go wrong.
func troubled() int {
	seed, err := strconv.ParseUint(os.Getenv(troubleVariable), 10, 64)
	if err != nil {
		panic(err)
	}
	faults := directorytest.Harsh()
	faults.Hung, faults.Slow, faults.Cut = 0, 0, 0.0001 // of hundreds of users
	faults.Refused, faults.Pause, faults.Visible, faults.PerCall = 0.01, 100*time.Millisecond, 100*time.Millisecond, 100
	a := &app{progress: newProgress(io.Discard)}
	a.watch = func(target directory.Target) directory.Target { return directorytest.Disturb(target, faults, seed) }
	return play(a)
}

// clocksApart is by how much the clock of a program that is called ahead is.
const clocksApart = 10 * time.Minute

// ahead is homeroom on a machine whose clock is ahead.
func ahead() int { return play(&app{progress: newProgress(io.Discard), ahead: clocksApart}) }

// play carries out the command line, and can be asked to stop.
func play(a *app) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	out := &output{to: os.Stdout, progress: a.progress}
	root := newRoot(a)
	root.SetOut(out)
	code, err := outcome(ctx, out, root.ExecuteContext(ctx))
	if err != nil {
		fmt.Println(err)
	}
	return code
}
