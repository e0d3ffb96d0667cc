package roster

import (
	"fmt"
	"strings"
)

// AddUser takes a row about a person that tells as well what the person is: what
// AddPerson takes, and RoleField, OrgsField, GradesField, RelationshipField (as
// what others turn to the person; blank for students and staff) and AgentsField.
// There is one role in every organization; the first is the primary one (domain
// page A.4).
func (b *Builder) AddUser(row *Row) {
	person := b.addPerson(row, b.begin(row))
	b.noteAgents(row, person)
	if person == None {
		b.loseUser(row, b.namedRole(row))
		return
	}
	push(b, &b.agents.kin, b.relations.text(row.Cell(RelationshipField)))
	b.engaged[person] = true
	code, usable := b.code(row, RoleField, b.roles, Error)
	name := b.roster.Str(code.text)
	if b.contactLacks(row, OrgsField) {
		return // and is a contact alone
	}
	if !b.require(row, OrgsField) {
		b.loseUser(row, name)
		return
	}
	active, _ := b.status(row) // the person's: it was read before
	role := Role{Person: person, Session: None, Record: b.record(row), Code: code.role, Active: active, Primary: true}
	role.Grade, role.GradeUnknown = b.firstGrade(row)
	first := len(b.roster.Roles)
	for id := range idsOf(row.Cell(OrgsField)) {
		org, found := b.needOne(row, OrgsField, b.orgs, id)
		if !found || !usable {
			b.lose(UnknownRole{Person: strings.Clone(row.Cell(ID)), Org: strings.Clone(id), Role: name, Record: role.Record})
		} else if role.Org = org; !hasOrg(b.roster.Roles[first:], org) {
			push(b, &b.roster.Roles, role)
		}
		role.Primary = false
	}
}

// contactLacks reports whether a row lacks a value that a person needs and a
// contact does not: others turn to guardians who belong nowhere and cannot sign in.
func (b *Builder) contactLacks(row *Row, f Field) bool {
	if b.Strict || row.Cell(f) != "" || row.Cell(RelationshipField) == "" {
		return false
	}
	message := fmt.Sprintf("A contact has no %s, which the standard asks for, and is read without.", row.header(f))
	b.Deviate(message, b.describe(row, f, NotStandard, Warning, message))
	return true
}

func hasOrg(roles []Role, org Ref) bool {
	for i := range roles {
		if roles[i].Org == org {
			return true
		}
	}
	return false
}

// firstGrade reads the first of the grades that is known; it is unknown when
// there are some, and none of them is.
func (b *Builder) firstGrade(row *Row) (grade Text, unknown bool) {
	first := ""
	for code := range idsOf(row.Cell(GradesField)) {
		if found, ok := b.grades.find(code); ok && !found.disabled {
			return found.text, false
		}
		if first == "" {
			first = code
		}
	}
	if first == "" {
		return 0, false
	}
	b.lookUp(row, GradesField, first, b.grades, Warning)
	return 0, true
}

// namedRole returns the role that a dropped row names, "" for any.
func (b *Builder) namedRole(row *Row) string {
	code, ok := b.roles.find(row.Cell(RoleField))
	if !ok || row.Fault != nil {
		return ""
	}
	return b.roster.Str(code.text)
}

// loseUser notes the roles that a dropped row may have given.
func (b *Builder) loseUser(row *Row, role string) {
	lost := UnknownRole{Person: b.carried(row, row.Cell(ID), b.people), Role: role, Record: b.record(row)}
	nowhere := true
	for id := range idsOf(row.Cell(OrgsField)) {
		lost.Org = b.carried(row, id, b.orgs)
		b.lose(lost)
		nowhere = false
	}
	if nowhere {
		b.lose(lost)
	}
}
