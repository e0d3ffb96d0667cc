package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newAppsRetireKeys(a *app) *cobra.Command {
	var tokens bool
	cmd := &cobra.Command{
		Use:   "retire-keys [--tokens]",
		Short: "Sign the next tokens with a new key",
		Long: `Lets the keys that tokens are signed with sign no more. They are replaced every two
months anyway; this is for when somebody may have got at one. With --tokens those that
it signed count no more, and every app needs new ones.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if err := m.RetireSigningKeys(cmd.Context(), m.tenant, tokens, byCommand()); err != nil {
				return err
			}
			said := "The next token is signed with a new key. Those that were issued go on to count."
			if tokens {
				said = "The next token is signed with a new key. Those that were issued count no more."
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
			return err
		},
	}
	cmd.Flags().BoolVar(&tokens, "tokens", false, "tokens that were signed until now count no more")
	return cmd
}
