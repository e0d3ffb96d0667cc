package auth

import (
	"context"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// standing returns the caller with those of the claimed permissions that the app
// still has. What was issued before the app or the person was entered was issued to
// another of the same id, who is gone.
func (v *Verifier) standing(ctx context.Context, known verified) (access.Caller, error) {
	claimed, entered := known.claimed, known.issued.Add(time.Second) // iat is cut to seconds
	if key, err := v.keyring.find(ctx, claimed.Tenant, known.kid); err != nil {
		return access.Caller{}, err
	} else if key == nil {
		return access.Caller{}, refuse(unknownKey)
	}
	app, err := v.store.App(ctx, claimed.Tenant, claimed.App)
	if fault.KindOf(err) == fault.NotFound || err == nil && app.Created.After(entered) {
		return access.Caller{}, refuse("Access token was issued to an app that is not registered any more.")
	}
	if err != nil {
		return access.Caller{}, err
	}
	if claimed.Kind == access.Delegated {
		person, err := v.store.Person(ctx, claimed.Tenant, claimed.User)
		if fault.KindOf(err) == fault.NotFound || err == nil && person.Created.After(entered) {
			return access.Caller{}, refuse("Access token was issued for somebody who may not sign in any more.")
		}
		if err != nil {
			return access.Caller{}, err
		}
	}
	caller := claimed
	caller.Permissions = allowed(app, claimed.Kind, claimed.Permissions)
	if len(caller.Permissions) == 0 {
		return access.Caller{}, refuse("Access token has no permission that its app still has.")
	}
	return caller, nil
}

// allowed returns those of the permissions that an app may have: what was granted
// to it, and as delegated ones those that need no administrator's consent.
func allowed(app access.App, kind access.Kind, permissions []string) []string {
	granted := app.All(kind)
	var list []string
	for _, name := range permissions {
		p, known := access.FindPermission(name)
		if slices.Contains(granted, name) || known && kind == access.Delegated && !p.AdminConsent {
			list = append(list, name)
		}
	}
	return list
}
