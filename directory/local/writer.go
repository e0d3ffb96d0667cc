package local

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"math/bits"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// writer carries out edits in one transaction. Statements are prepared once a
// transaction, which ends them.
type writer struct {
	d     *Directory
	tx    *sql.Tx
	last  int64 // the highest number of an object that was made
	stmts map[string]*sql.Stmt
	users *crowd
	desk  desk
}

// update runs do in a transaction, and undoes all of it when do fails. The
// first statement takes the tenant's row for writing, so that writers of one
// tenant follow each other on every engine.
func (d *Directory) update(ctx context.Context, do func(*writer) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w := &writer{d: d, tx: tx, stmts: map[string]*sql.Stmt{}}
	var writes, last int64
	row := tx.QueryRowContext(ctx, `
		UPDATE dir_tenants SET writes = writes + 1, stamp = $2 WHERE number = $1 RETURNING last, writes`,
		d.tenant, rand.Text())
	if err := row.Scan(&w.last, &writes); err != nil {
		return err
	}
	w.users, last = d.takeUsers(writes), w.last
	if err := do(w); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE dir_tenants SET last = $2 WHERE number = $1`, d.tenant, w.last); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	d.users, d.writes = w.users, writes
	d.count(ctx, last, w.last)
	return nil
}

// count lets PostgreSQL count anew when there are twice as many objects. It does so by
// itself, but up to a minute later: meanwhile it takes a tenant for a few objects, and goes
// through all of them whatever is asked.
func (d *Directory) count(ctx context.Context, before, now int64) {
	const many = 64
	if now >= many && bits.Len64(uint64(before)) < bits.Len64(uint64(now)) && onPostgreSQL(d.db) {
		_, _ = d.db.ExecContext(ctx, `ANALYZE dir_objects, dir_members`) // without which all is as right
	}
}

// takeUsers returns the users that were met up to now, and leaves none: only a
// transaction that succeeds gives them back. When another process has written,
// they may no longer be what they were.
func (d *Directory) takeUsers(writes int64) *crowd {
	users := d.users
	d.users = nil
	if users == nil || d.writes != writes-1 || len(users.others) > manyOthers {
		return d.newCrowd()
	}
	return users
}

func (w *writer) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, found := w.stmts[text]; found {
		return stmt, nil
	}
	stmt, err := w.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	w.stmts[text] = stmt
	return stmt, nil
}

// QueryContext makes a writer a querier.
func (w *writer) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := w.prepare(ctx, text) //nolint:sqlclosecheck // closed with the writer
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (w *writer) query(ctx context.Context, text string, args ...any) ([]record, error) {
	return w.d.query(ctx, w, text, args...)
}

func (w *writer) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	stmt, err := w.prepare(ctx, text) //nolint:sqlclosecheck // closed with the writer
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// save writes the record if the edit changes or creates it.
func (w *writer) save(ctx context.Context, r *record, e edit) (err error) {
	switch {
	case r.number == 0:
		err = w.insert(ctx, r)
	case len(e.Set) == 0 && !e.flagged():
		return nil
	default:
		err = w.change(ctx, *r, e)
	}
	if err == nil && r.object.Kind == directory.User {
		w.users.meet(person{r.number, r.object.ID, r.object.Deleted})
	}
	return err
}

func (w *writer) change(ctx context.Context, r record, e edit) error {
	if err := w.checkNames(ctx, r, e.Set); err != nil {
		return err
	}
	values, err := w.values(r)
	if err != nil {
		return err
	}
	if !e.flagged() && !indexed(e.Set) {
		_, err = w.exec(ctx, `UPDATE dir_objects SET attributes = $3, contacts = $4 WHERE tenant = $1 AND number = $2`,
			w.d.tenant, r.number, values[len(values)-2], values[len(values)-1])
		return err
	}
	_, err = w.exec(ctx, `UPDATE dir_objects SET kind = $3, id = $4, anchor = $5, login = $6, domain = $7, nickname = $8, enabled = $9,
		deleted = $10, guest = $11, directory_role = $12, attributes = $13, contacts = $14
		WHERE tenant = $1 AND number = $2`, values...)
	return err
}

// indexed reports whether a set touches what has a column of its own. Whatever is
// written there is written to the indexes again, changed or not.
func indexed(set directory.Attributes) bool {
	for _, name := range [...]string{
		directory.AnchorID, directory.UserPrincipalName, directory.MailNickname, directory.AccountEnabled,
	} {
		if _, set := set[name]; set {
			return true
		}
	}
	return false
}

// insert gives the record its number, and its id unless it has one. But for the
// nicknames of users, the unique indexes say whether its names are free; only
// when they are not does it ask whose they are.
func (w *writer) insert(ctx context.Context, r *record) error {
	number, ours := w.d.shape.number(r.object.ID)
	if !ours {
		number = w.last + 1
	}
	r.number = number
	if r.object.ID == "" {
		r.object.ID = w.d.shape.id(number)
	}
	if nickname := r.object.Attributes[directory.MailNickname]; nickname != "" && r.object.Kind == directory.User {
		if err := w.checkName(ctx, *r, directory.MailNickname, byNickname(nickname, userNickname)); err != nil {
			return err
		}
	}
	values, err := w.values(*r)
	if err != nil {
		return err
	}
	changed, err := w.exec(ctx, `INSERT INTO dir_objects (tenant, number, kind, id, anchor, login, domain, nickname, enabled,
		deleted, guest, directory_role, attributes, contacts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT DO NOTHING`, values...)
	if err != nil {
		return err
	}
	if changed == 0 {
		if err := w.checkNames(ctx, *r, r.object.Attributes); err != nil {
			return err
		}
		return refuse(directory.NameConflict, "The id %s is taken.", r.object.ID)
	}
	w.last = max(w.last, number)
	return nil
}

// values are the record's columns in the order of the table.
func (w *writer) values(r record) ([]any, error) {
	o := r.object
	var id, enabled, contacts any
	login, domain, _ := strings.Cut(fold(o.Attributes[directory.UserPrincipalName]), "@")
	nickname := fold(o.Attributes[directory.MailNickname])
	if o.Kind == directory.User && nickname == login {
		nickname = ""
	}
	if o.ID != w.d.shape.id(r.number) {
		id = o.ID
	}
	if text := o.Attributes[directory.AccountEnabled]; text != "" {
		enabled = text == "true"
	}
	if len(r.contacts) > 0 {
		text, err := json.Marshal(r.contacts)
		if err != nil {
			return nil, err
		}
		contacts = string(text)
	}
	return []any{
		w.d.tenant, r.number, kindNumber(o.Kind), id, orNull(o.Anchor()),
		orNull(login), orNull(domain), orNull(nickname), enabled, o.Deleted, o.Guest, o.DirectoryRole, w.d.codec.pack(o.Attributes), contacts,
	}, nil
}

// checkNames refuses names that another object of the same sort has, a
// soft-deleted user included.
func (w *writer) checkNames(ctx context.Context, r record, set directory.Attributes) error {
	if upn := set[directory.UserPrincipalName]; upn != "" {
		if err := w.checkName(ctx, r, directory.UserPrincipalName, byUPN(upn)); err != nil {
			return err
		}
	}
	nickname := set[directory.MailNickname]
	switch {
	case nickname == "":
		return nil
	case r.object.Kind == directory.User:
		return w.checkName(ctx, r, directory.MailNickname, byNickname(nickname, userNickname))
	default:
		return w.checkName(ctx, r, directory.MailNickname, byNickname(nickname, groupNickname))
	}
}

// checkAnchor refuses a new administrative unit with the anchor of another one. Objects of
// other kinds have names that only one can bear, so that a creation that arrives twice
// makes one of them.
func (w *writer) checkAnchor(ctx context.Context, r record, e edit) error {
	anchor := r.object.Anchor()
	if r.number != 0 || r.object.Kind != directory.AdministrativeUnit || anchor == "" || e.byHand {
		return nil
	}
	holders, err := w.d.namedBy(ctx, w, byAnchor(anchor), r.object.Kind)
	if err != nil || len(holders) == 0 {
		return err
	}
	return refuse(directory.NameConflict, "The %s %s is taken by %s.", directory.AnchorID, anchor, holders[0].label())
}

func (w *writer) checkName(ctx context.Context, r record, attribute string, way way) error {
	holders, err := w.query(ctx, `SELECT `+columns+` FROM dir_objects WHERE tenant = $1 AND `+way.condition,
		append([]any{w.d.tenant}, way.values...)...)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if way.fits(holder) && holder.number != r.number {
			return refuse(directory.NameConflict, "The %s %s is taken by %s.", attribute, way.text, holder.label())
		}
	}
	return nil
}
