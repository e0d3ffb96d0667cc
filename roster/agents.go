package roster

import "fmt"

// agents is what is noted of agents before all people are known.
type agents struct {
	list   []agent
	kin    []Text        // by person: what it is as a contact; 0 for those who are none by role
	header string        // as the file spells it
	mutual bool          // two people may both name each other
	told   map[pair]bool // of whom it was said that the second cannot be a contact
}

// pair is a student and a contact.
type pair struct{ student, person Ref }

// agent is a person who is named by another: a guardian by a student, or
// the other way round.
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
	if by == None && row.Cell(AgentsField) != "" {
		b.loseContacts(b.carried(row, row.Cell(ID), b.people))
		if b.namedRole(row) != "" && row.Cell(RelationshipField) == "" {
			return // a student's agents have no contacts of their own to lose
		}
	}
	for id := range idsOf(row.Cell(AgentsField)) {
		b.agents.header = row.header(AgentsField)
		push(b, &b.agents.list, agent{by, b.idText(id), b.record(row), int32(row.column(AgentsField))})
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
	b.agents.mutual = len(b.agents.list) > 0
	for i := range b.agents.list {
		b.linkAgent(&b.agents.list[i])
	}
	b.agents.list, b.agents.kin, b.agents.told = nil, nil, nil
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
	case b.agents.kin[a.by] == 0 || b.agents.kin[named] != 0:
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
	if kin := b.agents.kin[person]; kin != 0 {
		relation = b.roster.Str(kin)
	}
	found, ok := b.relations.find(relation)
	if !ok || found.disabled {
		b.roster.People[student].ContactsUnknown = true
		b.reportAgent(a, InvalidReferenceCode, Error, fmt.Sprintf("%q cannot be used: it is not in %s, or disabled.", relation, RefRelationshipRole))
		return
	}
	if lack := b.lack(person); lack != "" {
		b.tellLack(a, pair{student, person}, lack)
		return
	}
	push(b, &b.roster.Contacts, Contact{Student: student, Person: person, Relationship: found.text, Record: a.record})
}

// tellLack reports once of two people that one cannot be a contact, though both may
// name each other.
func (b *Builder) tellLack(a *agent, of pair, lack string) {
	if b.agents.told[of] {
		return
	}
	if b.agents.told == nil {
		b.agents.told = make(map[pair]bool)
	}
	b.agents.told[of] = true
	b.reportAgent(a, ContactIncomplete, Error, lack)
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
		Field: b.agents.header, Value: shorten(id), Message: message,
	}
}
