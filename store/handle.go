package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/fault"
)

// Handle opens a database file for those who keep tables of their own, and makes
// it if it is missing. What is committed to it lasts as what the store commits
// does. A file of its own has a writer of its own, who does not wait for the
// store's. The path may be the URL of a database of PostgreSQL's, as that of Open.
func Handle(path string) (*sql.DB, error) {
	if OnPostgreSQL(path) {
		return postgresPool(path, toWrite(), handleConns)
	}
	address, err := fileAddress(path)
	if err != nil {
		return nil, err
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	syncData()
	return openPool(address + "?" + durable)
}

// HandleReadOnly opens such a file for reading and creates nothing. It fails with
// fault.NotFound when there is none.
func HandleReadOnly(path string) (*sql.DB, error) {
	if OnPostgreSQL(path) {
		return postgresPool(path, toRead(), handleConns)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no Homeroom data at %s", path)
	}
	address, err := fileAddress(path)
	if err != nil {
		return nil, err
	}
	return openPool(address + "?" + reading)
}

// HandleMemory opens an empty database in memory, which is gone when it is closed.
func HandleMemory() (*sql.DB, error) {
	return openPool(memoryAddress() + fleeing)
}

func memoryAddress() string { return "file:/" + uuid.NewString() + "?vfs=memdb&" }
