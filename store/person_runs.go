package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/homeroomhq/homeroom/ledger"
)

// runs takes the person out of the journal, of what runs were limited to, of the settings
// that were frozen with them, and of notices.
func (f *forgetting) runs(ctx context.Context) error {
	if err := f.answers(ctx); err != nil {
		return err
	}
	if err := f.settings(ctx); err != nil {
		return err
	}
	return f.notices(ctx)
}

func (f *forgetting) answers(ctx context.Context) error {
	type answer struct {
		run, number int64
		text        string
	}
	found, err := query(ctx, f.tx, func(row rowScanner) (a answer, err error) {
		return a, row.Scan(&a.run, &a.number, &a.text)
	}, `SELECT run, number, answer FROM batches WHERE tenant = $1 AND answer IS NOT NULL`, f.tenant)
	if err != nil {
		return err
	}
	for _, a := range found {
		var read ledger.Answer
		if err := json.Unmarshal([]byte(a.text), &read); err != nil {
			return fmt.Errorf("read what became of batch %d of run %d: %w", a.number, a.run, err)
		}
		any := false
		for i := range read.Short {
			result, changed := f.result(read.Short[i])
			read.Short[i], any = result, any || changed
		}
		if !any {
			continue
		}
		text, err := json.Marshal(&read)
		if err != nil {
			return err
		}
		_, err = f.tx.ExecContext(ctx, `UPDATE batches SET answer = $4 WHERE tenant = $1 AND run = $2 AND number = $3`,
			f.tenant, a.run, a.number, string(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// settings takes the person out of what was said of a run as a whole.
func (f *forgetting) settings(ctx context.Context) error {
	type run struct {
		id            int64
		only, message string
		settings      []byte
	}
	found, err := query(ctx, f.tx, func(row rowScanner) (r run, err error) {
		return r, row.Scan(&r.id, &r.only, &r.message, &r.settings)
	}, `SELECT id, only_keys, message, settings FROM runs WHERE tenant = $1`, f.tenant)
	if err != nil {
		return err
	}
	for _, r := range found {
		left := run{id: r.id, only: f.text(r.only), message: f.text(r.message)}
		if left.settings, err = f.person.Settings(r.settings, forgottenKey); err != nil {
			return fmt.Errorf("read the settings of run %d: %w", r.id, err)
		}
		if left.only == r.only && left.message == r.message && bytes.Equal(left.settings, r.settings) {
			continue
		}
		_, err := f.tx.ExecContext(ctx, `UPDATE runs SET only_keys = $3, message = $4, settings = $5 WHERE tenant = $1 AND id = $2`,
			f.tenant, r.id, left.only, left.message, left.settings)
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *forgetting) notices(ctx context.Context) error {
	type row struct{ id, event string }
	found, err := query(ctx, f.tx, func(scan rowScanner) (r row, err error) {
		return r, scan.Scan(&r.id, &r.event)
	}, `SELECT id, event FROM notices WHERE tenant = $1`, f.tenant)
	if err != nil {
		return err
	}
	for _, r := range found {
		if left := f.text(r.event); left != r.event {
			_, err := f.tx.ExecContext(ctx, `UPDATE notices SET event = $3 WHERE tenant = $1 AND id = $2`, f.tenant, r.id, left)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
