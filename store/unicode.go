package store

import (
	"context"
	"database/sql/driver"
	"strings"

	"modernc.org/sqlite"
)

// connector opens connections that know the cases of all letters: SQLite's own functions
// know those of ASCII.
type connector struct {
	driver  *sqlite.Driver
	address string
}

func newConnector(address string) (connector, error) {
	d := &sqlite.Driver{}
	for name, change := range map[string]func(string) string{
		"unicode_lower": strings.ToLower,
		"unicode_upper": strings.ToUpper,
	} {
		err := d.RegisterDeterministicScalarFunction(name, 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			if text, ok := args[0].(string); ok {
				return change(text), nil
			}
			return args[0], nil
		})
		if err != nil {
			return connector{}, err
		}
	}
	return connector{d, address}, nil
}

// Connect opens a connection.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.address) }

// Driver returns the driver of the connections.
func (c connector) Driver() driver.Driver { return c.driver }
