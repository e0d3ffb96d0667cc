package store

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// Links yields the links of a scope in the order of the persons' keys, as they
// were at one moment.
func (s *Store) Links(ctx context.Context, scope ledger.Scope) iter.Seq2[ledger.Link, error] {
	return settled(s, func(yield func(ledger.Link, error) bool) {
		rows, err := s.read.QueryContext(ctx, `
			SELECT person, id, given_name, family_name, via FROM links WHERE `+ofScope+` ORDER BY person`,
			scope.Tenant, scope.Target)
		if err != nil {
			yield(ledger.Link{}, describe(err, s.name))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var link ledger.Link
			err := rows.Scan(&link.Person, &link.ID, &link.GivenName, &link.FamilyName, &link.Via)
			if !yield(link, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ledger.Link{}, err)
		}
	})
}

// Link returns the link of the person with the key, or fault.NotFound.
func (s *Store) Link(ctx context.Context, scope ledger.Scope, person string) (ledger.Link, error) {
	link := ledger.Link{Person: person}
	err := s.read.QueryRowContext(ctx, `SELECT id, given_name, family_name, via FROM links WHERE `+ofScope+` AND person = $3`,
		scope.Tenant, scope.Target, person).Scan(&link.ID, &link.GivenName, &link.FamilyName, &link.Via)
	if errors.Is(err, sql.ErrNoRows) {
		return link, fault.New(fault.NotFound, "%s is not linked to a directory user", person)
	}
	return link, err
}

// IDs returns the directory ids of objects by their keys: of users by their
// links, of others by the ledger. Keys that are not known are absent.
func (s *Store) IDs(
	ctx context.Context, scope ledger.Scope, kind directory.Kind, keys []string,
) (map[string]string, error) {
	query := `SELECT key, id FROM objects WHERE ` + ofScope + ` AND kind = $3
		AND key IN (SELECT value FROM json_each($4)) AND id <> ''`
	args := []any{scope.Tenant, scope.Target, string(kind), list(keys)}
	if kind == directory.User {
		query = `SELECT person, id FROM links WHERE ` + ofScope + ` AND person IN (SELECT value FROM json_each($3))`
		args = []any{scope.Tenant, scope.Target, list(keys)}
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := make(map[string]string, len(keys))
	for rows.Next() {
		var key, id string
		if err := rows.Scan(&key, &id); err != nil {
			return nil, err
		}
		ids[key] = id
	}
	return ids, rows.Err()
}

// DropLink takes the link of a person out, so that the person is matched anew.
// It fails with fault.NotFound when there is none.
func (s *Store) DropLink(ctx context.Context, lease ledger.Lease, person string) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM links WHERE scope = $1 AND person = $2`, scope, person)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil {
			return err
		} else if changed == 0 {
			return fault.New(fault.NotFound, "%s is not linked to a directory user", person)
		}
		return nextGeneration(ctx, tx, scope)
	})
}

// putLinks writes links; of several for one person the last one counts.
func putLinks(ctx context.Context, tx *sql.Tx, scope int64, links []ledger.Link) error {
	sorted := slices.Clone(links)
	slices.Reverse(sorted)
	slices.SortStableFunc(sorted, func(a, b ledger.Link) int { return strings.Compare(a.Person, b.Person) })
	sorted = slices.CompactFunc(sorted, func(a, b ledger.Link) bool { return a.Person == b.Person })
	rows := newBulk(tx, `INSERT INTO links (scope, person, id, given_name, family_name, via)`, 6, `
		ON CONFLICT (scope, person) DO UPDATE SET id = excluded.id, given_name = excluded.given_name,
			family_name = excluded.family_name, via = excluded.via`)
	for _, link := range sorted {
		err := rows.add(ctx, scope, link.Person, link.ID, link.GivenName, link.FamilyName, link.Via)
		if err != nil {
			return err
		}
	}
	return rows.flush(ctx)
}
