package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

// openKeyring opens the embedded issuer's signing keys.
func (m *memory) openKeyring() (*auth.Keyring, error) {
	v, err := openVault(m.dir)
	if err != nil {
		return nil, err
	}
	return auth.NewKeyring(m.Store, v.ofSigningKeys(), time.Now), nil
}

// tenantFlag adds the flag --tenant to a command.
func tenantFlag(cmd *cobra.Command, tenant *string) {
	cmd.Flags().StringVar(tenant, "tenant", "", "the tenant, where there are several")
}

// openTenant opens a data folder, by app.open or app.look, for the tenant that was named,
// or the only one.
func openTenant(cmd *cobra.Command, open func(context.Context) (*memory, error), name string) (*memory, error) {
	m, err := open(cmd.Context())
	if err != nil {
		return nil, err
	}
	if m.tenant, err = m.pickTenant(cmd, name); err != nil {
		_ = m.Close() // the first error says more
		return nil, err
	}
	return m, nil
}

// pickTenant returns the tenant that was named, or the only one.
func (m *memory) pickTenant(cmd *cobra.Command, name string) (string, error) {
	tenants, err := m.Tenants(cmd.Context())
	switch {
	case err != nil:
		return "", err
	case name == "" && len(tenants) == 1:
		return tenants[0], nil
	case name == "":
		return "", fault.New(fault.Invalid, "There are %d tenants: say which one, with --tenant. They are %s.", len(tenants), strings.Join(tenants, ", "))
	case !slices.Contains(tenants, strings.ToLower(name)):
		return "", fault.New(fault.NotFound, "There is no tenant %s.", name)
	}
	return strings.ToLower(name), nil
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
