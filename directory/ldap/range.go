package ldap

import (
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// all returns every value of an attribute. Active Directory gives 1,500 of them at a time,
// under names such as member;range=0-1499; the last ones have a * for their end
// (MS-ADTS 3.1.1.3.1.3.3).
// Names come with the controls that the entry itself was asked for with.
func (c *conn) all(e *goldap.Entry, attribute string, controls ...goldap.Control) ([]string, error) {
	if attribute == "" {
		return nil, nil
	}
	found := values(e, attribute)
	for {
		some, next, err := ranged(e, attribute)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
		if next == "" {
			return found, nil
		}
		more, err := c.entryWith(controls, bareName(e.DN), attribute+";range="+next+"-*")
		if err != nil {
			return nil, err
		}
		if more == nil {
			return nil, goldap.NewError(goldap.LDAPResultNoSuchObject, fmt.Errorf("%s went away while it was read", e.DN))
		}
		if some, again, err := ranged(more, attribute); err != nil || len(some) == 0 && again != "" {
			return nil, goldap.NewError(goldap.ErrorUnexpectedResponse, fmt.Errorf("no values of %s from %s on: %w", attribute, next, err))
		}
		e = more
	}
}

// ranged returns the values that came under a range, and with which number the next ones
// begin; "" when there are no more.
func ranged(e *goldap.Entry, attribute string) (found []string, next string, err error) {
	for _, a := range e.Attributes {
		name, bounds, is := strings.Cut(strings.ToLower(a.Name), ";range=")
		if !is || !strings.EqualFold(name, attribute) {
			continue
		}
		_, last, ok := strings.Cut(bounds, "-")
		if last == "*" {
			return a.Values, "", nil
		}
		var n int
		if _, err := fmt.Sscanf(last, "%d", &n); !ok || err != nil {
			return nil, "", goldap.NewError(goldap.ErrorUnexpectedResponse, fmt.Errorf("the range of %s cannot be read", a.Name))
		}
		return a.Values, fmt.Sprint(n + 1), nil
	}
	return nil, "", nil
}

// bareName returns a name without the ids before it.
func bareName(dn string) string {
	if strings.HasPrefix(dn, "<") {
		return dn[strings.LastIndex(dn, ">;")+2:]
	}
	return dn
}
