package access

import (
	"regexp"
	"time"

	"github.com/google/uuid"
)

// Tenant is a school, a district or a ministry whose data is apart from that of all others:
// roster, settings, ledger, embedded directory, apps and people.
type Tenant struct {
	ID      string // the claim tid of its tokens, a GUID in lower case
	Name    string // what people call it on the command line; "" for none
	Created time.Time
}

// Title is what messages call a tenant.
func (t Tenant) Title() string {
	if t.Name == "" {
		return t.ID
	}
	return t.Name
}

// tenantName is a name that can be written on a command line, in a path and as a part of
// a file's name, on every system.
var tenantName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)

// IsTenantName reports whether a tenant may be called so. What paths of the API and of
// issuers begin with is no name, and nor is what could be an id.
func IsTenantName(name string) bool {
	switch name {
	case "beta", "homeroom", "common", "organizations", "consumers", "default":
		return false
	}
	return tenantName.MatchString(name) && uuid.Validate(name) != nil
}
