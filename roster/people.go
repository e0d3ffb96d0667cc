package roster

import "strings"

// AddPerson takes a row about a person: ID, UsernameField, GivenNameField,
// FamilyNameField, PasswordField, MatchIDField, EmailField, PhoneField,
// SMSField, NumberField, EnabledField, StatusField.
func (b *Builder) AddPerson(row *Row) { b.addPerson(row, b.begin(row)) }

// addPerson returns the person, or None when the row was dropped.
func (b *Builder) addPerson(row *Row, usable bool) Ref {
	at, ok := b.claim(b.people, row, usable, true)
	if at < 0 {
		return None
	}
	var person Person
	if ok {
		person, ok = b.person(row)
	}
	if !ok {
		b.roster.Unknown.People = append(b.roster.Unknown.People, strings.Clone(row.Cell(ID)))
		return None
	}
	ref := Ref(len(b.roster.People))
	person.ID = b.people.slots[at].id
	b.people.slots[at].ref = ref
	push(b, &b.roster.People, person)
	push(b, &b.engaged, false)
	return ref
}

func (b *Builder) person(row *Row) (Person, bool) {
	named := b.contactLacks(row, UsernameField) || b.require(row, UsernameField)
	active, ok := b.status(row)
	email := b.email(row)
	if !named || !ok {
		return Person{}, false
	}
	a := b.roster.arena
	p := Person{
		Username:   a.add(row.Cell(UsernameField)),
		GivenName:  a.add(row.Cell(GivenNameField)),
		FamilyName: a.add(row.Cell(FamilyNameField)),
		MatchID:    a.add(row.Cell(MatchIDField)),
		Phone:      a.add(b.phone(row, PhoneField)),
		SMS:        a.add(b.phone(row, SMSField)),
		Number:     a.add(row.Cell(NumberField)),
		Password:   a.add(row.Cell(PasswordField)),
		Record:     b.record(row),
		Active:     b.truth(row, EnabledField, true) && active,
	}
	p.Email = p.Username // mostly the same: then it is kept once
	if email != row.Cell(UsernameField) {
		p.Email = a.add(email)
	}
	return p, true
}

// AddRole takes a row about what a person is in an organization: PersonField,
// OrgField, RoleField, SessionField, GradeField, PrimaryField, StartField,
// EndField, StatusField.
func (b *Builder) AddRole(row *Row) {
	if !b.begin(row) {
		b.loseRole(row, "")
		return
	}
	person, known := b.need(row, PersonField, b.people)
	org, found := b.need(row, OrgField, b.orgs)
	code, usable := b.code(row, RoleField, b.roles, Error)
	active, ok := b.status(row)
	if !known || !found || !usable || !ok {
		b.loseRole(row, b.roster.Str(code.text))
		return
	}
	role := Role{Person: person, Org: org, Code: code.role, Active: active, Record: b.record(row)}
	role.Session, _ = b.refer(row, SessionField, b.sessions, row.Cell(SessionField))
	grade, graded := b.code(row, GradeField, b.grades, Warning)
	role.Grade, role.GradeUnknown = grade.text, !graded
	role.Primary = b.truth(row, PrimaryField, false)
	role.Start, role.End = b.roleDates(row)
	b.engaged[person] = true
	push(b, &b.roster.Roles, role)
}

func (b *Builder) roleDates(row *Row) (start, end Date) {
	start, _ = b.date(row, StartField, Warning)
	end, _ = b.date(row, EndField, Warning)
	if start != 0 && end != 0 && end < start {
		b.warn(row, EndField, DateRange, "The role ends before it starts; both dates are left out.")
		return 0, 0
	}
	return start, end
}

func (b *Builder) loseRole(row *Row, role string) {
	b.lose(UnknownRole{
		Person: b.carried(row, row.Cell(PersonField), b.people), Org: b.carried(row, row.Cell(OrgField), b.orgs),
		Role: role, Record: b.record(row),
	})
}

// lose notes a role that a dropped record may have given.
func (b *Builder) lose(lost UnknownRole) {
	b.roster.Unknown.Roles = appendOther(b.roster.Unknown.Roles, lost)
	if lost.Person == "" {
		b.rolesLost = true
	} else if at := b.people.find(lost.Person); at >= 0 && b.people.slots[at].ref != None {
		b.engaged[b.people.slots[at].ref] = true
	}
}

// appendOther appends v unless it repeats the last: a broken file repeats the
// same entry a million times.
func appendOther[T interface{ compare(T) int }](list []T, v T) []T {
	if len(list) > 0 && v.compare(list[len(list)-1]) == 0 {
		return list
	}
	return append(list, v)
}

// reportIdle reports the people who have no role and are nobody's contact.
func (b *Builder) reportIdle() {
	if b.rolesLost {
		return // a row that could not be read may be anybody's
	}
	for i, p := range b.roster.People {
		if b.engaged[i] || !p.Active || b.found.full(p.Record.File(), NoRole) {
			continue
		}
		b.found.add(p.Record.File(), Problem{
			Rule: NoRole, Severity: Warning,
			File: b.roster.Files[p.Record.File()].Name, Line: p.Record.Line(), Record: shorten(b.roster.Str(p.ID)),
			Message: "The person has no role in any organization and is not provisioned.",
		})
	}
}
