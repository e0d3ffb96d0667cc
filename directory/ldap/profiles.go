package ldap

import (
	"maps"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// NamedProfile returns the profile with the name that the configuration gives it.
func NamedProfile(name string) (Profile, error) {
	switch name {
	case "openldap":
		return OpenLDAP(), nil
	case "activedirectory":
		return ActiveDirectory(), nil
	}
	return Profile{}, fault.New(fault.Invalid, "Unknown LDAP profile %q: there are openldap and activedirectory.", name)
}

// OpenLDAP is the profile for OpenLDAP and servers like it: inetOrgPerson and
// groupOfNames, and the schema of docs/targets/ldap.md for what these have no attribute
// for.
func OpenLDAP() Profile {
	group := func(kind, class, unit string) Class {
		return Class{
			Filter: "(objectClass=groupOfNames)", Marker: Marker{"objectClass", class},
			Container: "ou=" + unit + ",{base}", RDN: "cn", Follows: true, MaxName: 64,
			ObjectClasses: []string{"groupOfNames", class}, Auxiliary: class,
			Attributes: ownNames(kind),
		}
	}
	user := Class{
		Filter:    "(objectClass=inetOrgPerson)",
		Container: "ou=people,{base}", RDN: "uid", MaxName: 64,
		ObjectClasses: []string{"inetOrgPerson", "homeroomUser"}, Auxiliary: "homeroomUser",
		Filled:     map[string]string{"cn": "{displayName|mailNickname}", "sn": "{surname|displayName|mailNickname}"},
		Attributes: ownNames("user"),
		Observed:   map[string]string{directory.Mail: "mail", directory.UID: "uid", directory.EmployeeID: "employeeNumber"},
	}
	return Profile{
		Name: "OpenLDAP", ID: "entryUUID", SelfDN: "entryDN",
		Classes: map[directory.Kind]Class{
			directory.User:               user,
			directory.ClassGroup:         group("classGroup", "homeroomClassGroup", "classes"),
			directory.SecurityGroup:      group("securityGroup", "homeroomSecurityGroup", "groups"),
			directory.AdministrativeUnit: group("administrativeUnit", "homeroomAdministrativeUnit", "units"),
		},
		Member: "member", Placeholder: "cn=nobody,{base}",
		Owners:       Owners{Attribute: "owner"},
		PasswordHash: "ssha",
		PerCall:      200,
	}
}

// WithGroups returns the profile with another class for groups: groupOfMembers, which may be
// empty, or groupOfUniqueNames.
func (p Profile) WithGroups(class string) Profile {
	p.Classes = maps.Clone(p.Classes)
	for kind, c := range p.Classes {
		if kind != directory.User {
			c.Filter, c.ObjectClasses = "(objectClass="+class+")", []string{class, c.Auxiliary}
			p.Classes[kind] = c
		}
	}
	switch strings.ToLower(class) {
	case "groupofuniquenames":
		p.Member = "uniqueMember"
	case "groupofnames":
	default:
		p.Placeholder = ""
	}
	return p
}

// ownNames are the attributes of OpenLDAP by ours: those of its classes, and those of the
// schema that comes with Homeroom.
func ownNames(kind string) map[string]string {
	names := map[string]string{
		directory.DisplayName: "displayName",
		directory.Description: "description",
		directory.Visibility:  "homeroomVisibility",

		directory.ObjectType:      "homeroomObjectType",
		directory.AnchorID:        "homeroomAnchorId",
		directory.SyncSource:      "homeroomSyncSource",
		directory.SourceStudentID: "homeroomStudentId",
		directory.SourceTeacherID: "homeroomTeacherId",
		directory.SourceSchoolID:  "homeroomSchoolId",
		directory.SourceSectionID: "homeroomSectionId",
		directory.SourceCourseID:  "homeroomCourseId",
		directory.Grade:           "homeroomGrade",
		directory.StudentNumber:   "homeroomStudentNumber",
		directory.TeacherNumber:   "homeroomTeacherNumber",
		directory.SectionName:     "homeroomSectionName",
		directory.SectionNumber:   "homeroomSectionNumber",
		directory.CourseName:      "homeroomCourseName",
		directory.CourseNumber:    "homeroomCourseNumber",
		directory.CourseSubject:   "homeroomCourseSubject",
		directory.TermID:          "homeroomTermId",
		directory.TermName:        "homeroomTermName",
		directory.TermStartDate:   "homeroomTermStartDate",
		directory.TermEndDate:     "homeroomTermEndDate",
		directory.Status:          "homeroomStatus",
	}
	switch kind {
	case "user":
		names[directory.UserPrincipalName] = "homeroomPrincipalName"
		names[directory.MailNickname] = "uid"
		names[directory.GivenName] = "givenName"
		names[directory.Surname] = "sn"
		names[directory.AccountEnabled] = "homeroomAccountEnabled"
		names[directory.AgeGroup] = "homeroomAgeGroup"
		delete(names, directory.Description)
		delete(names, directory.Visibility)
	case "classGroup", "securityGroup":
		names[directory.MailNickname] = "cn"
	}
	return names
}

// ActiveDirectory is the profile for Active Directory, Microsoft's and Samba's. It needs no
// change of the schema: what Active Directory has no attribute for is in the extension
// attributes that it has since 2012, which are indexed, and free for use.
func ActiveDirectory() Profile {
	const marker = extension + "20"
	group := func(kind directory.Kind, unit string) Class {
		return Class{
			Filter: "(objectClass=group)", Marker: Marker{marker, string(kind)},
			Container: "OU=" + unit + ",OU=Homeroom,{base}", RDN: "cn", Login: "sAMAccountName", Follows: true, MaxName: 64,
			ObjectClasses: []string{"group", extensions}, Auxiliary: extensions,
			Fixed:      map[string][]string{"groupType": {GlobalSecurity}, marker: {string(kind)}},
			Attributes: extensionNames(kind),
		}
	}
	user := Class{
		Filter:    "(&(objectCategory=person)(objectClass=user))",
		Container: "OU=People,OU=Homeroom,{base}", RDN: "cn", Login: "sAMAccountName", MaxName: 20,
		ObjectClasses: []string{"user", extensions}, Auxiliary: extensions,
		Attributes: extensionNames(directory.User),
		Observed: map[string]string{
			directory.Mail: "mail", directory.UID: "uid", directory.EmployeeID: "employeeID",
			directory.SAMAccountName: "sAMAccountName", directory.MailNickname: "sAMAccountName",
		},
	}
	units := group(directory.AdministrativeUnit, "Units")
	units.Prefix = "Unit_" // a role group of a school may be a security group, too, under the same key
	return Profile{
		Name: "Active Directory", ActiveDirectory: true, ID: "objectGUID", SelfDN: "distinguishedName",
		Classes: map[directory.Kind]Class{
			directory.User:               user,
			directory.ClassGroup:         group(directory.ClassGroup, "Classes"),
			directory.SecurityGroup:      group(directory.SecurityGroup, "Groups"),
			directory.AdministrativeUnit: units,
		},
		Member:     "member",
		Owners:     Owners{Attribute: "managedBy", Single: true, More: "secretary", Other: "msExchCoManagedByLink"},
		Privileged: []string{"adminCount=1", "isCriticalSystemObject=TRUE"},
		PerCall:    100,
	}
}

// Types of groups in Active Directory (MS-ADTS 2.2.12).
const (
	GlobalSecurity        = "-2147483646"
	UniversalSecurity     = "-2147483640"
	GlobalDistribution    = "2"
	UniversalDistribution = "8"
)

const (
	extensions = "msDS-CloudExtensions"         // the class
	extension  = "msDS-cloudExtensionAttribute" // and its attributes, 1 to 20
)

// extensionNames are the attributes of Active Directory by ours.
func extensionNames(kind directory.Kind) map[string]string {
	names := map[string]string{
		directory.DisplayName:    "displayName",
		directory.AnchorID:       extension + "1",
		directory.SyncSource:     extension + "2",
		directory.ObjectType:     extension + "3",
		directory.SourceSchoolID: extension + "4",
		directory.Status:         extension + "5",
		directory.Grade:          extension + "6",
	}
	switch kind {
	case directory.User:
		names[directory.UserPrincipalName] = "userPrincipalName"
		names[directory.GivenName] = "givenName"
		names[directory.Surname] = "sn"
		names[directory.AccountEnabled] = "userAccountControl"
		names[directory.SourceStudentID] = extension + "7"
		names[directory.SourceTeacherID] = extension + "8"
		names[directory.StudentNumber] = extension + "9"
		names[directory.TeacherNumber] = extension + "10"
		names[directory.AgeGroup] = extension + "11"
		names[directory.MailNickname] = extension + "19"
	case directory.ClassGroup:
		names[directory.Description] = "description"
		names[directory.SourceSectionID] = extension + "7"
		names[directory.SectionName] = extension + "8"
		names[directory.SectionNumber] = extension + "9"
		names[directory.SourceCourseID] = extension + "10"
		names[directory.CourseName] = extension + "11"
		names[directory.CourseNumber] = extension + "12"
		names[directory.CourseSubject] = extension + "13"
		names[directory.TermID] = extension + "14"
		names[directory.TermName] = extension + "15"
		names[directory.TermStartDate] = extension + "16"
		names[directory.TermEndDate] = extension + "17"
		names[directory.MailNickname] = extension + "19"
	case directory.SecurityGroup:
		names[directory.Description] = "description"
		names[directory.MailNickname] = extension + "19"
	default:
		names[directory.Description] = "description"
	}
	return names
}
