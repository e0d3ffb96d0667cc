package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

// secretDays is for how many days a client secret counts, unless a flag says more.
const secretDays = 180

func newApps(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apps",
		Short: "Register the apps that may use the API",
		Long: `An app is a client of the API. It gets its tokens from the issuer that homeroom
serve has built in, with its client id and its secret, or for a person who signs in.
An app may do what was granted to it; whoever uses this command is the administrator
whose consent Microsoft Graph's permissions need.`,
	}
	cmd.AddCommand(newAppsCreate(a), newAppsList(a), newAppsGrant(a), newAppsRevoke(a), newAppsDelete(a), newAppsRetireKeys(a), newAppsManifest())
	return cmd
}

func newAppsCreate(a *app) *cobra.Command {
	var own, delegated []string
	var days int
	cmd := &cobra.Command{
		Use:   "create NAME [--permission NAME]... [--delegated NAME]...",
		Short: "Register an app and print its secret, once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			name := strings.TrimSpace(args[0])
			if name == "" || len(name) > 120 {
				return fault.New(fault.Invalid, "The name of an app has 1 to 120 letters.")
			}
			if days < 1 || days > 3650 {
				return fault.New(fault.Invalid, "A secret counts for 1 to 3650 days.")
			}
			if err := checkPermissions(slices.Concat(own, delegated)); err != nil {
				return err
			}
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			text, secret := auth.NewSecret(time.Now(), time.Duration(days)*24*time.Hour)
			created := access.App{
				Tenant: m.tenant, ID: uuid.NewString(), Name: name, Created: time.Now(), Secrets: []access.Secret{secret},
				Grants: slices.Concat(grantsOf(access.Application, own), grantsOf(access.Delegated, delegated)),
			}
			if err := m.CreateApp(cmd.Context(), created, byCommand()); err != nil {
				return err
			}
			return a.tellSecret(cmd, created, text)
		},
	}
	a.outputFlag(cmd)
	cmd.Flags().StringArrayVar(&own, "permission", nil, "a permission that the app has for itself; may be given several times")
	cmd.Flags().StringArrayVar(&delegated, "delegated", nil, "a permission that the app may use for whoever signs in; may be given several times")
	cmd.Flags().IntVar(&days, "days", secretDays, "for how many days the secret counts")
	return cmd
}

// tellSecret prints how an app gets its tokens.
func (a *app) tellSecret(cmd *cobra.Command, created access.App, secret string) error {
	expires := created.Secrets[0].Expires
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), struct {
			shownApp
			Secret string `json:"clientSecret"`
		}{newShownApp(created), secret})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), `The app %s is registered.
  tenant id:      %s
  client id:      %s
  client secret:  %s
This is the only time that the secret is shown. It counts until %s.
`, created.Name, created.Tenant, created.ID, secret, expires.Local().Format(time.DateOnly))
	return err
}

// byCommand says, for those who audit, that a command changes something.
func byCommand() access.By {
	return access.By{At: time.Now(), Kind: access.CommandLine, Person: personOr("")}
}

// shownApp is the JSON form of an app.
type shownApp struct {
	Tenant      string       `json:"tenantId"`
	ID          string       `json:"appId"`
	Name        string       `json:"displayName"`
	Created     time.Time    `json:"createdDateTime"`
	Application []string     `json:"applicationPermissions"`
	Delegated   []string     `json:"delegatedPermissions"`
	Secrets     []shownHints `json:"passwordCredentials"`
}

type shownHints struct {
	ID      string    `json:"keyId"`
	Hint    string    `json:"hint"`
	Expires time.Time `json:"endDateTime"`
}

func newShownApp(app access.App) shownApp {
	s := shownApp{app.Tenant, app.ID, app.Name, app.Created.UTC(),
		append([]string{}, app.All(access.Application)...), append([]string{}, app.All(access.Delegated)...), []shownHints{}}
	for _, secret := range app.Secrets {
		s.Secrets = append(s.Secrets, shownHints{secret.ID, secret.Hint, secret.Expires.UTC()})
	}
	return s
}

func newAppsList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the registered apps and what was granted to them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			m, err := a.look(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			apps, err := m.Apps(cmd.Context(), m.tenant)
			if err != nil {
				return err
			}
			return a.tellApps(cmd, apps)
		},
	}
	a.outputFlag(cmd)
	return cmd
}

func (a *app) tellApps(cmd *cobra.Command, apps []access.App) error {
	if a.output == "json" {
		shown := []shownApp{}
		for _, app := range apps {
			shown = append(shown, newShownApp(app))
		}
		return writeJSON(cmd.OutOrStdout(), shown)
	}
	if len(apps) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "No app is registered. homeroom apps create registers one.")
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "CLIENT ID\tNAME\tSECRET UNTIL\tKIND\tPERMISSION"); err != nil {
		return err
	}
	for _, app := range apps {
		until := "-"
		for _, secret := range app.Secrets {
			until = secret.Expires.Local().Format(time.DateOnly)
		}
		grants := app.Grants
		if len(grants) == 0 {
			grants = []access.Grant{{Permission: "-", Kind: "-"}}
		}
		for _, g := range grants {
			if _, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", app.ID, app.Name, until, g.Kind, g.Permission); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// findApp returns the app with an id or, if there is only one of it, a name.
func (m *memory) findApp(ctx context.Context, tenant, name string) (access.App, error) {
	apps, err := m.Apps(ctx, tenant)
	if err != nil {
		return access.App{}, err
	}
	var found []access.App
	for _, app := range apps {
		if strings.EqualFold(app.ID, name) {
			return app, nil
		}
		if app.Name == name {
			found = append(found, app)
		}
	}
	switch len(found) {
	case 0:
		return access.App{}, fault.New(fault.NotFound, "There is no app %s; homeroom apps list shows which there are.", name)
	case 1:
		return found[0], nil
	}
	return access.App{}, fault.New(fault.Conflict, "%d apps are named %s: give the client id, which homeroom apps list shows.", len(found), name)
}
