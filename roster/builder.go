package roster

import "slices"

// Builder makes a roster out of rows. A format names a file, gives its rows,
// then names the next: first organizations, then sessions, people, courses,
// classes, and at last what relates those. A row that cannot be used is
// dropped with a problem, and what can be read of it becomes unknown (rules 1).
type Builder struct {
	// Strict: what deviates from the standard is not understood (rules 6).
	Strict bool

	roster *Roster
	file   int // position in Roster.Files; -1 before the first
	left   int // rows that the file may still have
	found  findings

	orgs, sessions, people, courses, classes *index
	claimed                                  *index // of the ids of the file; nil until it has one

	roles, grades, orgTypes, sessionTypes, subjects, relations *coder
	sexes, ethnicities, races, flags                           *coder

	parents []parent
	periods map[Period]uint16 // by what Roster.periods holds: where
	agents  agents
	dates   dateMemo
	engaged []bool // by person: has or may have a role, or is a contact
	// Rows of which nothing could be read may have been about anybody.
	rolesLost, contactsLost bool
}

// NewBuilder returns a builder of a roster that is checked against the lists of
// values.
func NewBuilder(codes *Codes) *Builder {
	a := newArena()
	b := &Builder{roster: &Roster{arena: a}, file: -1, found: newFindings()}
	b.orgs = newIndex("organization", a)
	b.sessions = newIndex("session", a)
	b.people = newIndex("person", a)
	b.courses = newIndex("course", a)
	b.classes = newIndex("class", a)
	for _, role := range codes.List(RefRole) {
		b.roster.roleCodes = append(b.roster.roleCodes, role.Code)
	}
	b.roles = newCoder(codes, RefRole, a)
	b.grades = newCoder(codes, RefGradeLevel, a)
	b.orgTypes = newCoder(codes, RefOrgType, a)
	b.sessionTypes = newCoder(codes, RefSessionType, a)
	b.subjects = newCoder(codes, RefAcademicSubject, a)
	b.relations = newCoder(codes, RefRelationshipRole, a)
	b.sexes = newCoder(codes, RefSex, a)
	b.ethnicities = newCoder(codes, RefEthnicity, a)
	b.races = newCoder(codes, RefRace, a)
	b.flags = newCoder(codes, RefPersonFlagType, a)
	return b
}

// File begins a file. Rows is about how many it has, as far as that is known; it
// saves memory.
func (b *Builder) File(name string, required bool, rows int) {
	b.file = len(b.roster.Files)
	b.left = rows
	b.claimed = nil
	b.roster.Files = append(b.roster.Files, File{Name: name, Required: required})
}

// Rows returns how many rows the file has given so far.
func (b *Builder) Rows() int { return b.roster.Files[b.file].Rows }

// Report adds a problem that the format found by itself.
func (b *Builder) Report(p Problem) {
	if p.Severity == Catastrophic || !b.found.full(b.file, p.Rule) {
		b.found.add(b.file, p)
	}
}

// Deviate adds a deviation from the format that costs nothing: those of one rule
// and kind are one problem a file, with a count (rules 6).
func (b *Builder) Deviate(kind string, p Problem) { b.found.deviate(b.file, kind, p) }

// Failed reports whether a catastrophic problem was found: there will be no
// roster, and reading on is of no use.
func (b *Builder) Failed() bool { return b.found.catastrophic }

// Build returns the roster and all problems. With a catastrophic problem there
// is no roster. The builder cannot be used again.
func (b *Builder) Build(format, sha256 string) (*Roster, []Problem) {
	r := b.roster
	if b.found.catastrophic {
		return nil, b.found.problems()
	}
	r.Format, r.SHA256 = format, sha256
	b.linkParents()
	b.linkAgents()
	b.reportIdle()
	b.orgs, b.sessions, b.people, b.courses, b.classes = nil, nil, nil, nil, nil // free them before memory is needed for sorting
	b.sort()
	b.cutCycles()
	b.relate()
	if b.contactsLost {
		for i := range r.People {
			r.People[i].ContactsUnknown = true
		}
	}
	r.Unknown.tidy()
	return r, b.found.problems()
}

// push appends to a table, which grows by what the file may still hold.
func push[T any](b *Builder, table *[]T, record T) {
	if len(*table) == cap(*table) {
		*table = slices.Grow(*table, b.room(len(*table)))
	}
	*table = append(*table, record)
}

// room returns for how many more records a table that is full makes room: for
// the rows that the file still has, but for no more than what is there already
// makes likely, since lines can be empty.
func (b *Builder) room(n int) int {
	likely := max(16*n, 1<<20)
	return max(min(b.left, likely), n/4, 16)
}

func (b *Builder) record(row *Row) Record { return NewRecord(b.file, row.Line) }

// problem reports a problem of one field of a row.
func (b *Builder) problem(row *Row, f Field, rule Rule, severity Severity, message string) {
	if b.found.full(b.file, rule) {
		return
	}
	b.found.add(b.file, b.describe(row, f, rule, severity, message))
}

func (b *Builder) fail(row *Row, f Field, rule Rule, message string) {
	b.problem(row, f, rule, Error, message)
}

func (b *Builder) warn(row *Row, f Field, rule Rule, message string) {
	b.problem(row, f, rule, Warning, message)
}

func (b *Builder) describe(row *Row, f Field, rule Rule, severity Severity, message string) Problem {
	return Problem{
		Rule: rule, Severity: severity,
		File: b.roster.Files[b.file].Name, Line: row.Line, Column: row.column(f),
		Record: shorten(row.record()), Field: row.header(f), Value: shown(f, row.Cell(f)),
		Message: message,
	}
}

const shownBytes = 100

func shown(f Field, value string) string {
	if value != "" && f.sensitive() {
		return "(hidden)"
	}
	return shorten(value)
}

func shorten(s string) string {
	if len(s) <= shownBytes {
		return s
	}
	return s[:shownBytes] + "…"
}
