package odata

// Mask is what clients see of a secret, however long it is (contract A.5).
const Mask = "***************"

// Level says how much an answer tells of its own types: odata.metadata.
type Level int

// The levels.
const (
	Minimal Level = iota // the context, and types that derive from the declared ones
	None                 // neither context nor types
	Full                 // every type
)

// Form says how an entity is written.
type Form struct {
	Context string // @odata.context; "" for none
	Level   Level
	Select  []Selected // nil for all
	Expand  []Expanded
	// InlineContext gives the context of a navigation property that is written inline, such
	// as roleGroup@odata.context, by its path from the entity; nil for none. The path is
	// ready to be appended to the entity's own:
	// microsoft.graph.industryData.userProvisioningFlow/creationOptions/configurations/roleGroup/$entity
	InlineContext func(path string) string
}

// Append writes an entity as JSON: annotations, id, then the properties in the order of the
// table. A value that is not in the entity is left out; nil is written as null. Secrets are
// masked. A navigation property is written when it is Inline or expanded.
func (m *Model) Append(dst []byte, e *Entity, declared *Type, f *Form) []byte {
	return append(dst, "{}"...)
}
