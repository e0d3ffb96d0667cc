package auth_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/store"
)

// clock is a clock that a test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// school is a server with the embedded issuer, an app and two people.
type school struct {
	store    *store.Store
	tenant   string
	clock    *clock
	keyring  *auth.Keyring
	verifier *auth.Verifier
	issuer   *auth.Issuer
	server   *httptest.Server

	app    access.App
	secret string
	admin  access.Person // password "admin's password"
	clerk  access.Person // password "clerk's password"
}

// sealing stands for encryption: it is undone only for the same tenant, object and
// field.
func sealing() auth.Vault {
	label := func(tenant, object, field string) []byte { return []byte(tenant + "|" + object + "|" + field + "|") }
	return auth.Vault{
		Seal: func(tenant, object, field string, plain []byte) ([]byte, error) {
			return append(label(tenant, object, field), plain...), nil
		},
		Open: func(tenant, object, field string, sealed []byte) ([]byte, error) {
			plain, ok := bytes.CutPrefix(sealed, label(tenant, object, field))
			if !ok {
				return nil, errors.New("sealed for something else")
			}
			return plain, nil
		},
	}
}

func someone() access.By { return access.By{At: time.Now(), Kind: access.CommandLine} }

func newSchool(t testing.TB, trusts ...auth.Trust) *school {
	t.Helper()
	ctx := t.Context()
	s, err := store.OpenMemory(ctx)
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	c := &school{store: s, clock: &clock{}}
	c.tenant, err = s.DefaultTenant(ctx)
	check(t, err)
	c.keyring = auth.NewKeyring(s, sealing(), c.clock.now)
	c.verifier, err = auth.NewVerifier(auth.Options{
		Store: s, Keyring: c.keyring, Trusts: trusts, Authorize: "https://homeroom.example/common/oauth2/v2.0/authorize", Now: c.clock.now,
	})
	check(t, err)
	c.issuer = auth.NewIssuer(auth.IssuerOptions{
		Store: s, Keyring: c.keyring, Now: c.clock.now,
		Base: func(r *http.Request) string { return "https://" + r.Host },
	})
	c.server = httptest.NewTLSServer(c.issuer)
	t.Cleanup(c.server.Close)

	text, secret := auth.NewSecret(c.clock.now(), 24*time.Hour)
	c.secret = text
	c.app = c.newApp(t, secret, access.Grant{Permission: access.OutboundFlowReadWrite, Kind: access.Application},
		access.Grant{Permission: access.RunRead, Kind: access.Application},
		access.Grant{Permission: access.OutboundFlowReadWrite, Kind: access.Delegated})
	c.admin = c.newPerson(t, "Admin@lake.example", "admin's password", true)
	c.clerk = c.newPerson(t, "clerk@lake.example", "clerk's password", false)
	return c
}

func (c *school) newApp(t testing.TB, secret access.Secret, grants ...access.Grant) access.App {
	t.Helper()
	app := access.App{Tenant: c.tenant, ID: uuid.NewString(), Name: "Timetable <app>", Created: c.clock.now(), Secrets: []access.Secret{secret}, Grants: grants}
	check(t, c.store.CreateApp(t.Context(), app, someone()))
	return app
}

func (c *school) newPerson(t testing.TB, name, password string, admin bool) access.Person {
	t.Helper()
	p := access.Person{Tenant: c.tenant, ID: uuid.NewString(), Name: name, PasswordHash: auth.HashSecret(password), Admin: admin, Created: c.clock.now()}
	check(t, c.store.AddPerson(t.Context(), p, someone()))
	return p
}

// mint returns a token of the embedded issuer for the school's app.
func (c *school) mint(t testing.TB, kind access.Kind, permissions ...string) string {
	t.Helper()
	caller := access.Caller{Tenant: c.tenant, App: c.app.ID, Kind: kind, Permissions: permissions}
	if kind == access.Delegated {
		caller.User, caller.UserName = c.clerk.ID, c.clerk.Name
	}
	token, _, err := c.keyring.Mint(t.Context(), caller, "Timetable", "", time.Hour)
	check(t, err)
	return token
}

func (c *school) verify(ctx context.Context, token string) (access.Caller, error) {
	return c.verifier.Verify(ctx, "Bearer "+token)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantRefused fails unless err refuses a token with a header, which it
// returns with the message.
func wantRefused(t testing.TB, err error) (message, header string) {
	t.Helper()
	refusal, ok := errors.AsType[*auth.Refusal](err)
	if !ok {
		t.Fatalf("error %v, want a refusal", err)
	}
	if refusal.Message == "" || refusal.WWWAuthenticate == "" {
		t.Fatalf("refusal %+v, want a message and a header", refusal)
	}
	return refusal.Message, refusal.WWWAuthenticate
}
