package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

// tenanted is the value of a flag, and whose it is.
type tenanted struct {
	tenant string // id
	value  string
}

// ofTenants reads the values of a flag that are written TENANT=VALUE, or without a tenant
// where there is one alone.
func ofTenants(tenants []access.Tenant, flag string, values []string) ([]tenanted, error) {
	var all []tenanted
	for _, text := range values {
		of, err := ofTenant(tenants, flag, text)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

func ofTenant(tenants []access.Tenant, flag, text string) (tenanted, error) {
	name, value, named := strings.Cut(text, "=")
	if named && name != "" {
		if id, err := pickTenant(tenants, name); err == nil {
			return tenanted{id, value}, nil
		}
	}
	if len(tenants) == 1 {
		return tenanted{tenants[0].ID, text}, nil // a path may well have a = in it
	}
	var titles []string
	for _, t := range tenants {
		titles = append(titles, t.Title())
	}
	return tenanted{}, fault.New(fault.Invalid, "There are %d tenants: say whose --%s %s is, as in --%s %s=%s. They are %s.",
		len(tenants), flag, text, flag, titles[len(titles)-1], text, strings.Join(titles, ", "))
}

// pathsOf returns the paths that a flag gives, by tenant.
func pathsOf(tenants []access.Tenant, flag string, values []string) (map[string]string, error) {
	all, err := ofTenants(tenants, flag, values)
	paths := make(map[string]string)
	for _, of := range all {
		if paths[of.tenant] != "" {
			return nil, fault.New(fault.Invalid, "--%s is given twice for one tenant: %s and %s.", flag, paths[of.tenant], of.value)
		}
		paths[of.tenant] = of.value
	}
	return paths, err
}

// trusts returns the issuers whose tokens count besides our own, each for a tenant.
func (o *serveOptions) trusts(tenants []access.Tenant) ([]auth.Trust, error) {
	var trusts []auth.Trust
	issuers, err := ofTenants(tenants, "trust-issuer", o.issuers)
	if err != nil {
		return nil, err
	}
	for _, of := range issuers {
		issuer, audience, ok := strings.Cut(of.value, ",")
		if !ok {
			return nil, fault.New(fault.Invalid, "--trust-issuer is an issuer and an audience with a comma between, as in https://idp.example,homeroom; %q is not.", of.value)
		}
		trusts = append(trusts, auth.Trust{Issuer: issuer, Audiences: []string{audience}, Tenant: of.tenant})
	}
	for _, text := range o.entra {
		trust, err := trustsEntra(tenants, text)
		if err != nil {
			return nil, err
		}
		trusts = append(trusts, trust...)
	}
	return trusts, nil
}

// trustsEntra reads which tokens of Microsoft Entra count. A tenant that has the id which it
// has there need not be named.
func trustsEntra(tenants []access.Tenant, text string) ([]auth.Trust, error) {
	name, value, named := strings.Cut(text, "=")
	if !named {
		value = text
	}
	tid, client, _ := strings.Cut(value, ",")
	if uuid.Validate(tid) != nil || uuid.Validate(client) != nil {
		return nil, fault.New(fault.Invalid, "--trust-entra is the id of an Entra tenant and the client id of Homeroom's registration there, with a comma between; %q is not.", text)
	}
	if named {
		id, err := pickTenant(tenants, name)
		return auth.EntraTrusts(id, tid, client, ""), err
	}
	if id, err := pickTenant(tenants, tid); err == nil {
		return auth.EntraTrusts(id, tid, client, ""), nil
	}
	of, err := ofTenant(tenants, "trust-entra", text)
	return auth.EntraTrusts(of.tenant, tid, client, ""), err
}

// tell says where the server is.
func (s *serving) tell(w io.Writer) error {
	var b strings.Builder
	if len(s.tenants) == 1 {
		fmt.Fprintf(&b, "Homeroom serves %s/beta for the tenant %s.\n", s.options.base(), s.tenants[0].ID)
	} else {
		fmt.Fprintf(&b, "Homeroom serves %s/beta for %d tenants:\n", s.options.base(), len(s.tenants))
		for _, t := range s.tenants {
			fmt.Fprintf(&b, "  %s\n", s.aboutTenant(t))
		}
	}
	if s.options.authority != "" {
		fmt.Fprintf(&b, "Clients are to trust the authority %s\n", s.options.authority)
	}
	if s.options.metricsAddr != "" {
		fmt.Fprintf(&b, "Prometheus reads http://%s/metrics\n", s.options.metricsAddr)
	}
	if s.options.dev {
		fmt.Fprintf(&b, "Authorization: Bearer %s\n", devToken)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// aboutTenant says what the server knows of a tenant.
func (s *serving) aboutTenant(t access.Tenant) string {
	about := t.ID
	if t.Name != "" {
		about = t.Name + " (" + t.ID + ")"
	}
	if path := s.runs.rosters[t.ID]; path != "" {
		return about + ", roster " + path
	}
	return about + ", no roster"
}
