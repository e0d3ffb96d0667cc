package store

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitSilence ends a connection over which nothing that was sent arrives: a statement would
// else wait for a quarter of an hour.
func limitSilence(network, _ string, conn syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var err error
	controlErr := conn.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}
