package api

import (
	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// principals returns the services that there are: Microsoft Graph alone, in the form in
// which Graph shows itself, with the permissions of industry data.
func (s *Server) principals(tenant string) []*odata.Entity {
	var roles, scopes []any
	for _, p := range access.GraphPermissions() {
		roles = append(roles, s.appRole(p))
		scopes = append(scopes, s.permissionScope(p))
	}
	return []*odata.Entity{{Type: s.typed(servicePrincipalType), Values: map[string]any{
		"id":    uuid.NewSHA1(uuid.NameSpaceOID, []byte("servicePrincipals/"+tenant+"/"+access.Graph)).String(),
		"appId": access.Graph, "appDisplayName": "Microsoft Graph", "displayName": "Microsoft Graph",
		"servicePrincipalNames": []any{access.Graph, "https://graph.microsoft.com", "https://graph.microsoft.com/"},
		"appRoles":              roles, "oauth2PermissionScopes": scopes,
	}}}
}

func (s *Server) appRole(p access.Permission) *odata.Entity {
	return &odata.Entity{Type: s.typed("appRole"), Values: map[string]any{
		"allowedMemberTypes": []any{"Application"}, "description": p.Description(access.Application), "displayName": p.DisplayName,
		"id": p.ApplicationID, "isEnabled": true, "origin": "Application", "value": p.Name,
	}}
}

func (s *Server) permissionScope(p access.Permission) *odata.Entity {
	return &odata.Entity{Type: s.typed("permissionScope"), Values: map[string]any{
		"adminConsentDescription": p.Description(access.Delegated), "adminConsentDisplayName": p.DisplayName,
		"id": p.DelegatedID, "isEnabled": true, "type": p.Consent(),
		"userConsentDescription": p.Description(access.Delegated), "userConsentDisplayName": p.DisplayName, "value": p.Name,
	}}
}

func (s *Server) listServicePrincipals(r *request) (*response, error) {
	return s.listed(r, s.principals(r.caller.Tenant))
}

// getServicePrincipal answers by the id of the principal, or by that of the app, as in
// servicePrincipals(appId='...').
func (s *Server) getServicePrincipal(r *request) (*response, error) {
	all := s.principals(r.caller.Tenant)
	switch app, asked := r.keys["appId"]; {
	case asked && app == access.Graph:
		return &response{entity: all[0]}, nil
	case asked:
		return nil, odata.NotFound("There is no service principal of the app '%s'. Here is that of %s.", app, access.Graph)
	}
	return one(r, all, r.keys["principal"], "service principal")
}
