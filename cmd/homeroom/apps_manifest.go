package main

import (
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
)

func newAppsManifest() *cobra.Command {
	return &cobra.Command{
		Use:   "entra-manifest",
		Short: "Print the app registration by which Microsoft Entra issues tokens for Homeroom",
		Long: `Prints Homeroom's own app registration for Microsoft Entra, as JSON of a Graph
application. Its scopes and app roles carry the names and ids of Microsoft Graph's
permissions, so that clients ask for the same. Register it with:

  homeroom apps entra-manifest > homeroom.json
  az rest --method POST --url https://graph.microsoft.com/v1.0/applications --body @homeroom.json

Then trust Entra's tokens for it. Entra's tokens for Graph itself do not count: nobody
but Graph can verify them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeJSON(cmd.OutOrStdout(), newManifest(access.Permissions()))
		},
	}
}

// manifest is a Graph application.
type manifest struct {
	Name           string         `json:"displayName"`
	Audience       string         `json:"signInAudience"`
	API            manifestAPI    `json:"api"`
	Roles          []manifestRole `json:"appRoles"`
	OptionalClaims any            `json:"optionalClaims"`
}

type manifestAPI struct {
	Version int             `json:"requestedAccessTokenVersion"`
	Scopes  []manifestScope `json:"oauth2PermissionScopes"`
}

type manifestScope struct {
	ID               string `json:"id"`
	Value            string `json:"value"`
	Type             string `json:"type"` // Admin: an administrator has to consent; User
	Enabled          bool   `json:"isEnabled"`
	AdminName        string `json:"adminConsentDisplayName"`
	AdminDescription string `json:"adminConsentDescription"`
	UserName         string `json:"userConsentDisplayName"`
	UserDescription  string `json:"userConsentDescription"`
}

type manifestRole struct {
	ID          string   `json:"id"`
	Value       string   `json:"value"`
	Name        string   `json:"displayName"`
	Description string   `json:"description"`
	Members     []string `json:"allowedMemberTypes"`
	Enabled     bool     `json:"isEnabled"`
}

func newManifest(permissions []access.Permission) manifest {
	m := manifest{
		Name: "Homeroom", Audience: "AzureADMyOrg", API: manifestAPI{Version: 2},
		// By idtyp a token shows that it was issued to an app for itself.
		OptionalClaims: map[string]any{"accessToken": []map[string]any{{"name": "idtyp", "essential": false}}},
	}
	for _, p := range permissions {
		m.API.Scopes = append(m.API.Scopes, manifestScope{
			p.DelegatedID, p.Name, p.Consent(), true, p.DisplayName, p.Description(access.Delegated), p.DisplayName, p.Description(access.Delegated),
		})
		m.Roles = append(m.Roles, manifestRole{p.ApplicationID, p.Name, p.DisplayName, p.Description(access.Application), []string{"Application"}, true})
	}
	return m
}
