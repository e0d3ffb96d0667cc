package roster

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// The lists of values that rosters use. Microsoft's documentation names no type
// for sessions, relationships and sexes; those three names are ours.
const (
	RefRole             = "RefRole"
	RefGradeLevel       = "RefGradeLevel"
	RefOrgType          = "RefOrgType"
	RefAcademicSubject  = "RefAcademicSubject"
	RefRace             = "RefRace"
	RefEthnicity        = "RefEthnicity"
	RefPersonFlagType   = "RefPersonFlagType"
	RefSessionType      = "RefSessionType"
	RefRelationshipRole = "RefRelationshipRole"
	RefSex              = "RefSex"
	RefAcademicYear     = "RefAcademicYear" // not a list: any year of four digits
)

// Code is one entry of a list of values.
type Code struct {
	Code        string `json:"code"` // as it is stored: the canonical spelling
	DisplayName string `json:"displayName"`
	SortIndex   int    `json:"sortIndex"`          // unique in its list; the priority of a role, the lowest first
	RoleGroup   string `json:"roleGroup"`          // of a role: staff, students, or none
	Disabled    bool   `json:"disabled,omitempty"` // not to be used; a record that does is unknown (rules 1)
}

// Codes are the lists of values of one tenant. They do not change: Define gives
// new ones.
type Codes struct {
	lists map[string]codeList
}

type codeList struct {
	extensible bool
	sorted     []Code          // by SortIndex
	byName     map[string]Code // by lower-case code
}

//go:embed codes.json
var defaultCodes []byte

// DefaultCodes returns the lists that a tenant begins with.
func DefaultCodes() *Codes {
	var lists []struct {
		ReferenceType string `json:"referenceType"`
		Extensible    bool   `json:"extensible"`
		Codes         []Code `json:"codes"`
	}
	if err := json.Unmarshal(defaultCodes, &lists); err != nil {
		panic("roster: codes.json: " + err.Error()) // the file is part of the program
	}
	c := &Codes{lists: make(map[string]codeList)}
	for _, l := range lists {
		c.lists[l.ReferenceType] = newCodeList(l.Extensible, l.Codes)
	}
	return c
}

func newCodeList(extensible bool, codes []Code) codeList {
	l := codeList{extensible: extensible, sorted: codes, byName: make(map[string]Code, len(codes))}
	slices.SortStableFunc(l.sorted, func(a, b Code) int { return a.SortIndex - b.SortIndex })
	for _, c := range codes {
		l.byName[strings.ToLower(c.Code)] = c
	}
	return l
}

// Define returns the lists with one code added or changed. Only the lists that a
// tenant may extend (domain page F) take new codes; every code can be disabled.
// Which list or code is refused, and why, is said in a fault.Invalid.
func (c *Codes) Define(referenceType, code, displayName string, sortIndex int, disabled bool) (*Codes, error) {
	return c.DefineAll(referenceType, []Code{{Code: code, DisplayName: displayName, SortIndex: sortIndex, Disabled: disabled}})
}

// DefineAll does likewise with codes of one list, which may take each other's place. The
// role group of a code stays as it is.
func (c *Codes) DefineAll(referenceType string, codes []Code) (*Codes, error) {
	list, ok := c.lists[referenceType]
	if !ok {
		return nil, fault.New(fault.Invalid, "%q is not a list of values.", referenceType)
	}
	byName := maps.Clone(list.byName)
	for _, code := range codes {
		name := strings.ToLower(code.Code)
		before, known := byName[name]
		switch {
		case name == "":
			return nil, fault.New(fault.Invalid, "A code of %s is empty; give it a name.", referenceType)
		case !known && !list.extensible:
			return nil, fault.New(fault.Invalid, "%s takes no codes of a tenant, so %q cannot be added.", referenceType, code.Code)
		case known:
			code.Code = before.Code
		}
		code.RoleGroup = before.RoleGroup
		byName[name] = code
	}
	next := newCodeList(list.extensible, slices.Collect(maps.Values(byName)))
	for i := 1; i < len(next.sorted); i++ {
		if a, b := next.sorted[i-1], next.sorted[i]; a.SortIndex == b.SortIndex {
			return nil, fault.New(fault.Invalid, "The sort index %d of %s is taken by %q and by %q; choose another for one of them.",
				a.SortIndex, referenceType, min(a.Code, b.Code), max(a.Code, b.Code))
		}
	}
	derived := &Codes{lists: maps.Clone(c.lists)}
	derived.lists[referenceType] = next
	return derived, nil
}

// Extensible reports whether a list takes codes of a tenant's own.
func (c *Codes) Extensible(referenceType string) bool { return c.lists[referenceType].extensible }

// Types returns the names of the lists, sorted.
func (c *Codes) Types() []string { return slices.Sorted(maps.Keys(c.lists)) }

// List returns the codes of a list by SortIndex. The slice is not to be changed.
func (c *Codes) List(referenceType string) []Code { return c.lists[referenceType].sorted }

// Find returns the entry of a code, spelled in any case. A grade can be without
// its leading zero. A code that is disabled is found, and says so.
func (c *Codes) Find(referenceType, code string) (Code, bool) {
	if referenceType == RefAcademicYear {
		return Code{Code: code}, isYear(code)
	}
	if referenceType == RefGradeLevel && len(code) == 1 && isDigits(code) {
		code = "0" + code
	}
	entry, ok := c.lists[referenceType].byName[strings.ToLower(code)]
	return entry, ok
}

// RoleRank returns the priority of a role, the lowest first, and one behind all
// others for a role that there is not.
func (c *Codes) RoleRank(role string) int {
	roles := c.List(RefRole)
	if entry, ok := c.Find(RefRole, role); ok {
		return entry.SortIndex
	}
	return roles[len(roles)-1].SortIndex + 1
}

func isYear(s string) bool { return len(s) == 4 && isDigits(s) }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
