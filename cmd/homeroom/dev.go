package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store"
)

// devToken is what clients of a server for developers send. Everybody knows it: such a
// server listens on its own machine alone, and has nothing to lose.
const devToken = "homeroom-dev"

// The app that calls such a server, for clients that get their tokens themselves.
const (
	devApp    = "00000000-0000-4000-8000-000000000de1"
	devSecret = "homeroom-dev-secret" //nolint:gosec // everybody knows it, too
)

// developer lets the fixed token in, with every permission, and asks about all others.
func developer(tenant string, verify func(context.Context, string) (access.Caller, error)) func(context.Context, string) (access.Caller, error) {
	caller := access.Caller{Tenant: tenant, App: devApp, Kind: access.Application}
	for _, p := range access.Permissions() {
		caller.Permissions = append(caller.Permissions, p.Name)
	}
	return func(ctx context.Context, header string) (access.Caller, error) {
		scheme, token, _ := strings.Cut(header, " ")
		if strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(devToken)) == 1 {
			return caller, nil
		}
		return verify(ctx, header)
	}
}

// errElsewhere refuses what was meant for another server. A web page can let a name of its
// own lead to this machine; what its browser asks there would be no cross-origin request,
// and everybody knows the token.
func errElsewhere() error {
	return fault.New(fault.Denied, "A server for developers goes by localhost and 127.0.0.1 alone. For another name start it with --public-url.")
}

// openServed opens the data folder, or with --dev makes all that is in one. What it
// returns is to be called at the end.
func (a *app) openServed(ctx context.Context, o *serveOptions) (*memory, func(), error) {
	if !o.dev {
		return a.openStaying(ctx)
	}
	dir, err := os.MkdirTemp("", "homeroom-dev-") // for the district's files
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Unavailable, "There is no place for the made-up district")
	}
	clean := func() { _ = os.RemoveAll(dir) } // nothing in it is worth a word
	m, err := openDev(ctx, dir)
	if err == nil {
		o.roster = []string{filepath.Join(dir, "roster")}
		_, err = district.Write(ctx, o.roster[0], district.Options{
			People: demoPeople, Seed: demoSeed, Year: schoolYear(time.Now()), Domain: demoDomain,
		}, nil)
	}
	if err == nil {
		err = errors.Join(seed(ctx, m), register(ctx, m))
	}
	if err != nil {
		clean()
		return nil, nil, err
	}
	return m, clean, nil
}

// openDev opens a data folder of which only the key is a file.
func openDev(ctx context.Context, dir string) (*memory, error) {
	s, err := store.OpenMemory(ctx)
	if err != nil {
		return nil, err
	}
	m, err := remember(&memory{Store: s, dir: dir}).forTenant(ctx, "")
	if err != nil {
		return nil, err
	}
	m.directory, err = store.HandleMemory()
	return m, err
}

// seed stores the flow sets of the demonstration.
func seed(ctx context.Context, m *memory) error {
	c, err := readSettings("homeroom.yaml", []byte(demoConfig), os.LookupEnv)
	if err != nil {
		return err
	}
	now := time.Now()
	sets, flows, err := outbound.Stored(c.Settings.Sets, now, nil) // none has a password
	if err != nil {
		return err
	}
	for _, set := range sets {
		entry := outbound.Entry{At: now, Kind: "commandLine", Action: "create", Object: "outboundProvisioningFlowSets('" + set.ID + "')"}
		if err := m.CreateFlowSet(ctx, m.tenant, set, flowsOf(flows, set.ID), entry); err != nil {
			return err
		}
	}
	return nil
}

// register registers the app, with every permission.
func register(ctx context.Context, m *memory) error {
	now := time.Now()
	secret := access.Secret{ID: devApp, Hash: auth.HashSecret(devSecret), Created: now, Expires: now.AddDate(1, 0, 0)}
	app := access.App{Tenant: m.tenant, ID: devApp, Name: "homeroom serve --dev", Created: now, Secrets: []access.Secret{secret}}
	for _, p := range access.Permissions() {
		app.Grants = append(app.Grants, access.Grant{Permission: p.Name, Kind: access.Application}, access.Grant{Permission: p.Name, Kind: access.Delegated})
	}
	return m.CreateApp(ctx, app, byCommand())
}

func flowsOf(flows []outbound.Flow, set string) []outbound.Flow {
	var own []outbound.Flow
	for _, f := range flows {
		if f.Set == set {
			own = append(own, f)
		}
	}
	return own
}
