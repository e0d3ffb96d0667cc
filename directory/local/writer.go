package local

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/homeroomhq/homeroom/directory"
)

// writer carries out edits in one transaction. Statements are prepared once a
// transaction, which ends them.
type writer struct {
	d      *Directory
	tx     *sql.Tx
	last   int64 // the number of the object that was made last
	stmts  map[string]*sql.Stmt
	people map[string]person // users that edits name, by id
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
	w := &writer{d: d, tx: tx, stmts: map[string]*sql.Stmt{}, people: map[string]person{}}
	row := tx.QueryRowContext(ctx, `UPDATE dir_tenants SET last = last WHERE number = $1 RETURNING last`, d.tenant)
	if err := row.Scan(&w.last); err != nil {
		return err
	}
	if err := do(w); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE dir_tenants SET last = $2 WHERE number = $1`, d.tenant, w.last); err != nil {
		return err
	}
	return tx.Commit()
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
	return query(ctx, w, text, args...)
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
func (w *writer) save(ctx context.Context, r *record, e edit) error {
	if r.number == 0 {
		return w.insert(ctx, r)
	}
	if len(e.Set) == 0 && !e.flagged() {
		return nil
	}
	if err := w.checkNames(ctx, *r, e.Set); err != nil {
		return err
	}
	values, err := w.values(*r)
	if err != nil {
		return err
	}
	_, err = w.exec(ctx, `UPDATE dir_objects SET kind = $3, id = $4, anchor = $5, upn = $6, nickname = $7,
		attributes = $8, contacts = $9, deleted = $10, guest = $11, directory_role = $12
		WHERE tenant = $1 AND number = $2`, values...)
	return err
}

// insert gives the record its number. The unique indexes say whether its names
// are free; only when they are not does it ask whose they are.
func (w *writer) insert(ctx context.Context, r *record) error {
	r.number = w.last + 1
	values, err := w.values(*r)
	if err != nil {
		return err
	}
	changed, err := w.exec(ctx, `INSERT INTO dir_objects (tenant, number, kind, id, anchor, upn, nickname,
		attributes, contacts, deleted, guest, directory_role)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
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
	w.last = r.number
	return nil
}

// values are the record's columns in the order of the table.
func (w *writer) values(r record) ([]any, error) {
	o := r.object
	attributes, err := json.Marshal(o.Attributes)
	if err != nil {
		return nil, err
	}
	contacts, err := json.Marshal(r.contacts)
	if err != nil {
		return nil, err
	}
	return []any{
		w.d.tenant, r.number, string(o.Kind), o.ID, orNull(o.Anchor()),
		orNull(fold(o.Attributes[directory.UserPrincipalName])),
		orNull(fold(o.Attributes[directory.MailNickname])),
		string(attributes), string(contacts), o.Deleted, o.Guest, o.DirectoryRole,
	}, nil
}

// checkNames refuses names that another object of the same sort has, a
// soft-deleted user included.
func (w *writer) checkNames(ctx context.Context, r record, set directory.Attributes) error {
	if upn := set[directory.UserPrincipalName]; upn != "" {
		err := w.checkName(ctx, r, "userPrincipalName", upn, `upn = $2`)
		if err != nil {
			return err
		}
	}
	nickname := set[directory.MailNickname]
	switch {
	case nickname == "":
		return nil
	case r.object.Kind == directory.User:
		return w.checkName(ctx, r, "mailNickname", nickname, `nickname = $2 AND kind = 'user'`)
	default:
		return w.checkName(ctx, r, "mailNickname", nickname, `nickname = $2 AND kind <> 'user'`)
	}
}

func (w *writer) checkName(ctx context.Context, r record, attribute, name, condition string) error {
	holders, err := w.query(ctx, `SELECT `+columns+` FROM dir_objects WHERE tenant = $1 AND `+condition, w.d.tenant, fold(name))
	if err != nil || len(holders) == 0 || holders[0].number == r.number {
		return err
	}
	return refuse(directory.NameConflict, "The %s %s is taken by %s.", attribute, name, holders[0].label())
}
