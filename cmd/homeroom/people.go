package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

func newPeople(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "Say who may sign in and let an app act for them",
		Long: `People who sign in let an app use the API in their name. An administrator among
them may also consent, for everybody, to what an app asks for.`,
	}
	cmd.AddCommand(newPeopleAdd(a), newPeopleList(a), newPeopleRemove(a))
	return cmd
}

func newPeopleAdd(a *app) *cobra.Command {
	var admin bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Let a person sign in, and print the password, once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			name := strings.TrimSpace(args[0])
			if name == "" || len(name) > 120 {
				return fault.New(fault.Invalid, "The name of a person has 1 to 120 letters.")
			}
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			password := string(newPassword())
			person := access.Person{
				Tenant: m.tenant, ID: uuid.NewString(), Name: name, PasswordHash: auth.HashSecret(password), Admin: admin, Created: time.Now(),
			}
			if err := m.AddPerson(cmd.Context(), person, byCommand()); err != nil {
				return err
			}
			if a.output == "json" {
				return writeJSON(cmd.OutOrStdout(), struct {
					shownPerson
					Password string `json:"password"`
				}{newShownPerson(person), password})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s may sign in.\n  password:  %s\nThis is the only time that the password is shown.\n", name, password)
			return err
		},
	}
	a.outputFlag(cmd)
	cmd.Flags().BoolVar(&admin, "admin", false, "the person may consent to what apps ask for")
	return cmd
}

// shownPerson is the JSON form of a person.
type shownPerson struct {
	ID      string    `json:"id"`
	Name    string    `json:"userPrincipalName"`
	Admin   bool      `json:"isAdmin"`
	SignsIn bool      `json:"canSignIn"`
	Created time.Time `json:"createdDateTime"`
}

func newShownPerson(p access.Person) shownPerson {
	return shownPerson{p.ID, p.Name, p.Admin, p.PasswordHash != "", p.Created.UTC()}
}

func newPeopleList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who may sign in",
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
			people, err := m.People(cmd.Context(), m.tenant)
			if err != nil {
				return err
			}
			return a.tellPeople(cmd, people)
		},
	}
	a.outputFlag(cmd)
	return cmd
}

func (a *app) tellPeople(cmd *cobra.Command, people []access.Person) error {
	shown := []shownPerson{}
	for _, p := range people {
		shown = append(shown, newShownPerson(p))
	}
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), shown)
	}
	if len(shown) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "Nobody may sign in. homeroom people add lets somebody.")
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "NAME\tADMINISTRATOR\tSIGNS IN\tSINCE"); err != nil {
		return err
	}
	yes := map[bool]string{true: "yes", false: "no"}
	for _, p := range shown {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, yes[p.Admin], yes[p.SignsIn], p.Created.Local().Format(time.DateOnly)); err != nil {
			return err
		}
	}
	return w.Flush()
}

func newPeopleRemove(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Let a person sign in no more; tokens in their name count no more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			person, err := m.PersonNamed(cmd.Context(), m.tenant, args[0])
			if err != nil {
				return err
			}
			if err := m.RemovePerson(cmd.Context(), m.tenant, person.ID, byCommand()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s may sign in no more. Tokens in their name count no more.\n", person.Name)
			return err
		},
	}
	return cmd
}
