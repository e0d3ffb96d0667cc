package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
)

// identify returns who calls, and holds back those who call too often. An address that
// keeps sending tokens that are not valid is held back before they are verified.
func (s *Server) identify(c *call) (access.Caller, error) {
	now := s.Now()
	if c.caller != nil {
		return *c.caller, s.clients.take(c.caller.Tenant+"/"+c.caller.App, now)
	}
	if err := s.strangers.look(access.Network(c.address), now); err != nil {
		return access.Caller{}, err
	}
	caller, err := s.Authenticate(c.ctx, c.request)
	if err != nil {
		return caller, s.stranger(c, err)
	}
	client := caller.Tenant + "/" + caller.App
	if err := s.shares.enter(client); err != nil {
		return caller, err
	}
	c.share = client // until it was answered
	return caller, s.clients.take(client, now)
}

// stranger makes the answer for a caller who is not known: 401, and counted against the
// address, when that is the token's fault; otherwise what went wrong is not for clients.
func (s *Server) stranger(c *call, err error) error {
	challenge := "Bearer"
	var refusal interface{ Challenge() string }
	switch {
	case errors.As(err, &refusal):
		challenge = refusal.Challenge()
	case fault.KindOf(err) == fault.Unavailable:
		return err
	case fault.KindOf(err) != fault.Denied, !isForClients(err):
		return fault.Wrap(err, fault.Internal, "the token could not be verified")
	}
	_ = s.strangers.take(access.Network(c.address), s.Now()) // the next one will be told
	c.out.Set("Www-Authenticate", challenge)
	return odata.Unauthorized("%s", err)
}

// permit checks a caller's permissions (contract A.2, D; the sentences of E.1).
func (s *Server) permit(r *route, caller access.Caller) error {
	if len(r.permissions) > 0 && !caller.May(r.permissions...) {
		what, which := "scope", "Scopes"
		if caller.Kind == access.Application {
			what, which = "role", "Roles"
		}
		return odata.Forbidden("Missing %s permissions on the request. API requires one of '%s'. %s on the request '%s'.",
			what, strings.Join(r.permissions, ", "), which, strings.Join(slices.Sorted(slices.Values(caller.Permissions)), ", "))
	}
	if slices.Contains(r.permissions, approve) && !s.AppsMayApprove && caller.Kind != access.Delegated {
		return odata.Forbidden("Applications decide nothing here by themselves: this needs the delegated permission '%s', on behalf of a person who is signed in.", approve)
	}
	if r.write && s.DelegatedWritesOnly && caller.Kind != access.Delegated {
		return odata.Forbidden("Application writes are switched off here: this needs a delegated permission, on behalf of a person who is signed in.")
	}
	return nil
}

// permitExpanded checks that the caller may see what $expand adds, by the permissions of
// the route that leads to it.
func (s *Server) permitExpanded(at *node, q *odata.Query, caller access.Caller) error {
	if at.key != nil {
		at = at.key // what a collection expands hangs below its items
	}
	for _, e := range q.Expand {
		for _, next := range at.literals {
			if next.name != e.Name {
				continue
			}
			if r := next.route(http.MethodGet); r != nil {
				if err := s.permit(r, caller); err != nil {
					return err
				}
			}
			if err := s.permitExpanded(next, e.Query, caller); err != nil {
				return err
			}
		}
	}
	return nil
}
