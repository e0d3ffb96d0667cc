package directory

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Target is a directory that Homeroom writes to. Its methods may be called from
// several goroutines at once.
type Target interface {
	// Abilities says what the target can do. It is constant.
	Abilities() Abilities

	// Observe yields every object of the kind that the target shows, in any
	// order, strangers and soft-deleted users included, each as the view asks.
	// It ends at the first error.
	Observe(ctx context.Context, kind Kind, view View) iter.Seq2[Object, error]

	// Stamp names what Observe shows at the moment: as long as it is the same,
	// nothing has changed, whoever might have changed it. It is "" when the target
	// cannot tell.
	Stamp(ctx context.Context) (string, error)

	// Find returns the objects of the kind that bear one of the anchors, in
	// any order; an anchor that nobody bears is no error.
	Find(ctx context.Context, kind Kind, anchors []string) ([]Object, error)

	// Apply carries out changes, each wholly or not at all where the target
	// can, and returns an outcome for each in the order of the changes. No two
	// changes of one call concern the same object. Carrying out a change again
	// does no harm: attributes are set, a member that is there is left, one
	// that is not there is not missed, nor is an object that is to be deleted. Only a creation is not safe to repeat;
	// whoever is unsure looks with Find first.
	//
	// An error means that the outcome of every change is unknown.
	Apply(ctx context.Context, changes []Change) ([]Outcome, error)
}

// View is how much of each object Observe yields.
type View string

// The views.
const (
	// Whole objects have everything that the target knows of them.
	Whole View = "whole"
	// Brief objects have Kind, ID, Deleted, Guest and DirectoryRole. What else is
	// there does not count: a target may give more, and whoever asks for this view
	// cannot tell what is not given from what is not there.
	Brief View = "brief"
)

// Abilities is what a target can do, as data.
type Abilities struct {
	Name     string        // for people: "embedded directory"
	Kinds    []Kind        // that it knows
	Owners   bool          // groups have owners
	Teams    bool          // class groups can be made teams
	Hidden   bool          // memberships of class groups can be hidden
	Contacts bool          // users can have related contacts
	Licences bool          // users can be assigned licences, and have a place of use for that
	Deletes  bool          // objects can be deleted, but for users
	Units    int           // administrative units that a user can be in; 0 for any number
	PerCall  int           // changes that one Apply takes; at least 1
	Members  int           // owners and members that one change adds or removes; at least 1
	Visible  time.Duration // how long after a write a read may not show it; 0 for at once
	Domains  []string      // of userPrincipalName; empty for any
}

// Change is one call's worth of change to one object. The additions come
// before the removals, members go before owners do.
type Change struct {
	Kind          Kind
	ID            string     // "" creates the object
	Delete        bool       // takes the object away for good; with nothing else, and not for users
	Set           Attributes // an empty value clears
	Password      Secret     // of a user to be created
	Contacts      []Contact  // what relatedContacts stands for, when Set has it
	Org           string     // the primary organization of a user to be created, whose place it gets where there are several
	AddOwners     []string   // directory ids
	AddMembers    []string
	RemoveMembers []string
	RemoveOwners  []string
}

// Size returns how many changes it is as people count them: an object whose values
// are set is one, and an owner or a member.
func (c *Change) Size() int {
	n := len(c.AddOwners) + len(c.AddMembers) + len(c.RemoveMembers) + len(c.RemoveOwners)
	if c.ID == "" || c.Delete || len(c.Set) > 0 {
		n++
	}
	return n
}

// Outcome is what became of one change.
type Outcome struct {
	ID      string        // the object's, also of one that was just created
	Verdict Verdict       // everything else counts only with Done, or explains another verdict
	Rule    string        // the code of the problem: DirNameConflict, DirObjectMissing, ...
	Message string        // a sentence for people
	Wait    time.Duration // with Retry: no sooner than that

	// Owners and members that were to be added and were there already.
	OldOwners  []string
	OldMembers []string
	// Users that were to be added and that the directory does not know.
	Missing []string
}

// Verdict says whether a change was carried out, and if not, what is next.
type Verdict string

// The verdicts.
const (
	Done  Verdict = "done"
	Retry Verdict = "retry" // a passing fault: again in this run
	Later Verdict = "later" // not in this run
	Never Verdict = "never" // not until the input changes
)

// The codes of the problems that targets report (domain page B.3).
const (
	NameConflict  = "DirNameConflict"
	ObjectMissing = "DirObjectMissing"
	InvalidValue  = "DirInvalidProperty"
	TargetBusy    = "DirThrottled"
	TargetDown    = "DirUnavailable"
	MemberMissing = "DirMemberMissing"
	LastOwner     = "DirLastOwner"
	Refused       = "DirAccessDenied"     // a right is missing
	NoContainer   = "DirContainerMissing" // the place for a new object is not there
	NoSchema      = "DirSchemaMissing"    // the directory does not know a class or an attribute
)

// Secret is text that no output shows.
type Secret string

// String, GoString and MarshalJSON hide the text.
func (s Secret) String() string { return "***************" }

// GoString hides the text.
func (s Secret) GoString() string { return s.String() }

// MarshalJSON hides the text.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }
