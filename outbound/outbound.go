// Package outbound holds the nouns of what a tenant configures through the API: flow
// sets, their flows, and definitions of codes. The store keeps them, the API changes
// them, and runs are made from them; these do not know each other.
//
//   - body: an entity's own properties as JSON in the API's canonical spelling
//     (contract B), with secrets sealed.
//   - revision: a number that is 1 at first and grows by one with every change of an
//     entity, and of a flow also with its readiness. ETags are made of it.
//   - owner: whether a tenant is configured by a file or by the API.
package outbound

import (
	"encoding/json"
	"time"

	"github.com/homeroomhq/homeroom/odata"
)

// FlowSet is an outbound provisioning flow set as it is kept.
type FlowSet struct {
	ID       string // a UUIDv7 in lower case: the order of ids is that of creation
	Body     json.RawMessage
	Created  time.Time
	Modified time.Time
	Revision int64
}

// Flow is a provisioning flow of a set.
type Flow struct {
	ID        string
	Set       string // id of the flow set
	Type      string // userProvisioningFlow, ...: a set has at most one of each
	Body      json.RawMessage
	Readiness Readiness
	Reset     string // names the last reset; "" for none
	Created   time.Time
	Modified  time.Time
	Revision  int64
}

// Readiness is how a flow stands (contract B.3).
type Readiness string

// The values of Readiness.
const (
	NotReady Readiness = "notReady"
	Ready    Readiness = "ready"
	Failed   Readiness = "failed"
	Disabled Readiness = "disabled"
	Expired  Readiness = "expired"
)

// Definition is a reference definition that a tenant made or changed. Codes that it
// left alone are those of the code lists.
type Definition struct {
	Type        string // RefRole, ...
	Code        string
	DisplayName string
	Disabled    bool
	SortIndex   int
	Source      string
	Created     time.Time
	Modified    time.Time
	Revision    int64
}

// Configuration is all that a tenant of the API has configured.
type Configuration struct {
	Settings    string // what a configuration file says beside flow sets and definitions
	Sets        []FlowSet
	Flows       []Flow
	Definitions []Definition
}

// Owner says who configures a tenant.
type Owner string

// The owners.
const (
	Nobody Owner = ""     // yet
	File   Owner = "file" // a configuration file, by the first sync with one
	API    Owner = "api"
)

// ReadinessChange is a flow whose readiness moves on. It counts only while the flow has
// the revision by which it was decided.
type ReadinessChange struct {
	Set, Flow string // ids
	Revision  int64
	To        Readiness
}

// Page is which of many are asked for. The zero Page asks for all, by id.
type Page struct {
	Filter  odata.Expression // nil for all
	OrderBy []odata.Order    // before the id, by which ties are settled
	Skip    int
	Limit   int // 0 for no limit
}

// PageBytes is how many bytes the bodies of a page's flow sets have together, unless one
// alone has more: what a client may ask for at once must not take the memory of all.
const PageBytes = 16 << 20

// Fitting returns how many of the flow sets fit a page.
func Fitting(sets []FlowSet) int {
	bytes := 0
	for i, set := range sets {
		if bytes += len(set.Body); bytes > PageBytes && i > 0 {
			return i
		}
	}
	return len(sets)
}

// Mark is where the records for those who audit ended at some time.
type Mark struct {
	Record int64  // counted from 1; 0 for none
	Hash   []byte // of it and all before
}

// Entry is a record of one change for those who audit.
type Entry struct {
	At        time.Time
	App       string // the client's id
	Kind      string // delegated, application, or commandLine
	User      string // of a delegated call; "" for none, or when the person was forgotten
	RequestID string
	Action    string          // create, update, delete, reset, import, ...
	Object    string          // outboundProvisioningFlowSets('...')
	Changes   json.RawMessage // the properties that changed, without secrets; nil for none
}
