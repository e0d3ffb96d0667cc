package roster

import "fmt"

// AddContact takes a row about a student's contact: PersonField (the student),
// ContactField, RelationshipField, StatusField.
func (b *Builder) AddContact(row *Row) {
	if !b.begin(row) {
		b.loseContact(row)
		return
	}
	student, known := b.need(row, PersonField, b.people)
	person, found := b.need(row, ContactField, b.people)
	if found {
		b.engaged[person] = true
	}
	relation, usable := b.relationship(row)
	active, ok := b.status(row)
	if !known || !found || !usable || !ok {
		b.loseContact(row)
		return
	}
	if !active || !b.complete(row, person) {
		return
	}
	push(b, &b.roster.Contacts, Contact{Student: student, Person: person, Relationship: relation, Record: b.record(row)})
}

// relationship reads the relationship; blank is "other" (domain page A.3).
func (b *Builder) relationship(row *Row) (Text, bool) {
	if row.Cell(RelationshipField) == "" {
		return b.relations.text("other"), true
	}
	found, ok := b.code(row, RelationshipField, b.relations, Error)
	return found.text, ok
}

// complete reports whether a person has what a contact needs (rules 2).
func (b *Builder) complete(row *Row, person Ref) bool {
	lack := b.lack(person)
	if lack != "" {
		b.fail(row, ContactField, ContactIncomplete, lack)
	}
	return lack == ""
}

// lack says what a person lacks to be a contact, or nothing.
func (b *Builder) lack(person Ref) string {
	p := &b.roster.People[person]
	missing := ""
	switch {
	case p.GivenName == 0:
		missing = "given name"
	case p.FamilyName == 0:
		missing = "family name"
	case p.Email == 0:
		missing = "valid email address"
	default:
		return ""
	}
	return fmt.Sprintf("The contact at %s has no %s.", b.roster.Where(p.Record), missing)
}

// loseContact notes whose contacts are not known because of a dropped row.
func (b *Builder) loseContact(row *Row) {
	id := b.carried(row, row.Cell(PersonField), b.people)
	if id == "" {
		b.contactsLost = true
		return
	}
	b.loseContacts(id)
}

// loseContacts notes that the contacts of a person, if there is one, are not known.
func (b *Builder) loseContacts(id string) {
	if at := b.people.find(id); at >= 0 && b.people.slots[at].ref != None {
		b.roster.People[b.people.slots[at].ref].ContactsUnknown = true
	}
}

// CheckDemographics validates a row about a person and keeps nothing of it
// (rules 5): PersonField, SexField, BirthDateField, EthnicitiesField,
// RacesField, each race by itself, and places of birth.
func (b *Builder) CheckDemographics(row *Row) {
	if !b.begin(row) {
		return
	}
	b.need(row, PersonField, b.people)
	b.code(row, SexField, b.sexes, Warning)
	b.date(row, BirthDateField, Warning)
	b.codeList(row, EthnicitiesField, b.ethnicities)
	b.codeList(row, RacesField, b.races)
	for f := AmericanIndianField; f <= HispanicField; f++ {
		b.truth(row, f, false)
	}
	b.status(row)
}

// CheckFlag validates a row about a flag of a person and keeps nothing of it
// (rules 5): PersonField, FlagField.
func (b *Builder) CheckFlag(row *Row) {
	if !b.begin(row) {
		return
	}
	b.need(row, PersonField, b.people)
	if b.require(row, FlagField) {
		b.code(row, FlagField, b.flags, Warning)
	}
	b.status(row)
}
