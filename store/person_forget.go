package store

import (
	"compress/flate"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

// Subject is a person who is to be forgotten.
type Subject struct {
	ID  string // in the roster
	Key string // User_114001
	// Settings puts a word in the place of the person in settings that a run froze, whose
	// form the store does not know. It returns them as they are where they do not name the
	// person.
	Settings func(frozen []byte, word string) ([]byte, error)
}

// ForgetPerson takes a person out of everything that is remembered, and leaves a tombstone
// (rules 5). No run of the tenant may be open. Digests of ids of the last rosters stay until
// those go (ledger.Accepted): they tell nobody who it was. The audit knows the person as the
// tombstone alone.
func (s *Store) ForgetPerson(ctx context.Context, lease ledger.Lease, person Subject, audit outbound.Entry) error {
	secret, err := s.keyOfTombstones()
	if err != nil {
		return err
	}
	r, entries, err := s.knownOf(ctx, lease.Scope, person.Key)
	if err != nil {
		return err
	}
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		f := forgetting{tx: tx, tenant: lease.Scope.Tenant, scope: scope, person: person, redactor: r}
		if err := f.mustBeClosed(ctx); err != nil {
			return err
		}
		if err := nextGeneration(ctx, tx, scope); err != nil {
			return err
		}
		if err := f.ledger(ctx, entries); err != nil {
			return err
		}
		if err := f.plans(ctx); err != nil {
			return err
		}
		if err := f.runs(ctx); err != nil {
			return err
		}
		hash := ledger.Tombstones{Key: secret}.Hash(person.ID)
		if err := bury(ctx, tx, f.tenant, hash, audit.At); err != nil {
			return err
		}
		audit.Object = tombstoneObject(hash)
		return writeAudit(ctx, tx, f.tenant, audit)
	})
}

// knownOf returns who takes a person out of texts, and the entries that take the person out
// of the ledger. Nobody else writes it meanwhile: the lease is held.
func (s *Store) knownOf(ctx context.Context, scope ledger.Scope, key string) (*redactor, []ledger.Entry, error) {
	link, err := s.Link(ctx, scope, key)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, nil, err
	}
	user, err := s.Have(ctx, scope, directory.User, key)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, nil, err
	}
	entries := []ledger.Entry{{Kind: directory.User, Key: key, Forget: true}}
	for _, kind := range directory.Kinds() {
		for have, err := range s.Haves(ctx, scope, kind, directory.Span{}) {
			if err != nil {
				return nil, nil, err
			}
			if Involves(&have, key) {
				entries = append(entries, ledger.Entry{Kind: kind, Key: strings.Clone(have.Key), DropOwners: []string{key}, DropMembers: []string{key}})
			}
		}
	}
	return newRedactor(key, link, user), entries, nil
}

// Involves reports whether a person is, or was, owner or member of an object.
func Involves(have *directory.Have, key string) bool {
	for _, list := range [][]string{have.Owners, have.Members, have.ReleasedOwners, have.ReleasedMembers} {
		if _, found := slices.BinarySearch(list, key); found {
			return true
		}
	}
	return false
}

// forgetting is one person on the way out.
type forgetting struct {
	*redactor
	tx     *sql.Tx
	tenant string
	scope  int64
	person Subject
}

// mustBeClosed fails with fault.Conflict while a run of the tenant is open, of whatever
// target: its plan is needed whole.
func (f *forgetting) mustBeClosed(ctx context.Context) error {
	open, err := query(ctx, f.tx, scanRun, selectRuns+`WHERE r.tenant = $1 AND r.planned AND r.status = 'running' ORDER BY r.id LIMIT 1`, f.tenant)
	if err != nil || len(open) == 0 {
		return err
	}
	return fault.New(fault.Conflict, "Run %d was interrupted and has the person in its plan. Let a sync carry it on first.", open[0].ID)
}

// ledger takes the person out of what is known of objects and links.
func (f *forgetting) ledger(ctx context.Context, entries []ledger.Entry) error {
	if err := applyEntries(ctx, f.tx, f.scope, all(entries)); err != nil {
		return err
	}
	if err := putLinks(ctx, f.tx, f.scope, []ledger.Link{{Person: f.key}}); err != nil {
		return err
	}
	if err := f.firstLink(ctx); err != nil {
		return err
	}
	if err := f.firstMembers(ctx); err != nil {
		return err
	}
	for _, table := range []string{"passwords WHERE scope = $1 AND key = $2", "stretches WHERE scope = $1 AND $2 <> ''"} {
		if _, err := f.tx.ExecContext(ctx, `DELETE FROM `+table, f.scope, f.key); err != nil { //nolint:gosec // one of two fixed texts
			return err
		}
	}
	return nil
}

// firstLink gives a page of links that begins with the person the key of the next one.
func (f *forgetting) firstLink(ctx context.Context) error {
	bodies, err := query(ctx, f.tx, scanBody, `SELECT body FROM link_pages WHERE scope = $1 AND first_key = $2`, f.scope, f.key)
	if err != nil || len(bodies) == 0 {
		return err
	}
	links, err := new(linkReader).read(bodies[0])
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx, `UPDATE link_pages SET first_key = $3 WHERE scope = $1 AND first_key = $2`, f.scope, f.key, links[0].Person)
	return err
}

// firstMembers does the same to pages of members.
func (f *forgetting) firstMembers(ctx context.Context) error {
	bodies, err := query(ctx, f.tx, scanBody, `SELECT body FROM member_pages WHERE scope = $1 AND first_key = $2 ORDER BY kind, key`, f.scope, f.key)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		pairs, err := new(pairReader).readPage(body)
		if err != nil {
			return err
		}
		_, err = f.tx.ExecContext(ctx, `UPDATE member_pages SET first_key = $4 WHERE scope = $1 AND first_key = $2 AND body = $3`,
			f.scope, f.key, body, pairs[0].user)
		if err != nil {
			return err
		}
	}
	return nil
}

func scanBody(row rowScanner) (body []byte, err error) { return body, row.Scan(&body) }

// plans takes the person out of the plans of all runs.
func (f *forgetting) plans(ctx context.Context) error {
	type place struct {
		planPart
		first int
	}
	places, err := query(ctx, f.tx, func(row rowScanner) (p place, err error) {
		p.tenant = f.tenant
		return p, row.Scan(&p.run, &p.part, &p.first)
	}, `SELECT run, part, first_item FROM plan_chunks WHERE tenant = $1`, f.tenant)
	if err != nil {
		return err
	}
	for _, p := range places {
		switch p.part {
		case documentPart:
			err = redactChunk(ctx, f.tx, p.planPart, p.first, jsonForm[[]byte](), f.document)
		case stepsPart:
			err = redactChunk(ctx, f.tx, p.planPart, p.first, stepForm(), f.step)
		case skipsPart:
			err = redactChunk(ctx, f.tx, p.planPart, p.first, jsonForm[plan.Skip](), f.skip)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// redactChunk rewrites a chunk of a plan where redact changes an item.
func redactChunk[T any](
	ctx context.Context, tx *sql.Tx, at planPart, first int, form form[T], redact func(T) (T, bool),
) error {
	_, items, err := readChunk(ctx, tx, at, form, first)
	if err != nil {
		return err
	}
	any := false
	for i := range items {
		item, changed := redact(items[i])
		items[i], any = item, any || changed
	}
	if !any {
		return nil
	}
	packer, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		return err
	}
	body, err := form.encode(nil, items)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE plan_chunks SET body = $5 WHERE tenant = $1 AND run = $2 AND part = $3 AND first_item = $4`,
		at.tenant, at.run, at.part, first, compress(packer, body))
	return err
}
