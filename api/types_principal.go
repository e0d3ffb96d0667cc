package api

import "github.com/homeroomhq/homeroom/odata"

// principalTypes are the permissions that apps can be given, in the form in which
// Microsoft Graph shows its own.
func principalTypes() []*odata.Type {
	return []*odata.Type{{
		Name: servicePrincipalType, Entity: true,
		Doc: "A service, with the permissions that it knows.",
		Properties: []odata.Property{
			key("The id of the service in this tenant."),
			{Name: "appId", Type: text, Access: odata.ReadOnly, Doc: "The id of the service, the same in every tenant."},
			{Name: "appDisplayName", Type: text, Access: odata.ReadOnly, Doc: "What people call the service."},
			{Name: "displayName", Type: text, Access: odata.ReadOnly, Doc: "What people call the service."},
			{Name: "servicePrincipalNames", Type: text, Collection: true, Access: odata.ReadOnly, Doc: "The audiences that tokens for the service may name."},
			{Name: "appRoles", Type: "appRole", Collection: true, Access: odata.ReadOnly, Doc: "Permissions of apps that act for themselves (application)."},
			{Name: "oauth2PermissionScopes", Type: "permissionScope", Collection: true, Access: odata.ReadOnly, Doc: "Permissions of apps that act for a person who is signed in (delegated)."},
		},
	}, {
		Name: "appRole",
		Doc:  "An application permission.",
		Properties: []odata.Property{
			{Name: "allowedMemberTypes", Type: text, Collection: true, Access: odata.ReadOnly, Doc: "Who can be given it: Application."},
			{Name: "description", Type: text, Access: odata.ReadOnly, Doc: "What it allows, for administrators."},
			{Name: "displayName", Type: text, Access: odata.ReadOnly, Doc: "Its title, for administrators."},
			{Name: "id", Type: text, Access: odata.ReadOnly, Doc: "Its id, as in Microsoft Graph."},
			{Name: "isEnabled", Type: boolean, Access: odata.ReadOnly, Doc: "Whether it can be given."},
			{Name: "origin", Type: text, Access: odata.ReadOnly, Doc: "Where it is defined: Application."},
			{Name: "value", Type: text, Access: odata.ReadOnly, Doc: "Its name, as the claim roles has it."},
		},
	}, {
		Name: "permissionScope",
		Doc:  "A delegated permission.",
		Properties: []odata.Property{
			{Name: "adminConsentDescription", Type: text, Access: odata.ReadOnly, Doc: "What it allows, for administrators."},
			{Name: "adminConsentDisplayName", Type: text, Access: odata.ReadOnly, Doc: "Its title, for administrators."},
			{Name: "id", Type: text, Access: odata.ReadOnly, Doc: "Its id, as in Microsoft Graph."},
			{Name: "isEnabled", Type: boolean, Access: odata.ReadOnly, Doc: "Whether it can be given."},
			{Name: "type", Type: text, Access: odata.ReadOnly, Doc: "Who consents: Admin, or User for what any person may allow."},
			{Name: "userConsentDescription", Type: text, Nullable: true, Access: odata.ReadOnly, Doc: "What it allows, for the person who is signed in."},
			{Name: "userConsentDisplayName", Type: text, Nullable: true, Access: odata.ReadOnly, Doc: "Its title, for the person who is signed in."},
			{Name: "value", Type: text, Access: odata.ReadOnly, Doc: "Its name, as the claim scp has it."},
		},
	}}
}
