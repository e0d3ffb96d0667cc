package access

import "time"

// DeviceState says how far a person is with what a device asked for.
type DeviceState string

// The states of a device code.
const (
	DevicePending  DeviceState = "pending"
	DeviceApproved DeviceState = "approved"
	DeviceDeclined DeviceState = "declined"
)

// DeviceCode is a device's wish to act for a person, who signs in elsewhere
// (RFC 8628).
type DeviceCode struct {
	Tenant   string
	Hash     []byte // SHA-256 of the code that the device polls with
	UserCode string // what the person types, without its hyphen
	App      string
	Audience string
	Asked    string   // the parameter scope, as it was
	Scopes   []string // the permissions that it asks for
	OpenID   bool     // it asked for an ID token, too
	State    DeviceState
	Person   string // id of who signed in; "" for nobody yet
	Ticket   []byte // SHA-256 of what the page was given to approve with; nil before somebody signed in
	Polled   time.Time
	Expires  time.Time
}
