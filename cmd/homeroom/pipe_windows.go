package main

import (
	"errors"
	"syscall"
)

// noData is what Windows says when the other end of a pipe is being closed.
const noData = syscall.Errno(232)

// isClosedPipe reports whether nobody reads any more what is written.
func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, noData)
}
