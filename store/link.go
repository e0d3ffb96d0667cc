package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// pageLinks is how many links a page may have: about as many as a row of SQLite
// holds without spilling, so that an id of a person anywhere is found in one step.
const pageLinks = 20

// Links yields the links of a scope in the order of the persons' keys, as they
// were at one moment.
func (s *Store) Links(ctx context.Context, scope ledger.Scope) iter.Seq2[ledger.Link, error] {
	return settled(s, func(yield func(ledger.Link, error) bool) {
		err := s.lookIn(ctx, s.streams, scope, directory.User, func(shelf *shelf) error {
			var reader linkReader
			for body, err := range linkPages(shelf.tx).book(shelf.scope).bodies(ctx) {
				if err != nil {
					return err
				}
				links, err := reader.read(body)
				if err != nil {
					return fmt.Errorf("read links: %w", err)
				}
				for _, link := range links {
					if !yield(link, nil) {
						return nil
					}
				}
			}
			return nil
		})
		if err != nil {
			yield(ledger.Link{}, err)
		}
	})
}

// Link returns the link of the person with the key, or fault.NotFound.
func (s *Store) Link(ctx context.Context, scope ledger.Scope, person string) (ledger.Link, error) {
	link := ledger.Link{Person: person}
	err := s.look(ctx, scope, directory.User, func(shelf *shelf) error {
		_, links, err := readLinks(ctx, linkPages(shelf.tx).book(shelf.scope), person)
		if err != nil {
			return err
		}
		at, found := findLink(links, person)
		if !found {
			return notLinked(person)
		}
		link = links[at]
		return nil
	})
	return link, err
}

func notLinked(person string) error {
	return fault.New(fault.NotFound, "%s is not linked to a directory user", person)
}

func findLink(links []ledger.Link, person string) (int, bool) {
	return slices.BinarySearchFunc(links, person, func(l ledger.Link, person string) int {
		return strings.Compare(l.Person, person)
	})
}

// IDs returns the directory ids of objects by their keys: of users by their
// links, of others by the ledger. Keys that are not known are absent.
func (s *Store) IDs(
	ctx context.Context, scope ledger.Scope, kind directory.Kind, keys []string,
) (map[string]string, error) {
	ids := make(map[string]string, len(keys))
	err := s.look(ctx, scope, kind, func(shelf *shelf) error {
		if kind == directory.User {
			return linkedIDs(ctx, linkPages(shelf.tx).book(shelf.scope), keys, ids)
		}
		return shelf.recordsOf(ctx, func(r record) {
			if r.ID != "" {
				ids[r.Key] = r.ID
			}
		}, keys)
	})
	return ids, err
}

// linkedIDs adds to ids those of the persons with the keys.
func linkedIDs(ctx context.Context, book book, keys []string, ids map[string]string) error {
	keys = slices.Sorted(slices.Values(keys))
	for body, err := range book.bodiesWith(ctx, keys) {
		if err == nil {
			keys, err = idsOfLinks(body, keys, ids)
		}
		if err != nil {
			return fmt.Errorf("read links: %w", err)
		}
	}
	return nil
}

// idsOfLinks adds to ids those of the persons with the keys, which are sorted, as
// far as they are on a page. It returns the keys that lie after the page.
func idsOfLinks(body []byte, keys []string, ids map[string]string) ([]string, error) {
	u, err := unpack(body)
	if err != nil {
		return nil, err
	}
	var person, id []byte
	ways := viaWords()
	for range u.count() {
		common, end := u.number(), u.bytes()
		if common > uint64(len(person)) {
			return nil, errDamaged
		}
		person = append(person[:common], end...)
		for len(keys) > 0 && keys[0] < string(person) {
			keys = keys[1:]
		}
		id = u.id(id[:0])
		u.skipDigest()
		u.skipDigest()
		u.word(ways)
		for len(keys) > 0 && keys[0] == string(person) {
			ids[keys[0]] = string(id)
			keys = keys[1:]
		}
	}
	if u.damaged {
		return nil, errDamaged
	}
	return keys, nil
}

// putLinks writes links; of several for one person the last one counts, and one
// without an id takes the person's out.
func putLinks(ctx context.Context, tx *sql.Tx, scope int64, links []ledger.Link) error {
	if len(links) == 0 {
		return nil
	}
	if err := putUsersSeen(ctx, tx, scope, ""); err != nil {
		return err
	}
	fresh := slices.Clone(links)
	slices.Reverse(fresh)
	slices.SortStableFunc(fresh, func(a, b ledger.Link) int { return strings.Compare(a.Person, b.Person) })
	fresh = slices.CompactFunc(fresh, func(a, b ledger.Link) bool { return a.Person == b.Person })
	book := linkPages(tx).book(scope)
	for len(fresh) > 0 {
		p, there, err := readLinks(ctx, book, fresh[0].Person)
		if err != nil {
			return err
		}
		here := 1
		for here < len(fresh) && p.holds(fresh[here].Person) {
			here++
		}
		if err := writeLinks(ctx, book, p, mergeLinks(there, fresh[:here])); err != nil {
			return err
		}
		fresh = fresh[here:]
	}
	return nil
}

// mergeLinks returns the links that are there with the fresh ones, which replace
// others of the same persons; all in the order of the persons' keys.
func mergeLinks(there, fresh []ledger.Link) []ledger.Link {
	merged := make([]ledger.Link, 0, len(there)+len(fresh))
	for _, link := range fresh {
		at, found := findLink(there, link.Person)
		merged = append(merged, there[:at]...)
		if link.ID != "" {
			merged = append(merged, link)
		}
		if found {
			at++
		}
		there = there[at:]
	}
	return append(merged, there...)
}

// readLinks returns the page that a person's link belongs in, and its links.
func readLinks(ctx context.Context, book book, person string) (page, []ledger.Link, error) {
	p, err := book.turn(ctx, person)
	if err != nil || p.body == nil {
		return p, nil, err
	}
	links, err := new(linkReader).read(p.body)
	return p, links, err
}

func writeLinks(ctx context.Context, book book, p page, links []ledger.Link) error {
	return book.rewrite(ctx, p, len(links), pageLinks,
		func(i int) string { return links[i].Person },
		func(from, to int) []byte { return packLinks(links[from:to]) })
}

// viaWords are the ways in which links come about.
func viaWords() words { return words{"link", "anchor", "rule", "created"} }

// packLinks packs a page: of each person's key that in which it differs from the
// one before, then the id, the digests, and how the link came about.
func packLinks(links []ledger.Link) []byte {
	b := binary.AppendUvarint([]byte{packVersion}, uint64(len(links)))
	ways, before := viaWords(), ""
	for _, link := range links {
		common := shared(before, link.Person)
		b = appendText(binary.AppendUvarint(b, uint64(common)), link.Person[common:])
		b = appendDigest(appendDigest(appendID(b, link.ID), link.GivenName), link.FamilyName)
		b = appendWord(b, ways, link.Via)
		before = link.Person
	}
	return b
}

// linkReader unpacks pages of links, and uses its memory again.
type linkReader struct {
	links []ledger.Link
	texts []byte
	ends  [][4]int // of each link's person, id and digests in texts
}

// read unpacks what packLinks packed. It is valid until the next read, but for
// the texts, which are parts of one.
func (r *linkReader) read(body []byte) ([]ledger.Link, error) {
	u, err := unpack(body)
	if err != nil {
		return nil, err
	}
	r.links, r.texts, r.ends = r.links[:0], r.texts[:0], r.ends[:0]
	var before []byte
	ways := viaWords()
	for range u.count() {
		start := len(r.texts)
		common, end := u.number(), u.bytes()
		if common > uint64(len(before)) || bytes.Compare(end, before[common:]) <= 0 && before != nil {
			return nil, errDamaged
		}
		r.texts = append(append(r.texts, before[:common]...), end...)
		before = r.texts[start:]
		ends := [4]int{len(r.texts)}
		r.texts = u.id(r.texts)
		ends[1] = len(r.texts)
		r.texts = u.digest(r.texts)
		ends[2] = len(r.texts)
		r.texts = u.digest(r.texts)
		ends[3] = len(r.texts)
		before = before[:ends[0]-start]
		r.ends = append(r.ends, ends)
		r.links = append(r.links, ledger.Link{Via: u.word(ways)})
	}
	if u.damaged || len(u.rest) > 0 {
		return nil, errDamaged
	}
	r.cut(string(r.texts))
	return r.links, nil
}

// cut gives the links their parts of the texts.
func (r *linkReader) cut(texts string) {
	start := 0
	for i, end := range r.ends {
		link := &r.links[i]
		link.Person, link.ID = texts[start:end[0]], texts[end[0]:end[1]]
		link.GivenName, link.FamilyName = texts[end[1]:end[2]], texts[end[2]:end[3]]
		start = end[3]
	}
}

// UsersSeen returns the stamp of the target at which the users of all links were last
// seen to be there; "" when that is not known of the links as they are.
func (s *Store) UsersSeen(ctx context.Context, scope ledger.Scope) (string, error) {
	var stamp string
	err := s.read.QueryRowContext(ctx, `SELECT users_seen FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&stamp)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return stamp, err
}

// PutUsersSeen notes at which stamp of the target the users of all links are there.
func (s *Store) PutUsersSeen(ctx context.Context, lease ledger.Lease, stamp string) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error { return putUsersSeen(ctx, tx, scope, stamp) })
}

func putUsersSeen(ctx context.Context, tx *sql.Tx, scope int64, stamp string) error {
	_, err := tx.ExecContext(ctx, `UPDATE scopes SET users_seen = $2 WHERE id = $1`, scope, stamp)
	return err
}
