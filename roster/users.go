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
	push(b, &b.kin, b.relations.text(row.Cell(RelationshipField)))
	b.engaged[person] = true
	code, usable := b.code(row, RoleField, b.roles, Error)
	name := b.roster.Str(code.text)
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

// agent is a person who is named by another as an agent, before all people are
// known: a guardian by a student, or the other way round.
type agent struct {
	by     Ref // None for a row that was dropped
	id     Text
	record Record
	column int32
}

func (b *Builder) noteAgents(row *Row, by Ref) {
	if row.several {
		b.contactsLost = true // the rows that it swallowed may have named anybody
	}
	for id := range idsOf(row.Cell(AgentsField)) {
		b.agentsHeader = row.columns.Header(AgentsField)
		push(b, &b.agents, agent{by, b.idText(id), b.record(row), int32(row.columns.Column(AgentsField))})
	}
	if by == None && row.Cell(AgentsField) != "" {
		b.loseContacts(b.carried(row, row.Cell(ID), b.people))
	}
}

// idText stores the id of a person, unless the index has it.
func (b *Builder) idText(id string) Text {
	if at := b.people.find(id); at >= 0 {
		return b.people.slots[at].id
	}
	return b.roster.arena.addID(id)
}

// linkAgents makes contacts of the agents.
func (b *Builder) linkAgents() {
	b.mutual = len(b.agents) > 0
	for i := range b.agents {
		b.linkAgent(&b.agents[i])
	}
	b.agents, b.kin = nil, nil
}

func (b *Builder) linkAgent(a *agent) {
	id, named := b.roster.Str(a.id), None
	if at := b.people.find(id); at >= 0 {
		named = b.people.slots[at].ref
	}
	switch {
	case a.by == None:
		b.loseContacts(id) // perhaps a guardian's row, which told of a student
	case named == None:
		b.roster.People[a.by].ContactsUnknown = true
		b.reportAgent(a, ReferenceNotFound, Error, b.dangling(b.people, id))
	case b.kin[a.by] == 0 || b.kin[named] != 0:
		b.addAgent(a, a.by, named)
	case b.Strict:
		b.deviate(a, "A guardian names a student as agent; the standard has it the other way round, and it is passed over.")
	default:
		b.deviate(a, "A guardian names a student as agent; the standard has it the other way round, and so it was read.")
		b.addAgent(a, named, a.by)
	}
}

// addAgent makes an agent, whose row is that of one of them, a contact.
func (b *Builder) addAgent(a *agent, student, person Ref) {
	b.engaged[person] = true
	relation := "other"
	if kin := b.kin[person]; kin != 0 {
		relation = b.roster.Str(kin)
	}
	found, ok := b.relations.find(relation)
	if !ok || found.disabled {
		b.roster.People[student].ContactsUnknown = true
		b.reportAgent(a, InvalidReferenceCode, Error, fmt.Sprintf("%q cannot be used: it is not in %s, or disabled.", relation, RefRelationshipRole))
		return
	}
	if lack := b.lack(person); lack != "" {
		b.reportAgent(a, ContactIncomplete, Error, lack)
		return
	}
	push(b, &b.roster.Contacts, Contact{Student: student, Person: person, Relationship: found.text, Record: a.record})
}

func (b *Builder) reportAgent(a *agent, rule Rule, severity Severity, message string) {
	b.late(a.record, b.describeAgent(a, rule, severity, message))
}

// deviate reports that a guardian names a student.
func (b *Builder) deviate(a *agent, message string) {
	p := b.describeAgent(a, NotStandard, Warning, message)
	p.File, p.Line = b.roster.Files[a.record.File()].Name, a.record.Line()
	b.found.deviate(a.record.File(), message, p)
}

func (b *Builder) describeAgent(a *agent, rule Rule, severity Severity, message string) Problem {
	id := b.roster.Str(a.id)
	return Problem{
		Rule: rule, Severity: severity, Column: int(a.column), Record: shorten(b.roster.Str(b.roster.People[a.by].ID)),
		Field: b.agentsHeader, Value: shorten(id), Message: message,
	}
}
