package roster

// Severity is how much a problem takes away.
type Severity string

// The severities, from the worst.
const (
	Catastrophic Severity = "catastrophic"
	Error        Severity = "error"
	Warning      Severity = "warning"
)

// Effect returns what a problem of the severity does, as a sentence.
func (s Severity) Effect() string {
	switch s {
	case Catastrophic:
		return "The run stops; what the directory holds stays as it is."
	case Error:
		return "The record is dropped; what it supports in the directory is kept as it is."
	default:
		return "What cannot be read is left out; the record is used."
	}
}

// Problem is one finding about one record of the input, or, with a Count, about
// that many of one kind in one file.
type Problem struct {
	Rule     Rule     `json:"rule"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`   // counted from 1; 0 for the whole file
	Column   int      `json:"column,omitempty"` // of the field's first byte in the line, counted from 1
	Record   string   `json:"record,omitempty"` // the record's id
	Field    string   `json:"field,omitempty"`  // the column's header
	Value    string   `json:"value,omitempty"`  // as received; redacted when the column is sensitive
	Count    int      `json:"count,omitempty"`  // of findings that this one stands for, when more than one
	Message  string   `json:"message"`          // a sentence: what is wrong
	Remedy   string   `json:"remedy,omitempty"` // a sentence: what to do
}

// Rule is the code of a check (domain page B.3, rules 1 to 6).
type Rule string

// The rules of reading.
const (
	FileNotFound         Rule = "FileNotFound"
	InvalidFileFormat    Rule = "InvalidFileFormat"
	DuplicateFile        Rule = "DuplicateFile"
	EmptyFile            Rule = "EmptyFile"
	FileSetChanged       Rule = "FileSetChanged"
	DeltaNotSupported    Rule = "DeltaNotSupported"
	HeaderMissing        Rule = "HeaderMissing"
	HeaderDuplicate      Rule = "HeaderDuplicate"
	HeaderUnknown        Rule = "HeaderUnknown"
	EncodingInvalid      Rule = "EncodingInvalid"
	UnbalancedQuote      Rule = "UnbalancedQuote"
	ColumnCountMismatch  Rule = "ColumnCountMismatch"
	LineBreakInValue     Rule = "LineBreakInValue"
	ValueTooLong         Rule = "ValueTooLong"
	RequiredValueMissing Rule = "RequiredValueMissing"
	DuplicateIdentifier  Rule = "DuplicateIdentifier"
	KeyCollision         Rule = "KeyCollision"
	InvalidIdentifier    Rule = "InvalidIdentifier"
	SpaceAroundValue     Rule = "SpaceAroundValue"
	NotStandard          Rule = "NotStandard"
	DuplicateRecord      Rule = "DuplicateRecord"
	ReferenceNotFound    Rule = "ReferenceNotFound"
	InvalidReferenceCode Rule = "InvalidReferenceCode"
	InvalidDate          Rule = "InvalidDate"
	DateRange            Rule = "DateRange"
	InvalidYear          Rule = "InvalidYear"
	InvalidEmail         Rule = "InvalidEmail"
	InvalidPhone         Rule = "InvalidPhone"
	InvalidBoolean       Rule = "InvalidBoolean"
	OrgCycle             Rule = "OrgCycle"
	ContactIncomplete    Rule = "ContactIncomplete"
	NoRole               Rule = "NoRole"
	RoleNotMapped        Rule = "RoleNotMapped"
)

// The rules of flows and matching.
const (
	FilterOrgNotFound       Rule = "FilterOrgNotFound"
	ExcludeNotFound         Rule = "ExcludeNotFound"
	PersonForgotten         Rule = "PersonForgotten"
	PinNotFound             Rule = "PinNotFound"
	FlowOverlap             Rule = "FlowOverlap"
	DatesOutside            Rule = "DatesOutside"
	OwnerIsStudent          Rule = "OwnerIsStudent"
	SharedPassword          Rule = "SharedPassword"
	UsageLocationMissing    Rule = "DirUsageLocationMissing"
	AdministrativeUnitLimit Rule = "AdministrativeUnitLimit"
	LeaverInRetired         Rule = "LeaverInRetired"
	LastOwner               Rule = "LastOwner"
	UserNotMatched          Rule = "UserNotMatched"
	AmbiguousMatch          Rule = "AmbiguousMatch"
	DirectoryUserMatched    Rule = "DirectoryUserAlreadyMatched"
	MatchKeyMissing         Rule = "MatchKeyMissing"
	MatchDoubtful           Rule = "MatchDoubtful"
	LinkBroken              Rule = "LinkBroken"
	PersonReplaced          Rule = "PersonReplaced"
	PasswordMissing         Rule = "PasswordMissing"
	DomainUnknown           Rule = "DomainUnknown"
	NameConflict            Rule = "DirNameConflict"
	NoProvisionedMember     Rule = "NoProvisionedMember"
	RosterShrunk            Rule = "RosterShrunk"
	RosterRejected          Rule = "RosterRejected"
	Unclear                 Rule = "Unclear"
)
