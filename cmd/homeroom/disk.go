package main

import (
	"errors"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/homeroomhq/homeroom/fault"
)

// diskFault gives one sentence to every failure to write to the data folder for want of
// room or of a right, wherever it came up. A quota is not told apart from a broken disk.
func diskFault(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch failure.Code() {
	case codes.SQLITE_FULL, codes.SQLITE_IOERR_WRITE, codes.SQLITE_IOERR_FSYNC, codes.SQLITE_IOERR_TRUNCATE, codes.SQLITE_IOERR_SHMSIZE:
		return fault.Wrap(failure, fault.Unavailable,
			"The data folder takes no more: its disk, or your share of it, is full. Nothing is lost: make room, then run the same command again to go on")
	}
	if failure.Code()&0xff == codes.SQLITE_READONLY && fault.KindOf(err) != fault.Denied { // of which the store says more
		return fault.Wrap(failure, fault.Denied,
			"A database in the data folder cannot be written. Nothing is lost: check the permissions of its files, then run the same command again to go on")
	}
	return err
}
