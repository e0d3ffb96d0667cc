package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// Tokens that are printed are the one app's and, when they are delegated, the one
// person's, who cannot sign in: so they can be taken back like all others.
const (
	printedApp    = "6ed2b9f4-0a5d-4b0e-9a3c-6f0a3c1d7a11"
	printedPerson = "b1a8e0f2-8d43-4c56-9f6e-2d7c5b9e4f22"
	printedName   = "homeroom token"
)

// longestToken is how long a printed token may count.
const longestToken = 31 * 24 * time.Hour

func newToken(a *app) *cobra.Command {
	var permissions []string
	var delegated bool
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "token --permission NAME...",
		Short: "Print an access token for the API",
		Long: `Prints an access token with the permissions, for the API of homeroom serve on the
same data folder:

  curl -H "Authorization: Bearer $(homeroom token --permission IndustryData-OutboundFlow.Read.All)" \
    http://127.0.0.1:8080/beta/external/industryData/outboundProvisioningFlowSets

All tokens that are printed belong to the app "homeroom token": homeroom apps revoke
and homeroom apps delete take them back.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			switch {
			case len(permissions) == 0:
				return fault.New(fault.Invalid, "Say what the token is for: --permission NAME, as often as needed.")
			case ttl < time.Second || ttl > longestToken:
				return fault.New(fault.Invalid, "A token counts for 1s to %s, not for %s.", longestToken, ttl)
			}
			if err := checkPermissions(permissions); err != nil {
				return err
			}
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			text, err := m.newToken(cmd.Context(), m.tenant, permissions, delegated, ttl)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&permissions, "permission", nil, "a permission of the token; may be given several times")
	cmd.Flags().BoolVar(&delegated, "delegated", false, "for a person who is signed in, not for an app by itself")
	cmd.Flags().DurationVar(&ttl, "ttl", time.Hour, "for how long the token counts")
	return cmd
}

// newToken grants the permissions to the app that printed tokens belong to, and
// makes one for it.
func (m *memory) newToken(ctx context.Context, tenant string, permissions []string, delegated bool, ttl time.Duration) (string, error) {
	permissions = slices.Compact(slices.Sorted(slices.Values(permissions)))
	caller := access.Caller{Tenant: tenant, App: printedApp, Kind: access.Application, Permissions: permissions}
	now := time.Now()
	if delegated {
		caller.Kind, caller.User, caller.UserName = access.Delegated, printedPerson, printedName
		err := m.AddPerson(ctx, access.Person{Tenant: tenant, ID: printedPerson, Name: printedName, Created: now}, byCommand())
		if err != nil && fault.KindOf(err) != fault.Conflict {
			return "", err
		}
	}
	err := m.CreateApp(ctx, access.App{Tenant: tenant, ID: printedApp, Name: printedName, Created: now}, byCommand())
	if err != nil && fault.KindOf(err) != fault.Conflict {
		return "", err
	}
	if err := m.Grant(ctx, tenant, printedApp, grantsOf(caller.Kind, permissions), byCommand()); err != nil {
		return "", err
	}
	keyring, err := m.openKeyring(time.Now)
	if err != nil {
		return "", err
	}
	token, _, err := keyring.Mint(ctx, caller, printedName, "", ttl)
	return token, err
}
