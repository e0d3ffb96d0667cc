package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/odata"
)

// referenceTypes are role groups (contract C.1), definitions of codes (C.2), and the
// values that refer to these (B.2).
func referenceTypes() []*odata.Type {
	return slices.Concat([]*odata.Type{{
		Name: roleGroupType, Entity: true,
		Doc: "A named set of roles. It picks people.",
		Properties: []odata.Property{
			key("The id of the role group: students or staff."),
			{Name: "displayName", Type: text, Doc: "What people call the role group."},
			{Name: "roles", Type: roleReferenceType, Collection: true, Doc: "The roles in it, by code."},
		},
	}, {
		Name: definitionType, Entity: true,
		Doc: "A code that rosters and flows use. Deleting one disables it: what uses it is then unknown, and stays as it is.",
		Properties: slices.Concat(
			[]odata.Property{
				key("The type and the code: RefGradeLevel-05."),
				{Name: "referenceType", Type: text, Required: true, Doc: "The list that the code is in. It cannot be changed."},
				{Name: "displayName", Type: text, Nullable: true, Doc: "What people call what the code stands for."},
				{Name: "code", Type: text, Required: true, Doc: "The code as rosters have it, unique in its list in any case. It cannot be changed."},
				{Name: "source", Type: text, Nullable: true, Access: odata.ReadOnly, Doc: "Who defined the code: a standard, or Tenant Defined."},
				{Name: "isDisabled", Type: boolean, Required: true, Doc: "Whether the code is not to be used."},
				{Name: "sortIndex", Type: integer, Required: true, Doc: "The place in the list, unique there. Roles come before others by it."},
			},
			dates("the definition")),
	}, {
		Name: "referenceValue", Abstract: true,
		Doc: "A code of a list. Write the code, or value@odata.bind with the address of its definition.",
		Properties: []odata.Property{
			{Name: "code", Type: text, Nullable: true, Doc: "The code, in any case."},
			{Name: "value", Type: definitionType, Navigation: true, Doc: "The definition of the code."},
		},
	}}, referenceValueTypes())
}

// referenceValueTypes add nothing to referenceValue but the list that is meant.
func referenceValueTypes() []*odata.Type {
	var list []*odata.Type
	for _, v := range []struct{ name, doc string }{
		{"sectionRoleReferenceValue", "The role of a person in a class."},
		{roleReferenceType, "The role of a person in an organization."},
		{"identifierTypeReferenceValue", "The sort of an identifier of a person."},
		{"userMatchTargetReferenceValue", "The attribute of a user that people are matched by."},
		{"yearReferenceValue", "A school year."},
		{"fileFormatReferenceValue", "A format of files."},
	} {
		list = append(list, &odata.Type{Name: v.name, Base: "referenceValue", Doc: v.doc})
	}
	return list
}
