package main

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

func newPasswords(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "passwords",
		Short: "Hand out the passwords that were made for new users",
	}
	cmd.AddCommand(newPasswordsExport(a))
	return cmd
}

func newPasswordsExport(a *app) *cobra.Command {
	var target, path string
	var o runOptions
	cmd := &cobra.Command{
		Use:   "export --out FILE",
		Short: "Write the generated passwords to a file, by school, and erase them here",
		Long: `Writes a CSV file with organization, user, name and password of every new user
whose password was generated and not handed out yet. Then they are erased from
Homeroom's data: the file is the only copy. Print it, hand it out, delete it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			if path == "" {
				return fault.New(fault.Invalid, "Name the file to write: --out FILE.")
			}
			a.progress.begin("passwords export")
			m, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if target, err = m.target(ctx, target); err != nil {
				return err
			}
			kept, err := m.Passwords(ctx, m.scope(target))
			if err != nil {
				return err
			}
			if len(kept) == 0 {
				return fault.New(fault.NotFound, "There are no passwords to hand out.")
			}
			c, err := a.settled(ctx, &o, target)
			if err != nil {
				return err
			}
			t, err := openTarget(ctx, m, c)
			if err != nil {
				return err
			}
			sheet, keys, err := passwordSheet(cmd, m, t, kept)
			if err != nil {
				return err
			}
			err = writeNewFile(path, func(w io.Writer) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return csv.NewWriter(w).WriteAll(sheet)
			})
			if err != nil {
				return err
			}
			// From here on nothing stops it: the file is to be the only copy.
			entry := auditedWith("export", map[string]any{"passwords": len(keys)})
			entry.Object = "passwords"
			if err := m.ErasePasswords(context.WithoutCancel(ctx), m.scope(target), keys, entry); err != nil {
				return fault.Wrap(err, fault.KindOf(err), "The passwords are in %s, and were not erased here. Delete the file and run the same command again", path)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d passwords are in %s and nowhere else.\n", len(keys), path)
			return err
		},
	}
	cmd.Flags().StringVar(&path, "out", "", "the CSV file to write; it must not be there yet")
	o.configFlag(cmd)
	cmd.Flags().StringVar(&target, "target", "", "the directory that the users are in (default: that of the last run)")
	return cmd
}

// passwordSheet returns the rows of the sheet, in the order in which the
// passwords are kept, by organization, and the keys of the users in it. A user
// who could not be created is not in it.
func passwordSheet(cmd *cobra.Command, m *memory, t directory.Target, kept []ledger.Password) (rows [][]string, keys []string, err error) {
	v, err := openVault(m.dir)
	if err != nil {
		return nil, nil, err
	}
	byKey, err := usersByKey(cmd.Context(), t, kept)
	if err != nil {
		return nil, nil, err
	}
	rows = [][]string{{"organization", "userPrincipalName", "displayName", "password"}}
	for _, p := range kept {
		user, there := byKey[p.Key]
		if !there {
			continue
		}
		password, err := v.unseal(p.Ciphertext)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, []string{p.Org, user[directory.UserPrincipalName], user[directory.DisplayName], password})
		keys = append(keys, p.Key)
	}
	return rows, keys, nil
}

// usersByKey looks up the users whose passwords are kept.
func usersByKey(ctx context.Context, t directory.Target, kept []ledger.Password) (map[string]directory.Attributes, error) {
	var keys []string
	for _, p := range kept {
		keys = append(keys, p.Key)
	}
	users, err := t.Find(ctx, directory.User, keys)
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]directory.Attributes, len(users))
	for _, u := range users {
		byKey[u.Anchor()] = u.Attributes
	}
	return byKey, nil
}

// The letters of a generated password. What is easily taken for another is left
// out, since children type it from a sheet.
const (
	lowerLetters = "abcdefghijkmnpqrstuvwxyz"
	upperLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	digits       = "23456789"
	marks        = "!#%+-?"
)

const passwordLength = 12

// newPassword makes a random password with a letter of each sort, which begins with none of
// the marks.
func newPassword() directory.Secret {
	sorts := []string{lowerLetters, upperLetters, digits, marks}
	text := make([]byte, 0, passwordLength)
	for len(text) < passwordLength {
		sort := sorts[0]
		if len(text) < len(sorts) {
			sort = sorts[len(text)]
		}
		text = append(text, sort[random(len(sort))])
	}
	for i := len(text) - 1; i > 0; i-- {
		j := random(i + 1)
		text[i], text[j] = text[j], text[i]
	}
	if strings.IndexByte(marks, text[0]) >= 0 { // spreadsheets take +… and -… for formulas
		last := len(text) - 1
		text[0], text[last] = text[last], text[0]
	}
	return directory.Secret(text)
}

func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system's source of randomness never fails
	}
	return int(i.Int64())
}
