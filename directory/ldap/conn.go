package ldap

import (
	"errors"
	"net"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// conn is a connection that is signed in, for one user at a time.
type conn struct {
	*goldap.Conn
	wire net.Conn
	used time.Time // last
}

// cut ends the connection at once, and with it what is waited for.
func (c *conn) cut() { c.wire.Close() }

// codeOf returns the result code of RFC 4511: 0 for no error.
func codeOf(err error) uint16 {
	if err == nil {
		return goldap.LDAPResultSuccess
	}
	if e, ok := errors.AsType[*goldap.Error](err); ok {
		return e.ResultCode
	}
	return goldap.ErrorNetwork
}

// isLost reports whether no answer came.
func isLost(err error) bool {
	if _, ours := errors.AsType[*refusal](err); ours {
		return false
	}
	switch codeOf(err) {
	case goldap.ErrorNetwork, goldap.ErrorUnexpectedResponse, goldap.ErrorUnexpectedMessage,
		goldap.LDAPResultServerDown, goldap.LDAPResultTimeout, goldap.LDAPResultConnectError:
		return true
	}
	return false
}

// isAny reports whether the server answered with one of the codes.
func isAny(err error, codes ...uint16) bool { return goldap.IsErrorAnyOf(err, codes...) }

// entry reads one entry; nil when it is not there.
func (c *conn) entry(dn string, attributes ...string) (*goldap.Entry, error) {
	return c.entryWith(nil, dn, attributes...)
}

func (c *conn) entryWith(controls []goldap.Control, dn string, attributes ...string) (*goldap.Entry, error) {
	found, err := c.Search(&goldap.SearchRequest{
		BaseDN: dn, Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: attributes, Controls: controls,
	})
	if isAny(err, goldap.LDAPResultNoSuchObject) || err == nil && len(found.Entries) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return found.Entries[0], nil
}

// below searches the whole tree below a base.
func (c *conn) below(base, filter string, attributes ...string) ([]*goldap.Entry, error) {
	return c.belowWith(nil, base, filter, attributes...)
}

func (c *conn) belowWith(controls []goldap.Control, base, filter string, attributes ...string) ([]*goldap.Entry, error) {
	found, err := c.Search(&goldap.SearchRequest{
		BaseDN: base, Scope: goldap.ScopeWholeSubtree, Filter: filter, Attributes: attributes, Controls: controls,
	})
	if err != nil {
		return nil, err
	}
	return found.Entries, nil
}

// equal returns the filter for entries in which an attribute has a value.
func equal(attribute, value string) string {
	return "(" + attribute + "=" + goldap.EscapeFilter(value) + ")"
}
