package engine_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// oracle says what the directory must be after rosters, one after another, with the
// settings of allFlows. It is told the rows as they stand in the files and shares with
// the code that it judges nothing but nouns: rules 1 to 3, in the dullest form.
type oracle struct {
	there map[object]thing
	names map[string][2]string // of people with a user: how the roster last called them
}

// thing is an object. Its people are by user key.
type thing struct {
	attributes      directory.Attributes
	owners, members map[string]bool
}

func newOracle() *oracle {
	return &oracle{make(map[object]thing), make(map[string][2]string)}
}

// says returns the directory as a test observes it, but for ids.
func (o *oracle) says() map[object]seen {
	all := make(map[object]seen)
	for name, t := range o.there {
		all[name] = seen{Attributes: maps.Clone(t.attributes), Owners: sorted(t.owners), Members: sorted(t.members)}
	}
	return all
}

func sorted(keys map[string]bool) []string { return slices.Sorted(maps.Keys(keys)) }

// certainty is what a roster says of a person: perhaps, where a row that names the person
// cannot be used.
type certainty int

const (
	surelyNot certainty = iota
	perhaps
	surely
)

// groupOf returns the role group of a role, "" for none.
func groupOf(role string) string {
	return map[string]string{"student": "Students", "teacher": "Staff", "aide": "Staff"}[role]
}

// has reports whether a file has a row.
func (s school) has(file, row string) bool { return s[file][row] != nil }

// rolesOf returns the role rows of a person, those that can be used or those that cannot.
func (s school) rolesOf(person string, usable bool) [][]string {
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(s[roles])) {
		if row := s[roles][key]; row[0] == person && groupOf(row[2]) != "" && s.has(orgs, row[1]) == usable {
			rows = append(rows, row)
		}
	}
	return rows
}

func (s school) takesPart(person string) certainty {
	switch {
	case !s.has(users, person):
		return surelyNot
	case len(s.rolesOf(person, true)) > 0:
		return surely
	case len(s.rolesOf(person, false)) > 0:
		return perhaps
	}
	return surelyNot
}

// lead returns the role that is written to the user.
func (s school) lead(person string) []string {
	order := func(row []string) string {
		rank := map[string]string{"teacher": "0", "aide": "1", "student": "2"}[row[2]]
		if row[4] != "true" {
			rank = "3" + rank
		}
		return rank + row[1]
	}
	return slices.MinFunc(s.rolesOf(person, true), func(a, b []string) int { return strings.Compare(order(a), order(b)) })
}

// tell tells of the next roster.
func (o *oracle) tell(s school) {
	for person := range s[users] {
		o.user(s, person)
	}
	for class := range s[classes] {
		o.class(s, class)
	}
	for _, group := range []string{"Students", "Staff"} {
		o.group(s, group, "")
		for org := range s[orgs] {
			o.group(s, group, org)
		}
	}
	for org := range s[orgs] {
		o.group(s, "", org)
	}
}

func userOf(person string) object { return object{directory.User, "User_" + person} }

// replaced reports whether somebody else seems to have taken a person's place.
func (o *oracle) replaced(s school, person string) bool {
	was, known := o.names[person]
	row := s[users][person]
	return known && was[0] != row[2] && was[1] != row[3]
}

// provisioned says whether a person takes part and has a user.
func (o *oracle) provisioned(s school, person string) certainty {
	if s.has(users, person) && o.replaced(s, person) {
		return min(s.takesPart(person), perhaps)
	}
	return s.takesPart(person)
}

func (o *oracle) user(s school, person string) {
	row := s[users][person]
	t, isThere := o.there[userOf(person)]
	if isThere && o.replaced(s, person) {
		return
	}
	if isThere {
		o.names[person] = [2]string{row[2], row[3]}
	}
	if s.takesPart(person) != surely {
		return
	}
	if !isThere {
		t.attributes = directory.Attributes{
			directory.UserPrincipalName: row[1] + "@school.example", directory.MailNickname: row[1],
			directory.DisplayName: row[2] + " " + row[3], directory.GivenName: row[2], directory.Surname: row[3],
			directory.AccountEnabled: "true", directory.PasswordFrom: "generated",
		}
		o.names[person] = [2]string{row[2], row[3]}
	}
	set(t.attributes, directory.AnchorID, userOf(person).Key)
	set(t.attributes, directory.SyncSource, "SIS")
	lead := s.lead(person)
	isStudent := groupOf(lead[2]) == "Students"
	if !isThere || len(s.rolesOf(person, false)) == 0 { // else a role that cannot be used may say otherwise
		for name, value := range s.toldByRoles(person, lead) {
			set(t.attributes, name, value)
		}
	}
	if value, known := s.contactsOf(person); isStudent && known {
		set(t.attributes, directory.RelatedContacts, value)
	}
	o.there[userOf(person)] = t
}

// toldByRoles returns the attributes that all roles of a person tell together.
func (s school) toldByRoles(person string, lead []string) directory.Attributes {
	var schools []string
	for _, role := range s.rolesOf(person, true) {
		schools = append(schools, role[1])
	}
	slices.Sort(schools)
	told := directory.Attributes{
		directory.SourceSchoolID: strings.Join(slices.Compact(schools), ","),
		directory.Grade:          lead[3],
		directory.ObjectType:     "Teacher",
		directory.AgeGroup:       "",
	}
	if groupOf(lead[2]) == "Students" {
		told[directory.ObjectType], told[directory.AgeGroup] = "Student", "Minor"
		told[directory.SourceStudentID] = person
	} else {
		told[directory.SourceTeacherID] = person
	}
	return told
}

// contactsOf returns what stands for a student's contacts, and whether all are known.
func (s school) contactsOf(student string) (value string, known bool) {
	var all []directory.Contact
	for _, key := range slices.Sorted(maps.Keys(s[contacts])) {
		row := s[contacts][key]
		if row[0] != student {
			continue
		}
		p := s[users][row[1]]
		if p == nil {
			return "", false
		}
		all = append(all, directory.Contact{ID: row[1], DisplayName: p[2] + " " + p[3], EmailAddress: p[4], Relationship: row[2]})
	}
	return directory.ContactsValue(all), true
}

func (o *oracle) class(s school, class string) {
	row := s[classes][class]
	if !s.has(orgs, row[1]) {
		return // the row cannot be used, so nothing is known of the class
	}
	owners, members := make(map[string]certainty), make(map[string]certainty)
	for _, e := range s[enrollments] {
		key, is := "User_"+e[1], o.provisioned(s, e[1])
		switch {
		case e[0] != class:
		case e[2] == "pupil" || !s.has(users, e[1]): // the row cannot be used
			owners[key], members[key] = perhaps, perhaps
		case e[2] == "teacher":
			owners[key], members[key] = is, is
		case e[2] == "student":
			members[key] = is
		}
	}
	name := object{directory.ClassGroup, "Section_" + class}
	told := directory.Attributes{
		directory.DisplayName: row[2], directory.SectionName: row[2], directory.ObjectType: "Section", directory.Status: "Active",
		directory.SourceSectionID: class, directory.SourceSchoolID: row[1], directory.SectionNumber: row[5],
	}
	course, isKnown := s[courses][row[4]]
	if row[4] == "" {
		course, isKnown = []string{"", "", ""}, true
	}
	if isKnown {
		told[directory.Description], told[directory.CourseName] = course[2], course[2]
	}
	if slices.Contains(slices.Collect(maps.Values(owners)), surely) {
		told[directory.Team] = "true"
	}
	o.write(name, told, directory.Attributes{directory.MailNickname: name.Key}, owners, members)
}

// group is about a role group, "" for any, in an organization, "" for any.
func (o *oracle) group(s school, group, org string) {
	members := make(map[string]certainty)
	for person := range s[users] {
		key := "User_" + person
		for _, role := range s.rolesOf(person, true) {
			if (group == "" || groupOf(role[2]) == group) && (org == "" || role[1] == org) {
				members[key] = o.provisioned(s, person)
			}
		}
		for _, role := range s.rolesOf(person, false) {
			if org == "" && groupOf(role[2]) == group {
				members[key] = max(members[key], perhaps)
			}
		}
	}
	id, tag := strings.ToLower(group), map[string]string{"Students": "AllStudents", "Staff": "AllTeachers"}[group]
	var schoolName string
	if org != "" {
		schoolName = s[orgs][org][1]
	}
	switch {
	case group == "":
		o.write(object{directory.AdministrativeUnit, "School_" + org}, directory.Attributes{
			directory.DisplayName: schoolName, directory.ObjectType: "School", directory.SourceSchoolID: org,
		}, nil, nil, members)
	case org == "":
		key := "RoleGroup_" + id
		o.write(object{directory.SecurityGroup, key}, directory.Attributes{
			directory.DisplayName: "All " + group, directory.ObjectType: tag + "SecurityGroup",
		}, directory.Attributes{directory.MailNickname: key}, nil, members)
	default:
		key := "RoleGroup_" + id + "_" + org
		tag = strings.TrimPrefix(tag, "All")
		o.write(object{directory.SecurityGroup, key}, directory.Attributes{
			directory.DisplayName: group + " - " + schoolName, directory.ObjectType: tag + "SecurityGroup", directory.SourceSchoolID: org,
		}, directory.Attributes{directory.MailNickname: key}, nil, members)
		o.write(object{directory.AdministrativeUnit, key}, directory.Attributes{
			directory.DisplayName: schoolName + " - " + group, directory.ObjectType: tag + "AdministrativeUnit", directory.SourceSchoolID: org,
		}, nil, nil, members)
	}
}

// write brings a group to what is told of it. It comes with its first member, and its last
// owner stays.
func (o *oracle) write(name object, told, once directory.Attributes, owners, members map[string]certainty) {
	t, isThere := o.there[name]
	if !isThere {
		if !slices.Contains(slices.Collect(maps.Values(members)), surely) {
			return
		}
		t = thing{maps.Clone(once), make(map[string]bool), make(map[string]bool)}
		if t.attributes == nil {
			t.attributes = make(directory.Attributes)
		}
	}
	told[directory.AnchorID], told[directory.SyncSource] = name.Key, "SIS"
	for attribute, value := range told {
		set(t.attributes, attribute, value)
	}
	had := sorted(t.owners)
	move(t.owners, owners, nil)
	if len(t.owners) == 0 && len(had) > 0 {
		t.owners[had[0]] = true
	}
	move(t.members, members, t.owners)
	o.there[name] = t
}

// move adds those who surely are in it, and takes out who surely is not, but for those who
// stay.
func move(there map[string]bool, are map[string]certainty, stay map[string]bool) {
	maps.DeleteFunc(there, func(user string, _ bool) bool { return are[user] == surelyNot && !stay[user] })
	for user, is := range are {
		if is == surely {
			there[user] = true
		}
	}
}
