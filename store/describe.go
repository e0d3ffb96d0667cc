package store

import (
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/homeroomhq/homeroom/fault"
)

// describe gives a sentence to the failures of a database that a person can do something
// about. The name is that of the database.
func describe(err error, name string) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if failure, ok := errors.AsType[*sqlite.Error](err); ok {
		return describeSQLite(failure, err, name)
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return describePostgres(failure, err, name)
	}
	if errors.Is(err, driver.ErrBadConn) {
		return describeSilence(err, name)
	}
	return err
}

func describeSQLite(failure *sqlite.Error, err error, name string) error {
	switch failure.Code() & 0xff { // without the details of the extended codes
	case codes.SQLITE_BUSY:
		return fault.Wrap(err, fault.Unavailable,
			"the Homeroom data at %s is being written by another process; try again when that is done", name)
	case codes.SQLITE_FULL:
		return fault.Wrap(err, fault.Unavailable, "the disk that holds %s is full; make room and run again", name)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM:
		return fault.Wrap(err, fault.Denied, "%s cannot be written; check its permissions", name)
	case codes.SQLITE_CANTOPEN:
		return fault.Wrap(err, fault.Invalid, "%s cannot be opened; check that its folder exists and can be written", name)
	case codes.SQLITE_NOTADB, codes.SQLITE_CORRUPT:
		return fault.Wrap(err, fault.Invalid, "%s is damaged or not Homeroom's; restore it from a backup", name)
	}
	return err
}

// describePostgres goes by the codes of PostgreSQL (Appendix A of its documentation).
func describePostgres(failure *pgconn.PgError, err error, name string) error {
	switch failure.Code {
	case "55P03": // lock_timeout
		return fault.Wrap(err, fault.Unavailable, "%s is being written by another process; try again when that is done", name)
	case "53100":
		return fault.Wrap(err, fault.Unavailable, "the disk of %s is full; make room and run again", name)
	case "53300":
		return fault.Wrap(err, fault.Unavailable, "%s takes no more connections; raise its max_connections", name)
	case "25006":
		return fault.Wrap(err, fault.Denied, "%s can only be read: it is a standby, or was made so by its administrator", name)
	case "42501", "3F000": // and no schema that it may make tables in
		return fault.Wrap(err, fault.Denied, "%s refuses this to its user; grant it, or run homeroom migrate as a user who may", name)
	case "3D000":
		return fault.Wrap(err, fault.Invalid, "%s is not there; create the database first", name)
	}
	switch {
	case strings.HasPrefix(failure.Code, "28"):
		return fault.Wrap(err, fault.Denied, "%s does not let its user in; check the name and the password", name)
	case strings.HasPrefix(failure.Code, "57P"), strings.HasPrefix(failure.Code, "08"):
		return fault.Wrap(err, fault.Unavailable, "%s is being stopped or started; try again in a while", name)
	}
	return err
}

// describeSilence is for failures of a connection.
func describeSilence(err error, name string) error {
	return fault.Wrap(err, fault.Unavailable, "%s does not answer; try again when it does", name)
}
