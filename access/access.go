// Package access holds the nouns of who may do what: what a token says once it was
// verified, and the permissions that Microsoft Graph publishes for industry data, with
// Homeroom's own.
// The packages auth, api and store share them and do not know each other.
//
//   - permission: a name such as IndustryData-OutboundFlow.ReadWrite.All.
//   - delegated: an app acts for a person who is signed in (claim scp).
//   - application: an app acts for itself (claim roles).
//   - caller: who calls, of which tenant, with which permissions.
package access

import "slices"

// Kind says for whom an app acts.
type Kind string

// The kinds.
const (
	Delegated   Kind = "delegated"   // for a person who is signed in
	Application Kind = "application" // for itself
)

// Caller is who calls, as a verified token says.
type Caller struct {
	Tenant      string // tid
	App         string // the client's id: appid or azp
	Kind        Kind
	User        string   // oid of the person; "" for an application
	UserName    string   // of the person, for people; may be ""
	Permissions []string // scp, or roles
}

// May reports whether the caller has one of the permissions.
func (c Caller) May(permissions ...string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(c.Permissions, p) })
}
