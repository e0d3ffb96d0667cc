package ldap

import (
	"context"
	"fmt"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// uniqueNames are the attributes of users that no two users have in common.
func uniqueNames() []string { return []string{directory.UserPrincipalName, directory.MailNickname} }

// claims returns which of these names a job gives to a user. In Active Directory those of
// new users are the server's affair.
func (d *Directory) claims(j *job) (names []string) {
	if j.settled || j.Kind != directory.User || j.ID == "" && d.profile.ActiveDirectory {
		return nil
	}
	for _, name := range uniqueNames() {
		if j.class.Attributes[name] != "" && j.Set[name] != "" {
			names = append(names, name)
		}
	}
	return names
}

// refuseTaken ends the jobs that would give a user a name which another one has: one search
// tells of all jobs.
func (d *Directory) refuseTaken(ctx context.Context, jobs []*job) error {
	var either strings.Builder
	for _, j := range jobs {
		for _, name := range d.claims(j) {
			either.WriteString(equal(j.class.Attributes[name], j.Set[name]))
		}
	}
	if either.Len() == 0 {
		return nil
	}
	holders, err := d.holders(ctx, either.String())
	if err != nil {
		return err
	}
	for i, j := range jobs {
		for _, name := range d.claims(j) {
			claim := claimOf(name, j.Set[name])
			if holder, held := holders[claim]; held && (holder != j.ID || j.ID == "") {
				j.end(d.refused(j.Change, refuse(directory.NameConflict, "The %s %s is taken by another user.", name, j.Set[name])))
				break
			}
			holders[claim] = fmt.Sprint(j.ID, " of job ", i) // of two in one call the first has it
		}
	}
	return nil
}

func claimOf(name, value string) string { return name + "=" + strings.ToLower(value) }

// holders returns the ids of users who meet one of the filters, by their names.
func (d *Directory) holders(ctx context.Context, filters string) (map[string]string, error) {
	class := d.profile.Classes[directory.User]
	asked := []string{d.profile.ID}
	for _, name := range uniqueNames() {
		asked = append(asked, class.Attributes[name])
	}
	entries, err := d.either(ctx, class.Filter, filters, distinct(asked))
	if err != nil {
		return nil, err
	}
	holders := make(map[string]string)
	for _, e := range entries {
		for _, name := range uniqueNames() {
			for _, value := range values(e, class.Attributes[name]) {
				holders[claimOf(name, value)] = d.profile.idOf(e)
			}
		}
	}
	return holders, nil
}
