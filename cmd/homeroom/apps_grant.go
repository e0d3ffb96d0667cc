package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
)

// appsWork is a command that changes one app.
type appsWork struct {
	delegated bool
}

func (w *appsWork) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&w.delegated, "delegated", false, "as delegated permissions: for whoever signs in, not for the app itself")
	return cmd
}

// grants are what the arguments after the app name.
func (w *appsWork) grants(names []string) []access.Grant {
	if w.delegated {
		return grantsOf(access.Delegated, names)
	}
	return grantsOf(access.Application, names)
}

// on opens the data folder, finds the app, and lets f work on it.
func (w *appsWork) on(a *app, cmd *cobra.Command, name string, f func(ctx context.Context, m *memory, found access.App) error) (err error) {
	m, err := a.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closing(m, &err)
	found, err := m.findApp(cmd.Context(), m.tenant, name)
	if err != nil {
		return err
	}
	return f(cmd.Context(), m, found)
}

func newAppsGrant(a *app) *cobra.Command {
	w := &appsWork{}
	return w.flags(&cobra.Command{
		Use:   "grant APP PERMISSION... [--delegated]",
		Short: "Grant permissions to an app",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPermissions(args[1:]); err != nil {
				return err
			}
			return w.on(a, cmd, args[0], func(ctx context.Context, m *memory, found access.App) error {
				if err := m.Grant(ctx, found.Tenant, found.ID, w.grants(args[1:]), byCommand()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Granted to %s. The next token that it gets has it.\n", found.Name)
				return err
			})
		},
	})
}

func newAppsRevoke(a *app) *cobra.Command {
	w := &appsWork{}
	return w.flags(&cobra.Command{
		Use:   "revoke APP PERMISSION... [--delegated]",
		Short: "Take permissions from an app, at once",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPermissions(args[1:]); err != nil {
				return err
			}
			return w.on(a, cmd, args[0], func(ctx context.Context, m *memory, found access.App) error {
				if err := m.Revoke(ctx, found.Tenant, found.ID, w.grants(args[1:]), byCommand()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Taken from %s. Tokens that it has already lose it, too.\n", found.Name)
				return err
			})
		},
	})
}

func newAppsDelete(a *app) *cobra.Command {
	w := &appsWork{}
	cmd := &cobra.Command{
		Use:   "delete APP",
		Short: "Forget an app; its tokens count no more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return w.on(a, cmd, args[0], func(ctx context.Context, m *memory, found access.App) error {
				if err := m.DeleteApp(ctx, found.Tenant, found.ID, byCommand()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The app %s (%s) is forgotten. Its tokens count no more.\n", found.Name, found.ID)
				return err
			})
		},
	}
	return cmd
}
