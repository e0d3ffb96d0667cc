package api

import "github.com/homeroomhq/homeroom/odata"

// userOptionTypes are the options of the flow of users (contract B.2).
func userOptionTypes() []*odata.Type {
	return []*odata.Type{{
		Name: "userCreationOptions",
		Doc:  "How users are created.",
		Properties: []odata.Property{
			{Name: "configurations", Type: "userConfiguration", Collection: true, Nullable: true, Doc: "One for each role group. People of a role group without one are not created."},
		},
	}, {
		Name: "userConfiguration",
		Doc:  "How users of one role group are created.",
		Properties: []odata.Property{
			{Name: "licenseSkus", Type: text, Collection: true, Nullable: true, Doc: "The licences that a new user gets."},
			{Name: "defaultPasswordSettings", Type: "passwordSettings", Nullable: true, Doc: "The first password of a new user."},
			{Name: "roleGroup", Type: roleGroupType, Navigation: true, Inline: true, Required: true, Doc: "The role group. Write roleGroup@odata.bind with its address, or an object with its id."},
		},
	}, {
		Name: "passwordSettings", Abstract: true,
		Doc: "How the first password of a user is found. Write simplePasswordSettings.",
	}, {
		Name: "simplePasswordSettings", Base: "passwordSettings",
		Doc: "One password for all.",
		Properties: []odata.Property{
			{Name: "password", Type: text, Access: odata.Secret, Doc: "The password. It is shown as asterisks only; these, written back, leave it as it is, and so does leaving it out. It is needed where there is none yet."},
		},
	}, {
		Name: "userManagementOptions",
		Doc:  "What is written to every user of a set.",
		Properties: []odata.Property{
			{Name: "additionalAttributes", Type: "additionalUserAttributes", Collection: true, Nullable: true, Doc: "What else of a person is written to the user."},
			{Name: "additionalOptions", Type: "additionalUserOptions", Doc: "How students are treated."},
		},
	}, {
		Name: "additionalUserOptions",
		Doc:  "How students are treated.",
		Properties: []odata.Property{
			{Name: "markAllStudentsAsMinors", Type: boolean, Nullable: true, Doc: "Deprecated. True is taken as studentAgeGroup minor; it is never shown."},
			{Name: "allowStudentContactAssociation", Type: boolean, Nullable: true, Doc: "Whether the contacts of students are written to their users. Null stands for no."},
			{Name: "studentAgeGroup", Type: "studentAgeGroup", Nullable: true, Doc: "The age group of users of students; null leaves age groups alone."},
		},
	}}
}
