package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

func newTenants(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tenants",
		Short: "Keep several schools or districts apart in one data folder",
		Long: `A tenant has everything of its own: settings, runs, ledger, embedded directory, kept
rosters, apps and people. One is made with the data folder, which is enough for a school
or a district. Where there are several, commands are told with --tenant which one is
meant, and homeroom serve with --roster TENANT=PATH whose roster lies where; a token is
for one of them.`,
	}
	cmd.AddCommand(newTenantsAdd(a), newTenantsList(a), newTenantsRename(a), newTenantsRemove(a))
	return cmd
}

// shownTenant is the JSON form of a tenant.
type shownTenant struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Created time.Time      `json:"createdDateTime"`
	Owner   outbound.Owner `json:"configuredBy"` // "" for nobody yet
}

func newTenantsAdd(a *app) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a tenant",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			tenant := access.Tenant{ID: uuid.NewString(), Created: time.Now()}
			if tenant.Name, err = tenantName(args[0]); err != nil {
				return err
			}
			if id != "" {
				given, err := uuid.Parse(id)
				if err != nil {
					return fault.New(fault.Invalid, "The id of a tenant is a GUID, such as that of the tenant in Microsoft Entra; %q is none.", id)
				}
				tenant.ID = given.String()
			}
			m, err := a.openAll(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if err := m.AddTenant(cmd.Context(), tenant, byCommand()); err != nil {
				return err
			}
			if a.output == "json" {
				return writeJSON(cmd.OutOrStdout(), shownTenant{ID: tenant.ID, Name: tenant.Name, Created: tenant.Created.UTC()})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tenant %s was made.\n  tenant id:  %s\nCommands are about it with --tenant %s, and serve reads its roster with --roster %s=PATH.\n",
				tenant.Name, tenant.ID, tenant.Name, tenant.Name)
			return err
		},
	}
	a.outputFlag(cmd)
	cmd.Flags().StringVar(&id, "id", "", "the id of the tenant, for one that has an id elsewhere (default: drawn)")
	return cmd
}

// tenantName reads what a tenant is to be called.
func tenantName(text string) (string, error) {
	name := strings.ToLower(text)
	if !access.IsTenantName(name) {
		return "", fault.New(fault.Invalid, "A tenant is called by 1 to 63 letters from a to z, digits, dots and hyphens, as in lakeside; %q is no such name, or has a meaning of its own.", text)
	}
	return name, nil
}

func newTenantsList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:         "list",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "List the tenants",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			m, err := a.lookAtAll(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			tenants, err := m.NamedTenants(cmd.Context())
			if err != nil {
				return err
			}
			shown := make([]shownTenant, len(tenants))
			for i, t := range tenants {
				shown[i] = shownTenant{ID: t.ID, Name: t.Name, Created: t.Created.UTC()}
				if shown[i].Owner, err = m.Owner(cmd.Context(), t.ID); err != nil {
					return err
				}
			}
			return a.tellTenants(cmd, shown)
		},
	}
	a.outputFlag(cmd)
	return cmd
}

func (a *app) tellTenants(cmd *cobra.Command, shown []shownTenant) error {
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), shown)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "NAME\tID\tCONFIGURED BY\tSINCE"); err != nil {
		return err
	}
	owners := map[outbound.Owner]string{outbound.Nobody: "nobody yet", outbound.File: "a file", outbound.API: "the API"}
	for _, t := range shown {
		name := t.Name
		if name == "" {
			name = "–"
		}
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, t.ID, owners[t.Owner], t.Created.Local().Format(time.DateOnly)); err != nil {
			return err
		}
	}
	return w.Flush()
}

func newTenantsRename(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rename TENANT NAME",
		Short: "Call a tenant by another name; its id stays",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			name, err := tenantName(args[1])
			if err != nil {
				return err
			}
			m, err := a.openNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if err := m.RenameTenant(cmd.Context(), m.tenant, name, byCommand()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tenant %s is called %s.\n", m.tenant, name)
			return err
		},
	}
}

// openNamed opens the data folder for a tenant that an argument names.
func (a *app) openNamed(ctx context.Context, name string) (*memory, error) {
	m, err := a.openAll(ctx)
	if err != nil {
		return nil, err
	}
	return m.forTenant(ctx, name)
}

func newTenantsRemove(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove TENANT",
		Short: "Forget a tenant and all that is its own",
		Long: `Deletes all that Homeroom has of a tenant: settings, runs, ledger, passwords, kept
rosters, apps, people, audit trail, and its embedded directory. Nothing brings it back but a
backup. Directories elsewhere stay as they are.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !yes {
				return fault.New(fault.Invalid, "All that Homeroom has of the tenant is gone then, and so is its embedded directory. If that is meant, add --yes.")
			}
			m, err := a.openNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if err := m.removeTenant(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tenant %s is forgotten.\n", args[0])
			return err
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "it is meant")
	return cmd
}

// removeTenant forgets the tenant. Its row goes last but for files, so that what is cut off
// can be done again.
func (m *memory) removeTenant(ctx context.Context) (err error) {
	targets, err := m.targets(ctx)
	if err != nil {
		return err
	}
	lease, release, err := m.acquire(ctx, targets[0], false)
	if err != nil {
		return err
	}
	defer func() {
		release()
		if err == nil {
			for _, target := range targets {
				_ = os.Remove(filepath.Join(m.dir, m.leaseLock(target))) // it says nothing and locks nothing any more
			}
		}
	}()
	if err := m.notTheOnly(ctx); err != nil {
		return err
	}
	d, err := m.embedded(ctx)
	if err != nil {
		return err
	}
	if err := d.Clear(ctx); err != nil {
		return fault.Wrap(err, fault.KindOf(err), "The embedded directory of the tenant cannot be cleared, so the tenant is still there")
	}
	if err := os.RemoveAll(m.snapshotFolder()); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The kept rosters of the tenant cannot be deleted, so the tenant is still there")
	}
	return m.RemoveTenant(ctx, lease)
}

// notTheOnly refuses to forget the only tenant, before anything is deleted.
func (m *memory) notTheOnly(ctx context.Context) error {
	tenants, err := m.Tenants(ctx)
	if err == nil && len(tenants) < 2 {
		err = fault.New(fault.Conflict, "This is the only tenant. To be rid of all data, delete the data folder.")
	}
	return err
}
