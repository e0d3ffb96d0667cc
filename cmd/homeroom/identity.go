package main

import (
	"context"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

// openKeyring opens the embedded issuer's signing keys, which go by a clock.
func (m *memory) openKeyring(now func() time.Time) (*auth.Keyring, error) {
	v, err := openVault(m.dir)
	if err != nil {
		return nil, err
	}
	return auth.NewKeyring(m.Store, v.ofSigningKeys(), now), nil
}

// forTenant gives what was opened the tenant that was named, or the only one; else it is
// closed.
func (m *memory) forTenant(ctx context.Context, name string) (*memory, error) {
	tenants, err := m.NamedTenants(ctx)
	if err == nil {
		m.tenant, err = pickTenant(tenants, name)
	}
	if err != nil {
		_ = m.Close() // the first error says more
		return nil, err
	}
	return m, nil
}

// pickTenant returns the id of the tenant that has the name or the id, or with "" of the
// only one.
func pickTenant(tenants []access.Tenant, name string) (string, error) {
	titles := make([]string, len(tenants))
	for i, t := range tenants {
		if name != "" && (strings.EqualFold(t.ID, name) || strings.EqualFold(t.Name, name)) {
			return t.ID, nil
		}
		titles[i] = t.Title()
	}
	switch {
	case name == "" && len(tenants) == 1:
		return tenants[0].ID, nil
	case name == "":
		return "", fault.New(fault.Invalid, "There are %d tenants: say which one, with --tenant. They are %s.", len(tenants), strings.Join(titles, ", "))
	}
	return "", fault.New(fault.NotFound, "There is no tenant %s; homeroom tenants list shows which there are.", name)
}

// checkPermissions refuses names that are no permissions.
func checkPermissions(names []string) error {
	for _, name := range names {
		if _, ok := access.FindPermission(name); ok {
			continue
		}
		var all []string
		for _, p := range access.Permissions() {
			all = append(all, p.Name)
		}
		return fault.New(fault.Invalid, "There is no permission %s. There are %s.", name, strings.Join(all, ", "))
	}
	return nil
}

// grantsOf makes grants of one kind.
func grantsOf(kind access.Kind, names []string) []access.Grant {
	var grants []access.Grant
	for _, name := range names {
		grants = append(grants, access.Grant{Permission: name, Kind: kind})
	}
	return grants
}
