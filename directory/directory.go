// Package directory holds the nouns that the planner, the engine and every
// target share.
//
//   - object: a user, a class group, a security group or an administrative unit.
//   - key: our name of an object, made from ids of the roster (User_114001,
//     Section_112001, RoleGroup_students_110001, School_110001). The key is
//     also the anchor: it is written to the object as education.anchorId, so
//     that the object is recognised again whatever happens to its name.
//   - id: the directory's own name of an object, given at creation.
//   - want: what the flows ask of an object. Have: what the ledger says that
//     Homeroom wrote to it.
//   - keep: the mark on a want of what must be left as it is, since the roster
//     does not say whether it still holds.
//   - target: a directory that Homeroom writes to. Each lives in a folder below
//     this one and passes the suite in directorytest. It says by its abilities
//     what it can do, takes changes, and gives an outcome with a verdict for each.
//
// The package decides nothing and does nothing; it knows only fault.
package directory

import (
	"slices"
	"strings"
)

// Kind is the kind of an object, by Graph's name.
type Kind string

// The kinds of objects.
const (
	User               Kind = "user"
	AdministrativeUnit Kind = "administrativeUnit"
	SecurityGroup      Kind = "securityGroup"
	ClassGroup         Kind = "classGroup"
)

// Kinds returns all kinds in the order in which a plan treats them: those that
// others refer to come first.
func Kinds() []Kind {
	return []Kind{User, AdministrativeUnit, SecurityGroup, ClassGroup}
}

// Span is a stretch of keys in the order of their bytes: those after After up to
// UpTo. An empty UpTo is no end, so the zero Span is all keys.
type Span struct{ After, UpTo string }

// Holds reports whether a key lies in the span.
func (s Span) Holds(key string) bool {
	return s.After < key && (s.UpTo == "" || key <= s.UpTo)
}

// Fingerprint tells apart what is wanted of the objects in a span: equal
// fingerprints, equal wants.
type Fingerprint [16]byte

// Object is one object as a target shows it.
type Object struct {
	Kind       Kind
	ID         string     // the directory's own
	Attributes Attributes // what has a value; education.anchorId is the anchor
	Owners     []string   // directory ids of users, sorted; class groups only
	Members    []string   // directory ids of users, sorted; not for users

	// What only users have.
	Deleted       bool // soft-deleted: restorable, its names still taken
	Guest         bool // belongs to another organization
	DirectoryRole bool // holds an administrative role in the directory
}

// Anchor returns the key that the object was given by Homeroom, or "" if it
// bears none.
func (o Object) Anchor() string { return o.Attributes[AnchorID] }

// Want is what the ready flows ask of one object.
type Want struct {
	Kind Kind
	Key  string
	ID   string // of the directory user that the person is linked to; "" for other kinds and for users to be created

	// Attributes are written whenever they differ from what was written last.
	// An attribute that is absent is left alone; an empty one is cleared if
	// Homeroom set it.
	Attributes Attributes
	// CreateOnly are written when Homeroom creates the object, and never again.
	CreateOnly Attributes
	// AddOnly are written to objects that Homeroom created, and nothing of them
	// is ever taken away: lists grow, other values are set once.
	AddOnly Attributes

	Owners  []string // user keys, sorted by bytes; each is in Members, too
	Members []string // user keys, sorted by bytes

	// FallbackOwners replace the last owner when the roster takes it away.
	FallbackOwners []string

	// Keep marks what the roster leaves unknown.
	Keep Keep

	// Rewrite says that a flow that asks for the object was reset: what was written is
	// to be written again.
	Rewrite bool

	// Refused says why nothing is done although a flow asks for the object: the
	// code of a problem. What is there is kept.
	Refused string
	// Doubt says why a person must decide first: the code of a problem. What is
	// there is kept; ID is the directory user in question.
	Doubt string
	// Detail explains Refused or Doubt in a sentence.
	Detail string

	Org    string // the organization whose share the guard counts it in; "" for none
	Record string // the roster's record of it, as file:line; "" for none
	Why    []Why
}

// Keep marks what must be left exactly as it is because the roster does not
// say, for a record that was dropped, whether it still holds (rules 1,
// "Unknown, not gone"), or because the settings pin it (rules 3, "By hand").
type Keep struct {
	Object     bool     // nothing about the object is known
	AllMembers bool     // no owner or member is removed
	Members    []string // user keys, sorted, whose ownership and membership stay
	Shared     []string // the same, one sorted list for all objects of the kind
	Pinned     []string // the same, sorted: not because something is unknown, but because the settings say so
}

// Holds reports whether the owner or member with the user key is to be left
// as it is.
func (k Keep) Holds(user string) bool {
	if k.Object || k.AllMembers {
		return true
	}
	_, found := slices.BinarySearch(k.Members, user)
	if !found {
		_, found = slices.BinarySearch(k.Shared, user)
	}
	return found || k.Pins(user)
}

// Pins reports whether the settings say that the owner or member with the user key
// stays.
func (k Keep) Pins(user string) bool {
	_, found := slices.BinarySearch(k.Pinned, user)
	return found
}

// Why says which flow asked for something, by which rule, for which record.
type Why struct {
	FlowSet string `json:"flowSet"`
	Flow    string `json:"flow"`
	Rule    string `json:"rule"`
	Record  string `json:"record"`
}

// State says how Homeroom stands to an object that it wrote.
type State string

// The states of an object in the ledger.
const (
	// Managed objects are kept true to the roster.
	Managed State = "managed"
	// Retired objects are left as they are because their class, organization
	// or person is gone.
	Retired State = "retired"
	// Released objects are left as they are because no flow asks for them any
	// longer.
	Released State = "released"
)

// Have is what the ledger knows of one object: what Homeroom wrote to it, and
// nothing that others did.
type Have struct {
	Kind       Kind
	Key        string
	ID         string
	State      State
	Since      string // the day since which the object is retired or released, as 2026-11-28; "" for managed
	Created    bool   // Homeroom created the object
	Attributes Attributes
	Owners     []string // user keys, sorted: those that Homeroom asked for
	Members    []string // user keys, sorted: those that Homeroom asked for
	// Of these, the ones that were there before Homeroom asked, sorted. They
	// are never removed.
	StrangeOwners  []string
	StrangeMembers []string
	// Owners and members whom Homeroom added, let go of and left where they are, sorted:
	// no flow asks for them any longer. They are in none of the other lists.
	ReleasedOwners  []string
	ReleasedMembers []string
	Org             string
	Rewrite         bool // a reset asked for all of it to be written again, which is not done yet
	Lost            Lost // nothing for almost every object
}

// Lost is what was sent to an object and of which nobody knows whether it was done: no
// answer came, and what the directory shows may be from before. What is still wanted of it is sent again,
// what is not is taken away, and what is found of it counts as Homeroom's own. It ends with
// an answer.
type Lost struct {
	Values  []string // names of attributes, sorted: they may have another value than the one in Attributes
	Owners  []string // user keys, sorted: of Owners, those who may not be there
	Members []string // the same of Members
}

// StrangerKey names a directory user to whom no person is linked, by the id, where others
// are named by their keys.
func StrangerKey(id string) string { return strangerMark + id }

// StrangerID returns the id in the key of such a user, and false for every other key.
func StrangerID(key string) (string, bool) { return strings.CutPrefix(key, strangerMark) }

const strangerMark = "id:" // no key of ours begins so
