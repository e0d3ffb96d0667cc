package store

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/homeroomhq/homeroom/fault"
)

// OnPostgreSQL reports whether an address is the URL of a database of PostgreSQL: any
// other is the path of a file of SQLite's.
func OnPostgreSQL(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// How many connections each of a server's pools may have: of the hundred that PostgreSQL
// takes unless somebody says otherwise, three servers use fewer. A stream holds one for as
// long as it is gone through, and who goes through it may ask something else for each item:
// that has connections of its own, so that many runs at once cannot all wait for each other.
const (
	streamConns = 10
	readConns   = 6
	writeConns  = 4
	handleConns = 8
)

// What the database is told of every connection. It gives up one whose machine is gone
// within half a minute, and with it what that held. Rows are found by the indexes, in their
// order: a plan that was made while a table was small is kept when it has grown, and of new
// tables the database knows nothing.
func sessionSettings() map[string]string {
	return map[string]string{
		"application_name":        "homeroom",
		"enable_seqscan":          "off",
		"enable_bitmapscan":       "off",
		"jit":                     "off", // which takes longer than any statement here
		"lock_timeout":            "60s", // another process may be committing a plan of a million steps
		"tcp_keepalives_idle":     "10",
		"tcp_keepalives_interval": "5",
		"tcp_keepalives_count":    "3",
		"tcp_user_timeout":        "25000",
	}
}

// silence is how long a connection waits for a machine that does not answer.
const silence = 25 * time.Second

// purpose is what a pool is for, as settings of its connections.
type purpose map[string]string

func toRead() purpose { return purpose{"default_transaction_read_only": "on"} }

// toWrite: who holds a lock and is not heard of is undone, so that others can go on.
func toWrite() purpose { return purpose{"idle_in_transaction_session_timeout": "20s"} }

func openPostgres(ctx context.Context, address string) (*Store, error) {
	s, err := postgresStore(address)
	if err != nil {
		return nil, err
	}
	if s.write, err = postgresPool(address, toWrite(), writeConns); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.writer = &turns{db: s.write}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(describe(err, s.name), s.Close())
	}
	return s, nil
}

func openPostgresReadOnly(ctx context.Context, address string) (*Store, error) {
	s, err := postgresStore(address)
	if err != nil {
		return nil, err
	}
	if err := s.checkVersion(ctx); err != nil {
		return nil, errors.Join(describe(err, s.name), s.Close())
	}
	return s, nil
}

// postgresStore returns a store that can be read.
func postgresStore(address string) (*Store, error) {
	read, err := postgresPool(address, toRead(), readConns)
	if err != nil {
		return nil, err
	}
	streams, err := postgresPool(address, toRead(), streamConns)
	if err != nil {
		return nil, errors.Join(err, read.Close())
	}
	return &Store{
		name: postgresName(address), dialect: postgresDialect{}, read: read, streams: streams, revision: &snapshots{db: read},
	}, nil
}

// postgresPool opens a pool of connections.
func postgresPool(address string, why purpose, most int) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil { // which may tell the password
		return nil, fault.New(fault.Invalid, "the address of the database cannot be read; write it as postgres://USER:PASSWORD@HOST/DATABASE, "+
			"with %%40 for @ and %%2F for / in a password")
	}
	for _, settings := range []map[string]string{sessionSettings(), why} {
		for name, value := range settings {
			if _, said := config.RuntimeParams[name]; !said {
				config.RuntimeParams[name] = value
			}
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	dialer := &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         limitSilence,
	}
	config.DialFunc = dialer.DialContext
	pool := sql.OpenDB(postgresConnector{stdlib.GetConnector(*config), postgresName(address)})
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(4)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

// postgresName is what people are told of an address: neither user nor password.
func postgresName(address string) string {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return "PostgreSQL"
	}
	return "PostgreSQL (" + config.Database + " on " + config.Host + ")"
}
