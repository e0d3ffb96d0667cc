package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/notice"
)

// noticesKept is for how long notices are kept that were sent, or given up.
const noticesKept = 30 * 24 * time.Hour

// Channels are the kinds of notices that are asked for, by the names of channels.
type Channels map[string][]notice.Kind

// NoticeChannels returns where notices of a tenant go.
func (s *Store) NoticeChannels(ctx context.Context, tenant string) (Channels, error) {
	return channelsOf(ctx, s.read, tenant)
}

func channelsOf(ctx context.Context, db querier, tenant string) (Channels, error) {
	type channel struct {
		name  string
		kinds []notice.Kind
	}
	all, err := query(ctx, db, func(row rowScanner) (c channel, err error) {
		var kinds string
		if err = row.Scan(&c.name, &kinds); err == nil {
			err = json.Unmarshal([]byte(kinds), &c.kinds)
		}
		return c, err
	}, `SELECT name, kinds FROM notice_channels WHERE tenant = $1`, tenant)
	channels := make(Channels, len(all))
	for _, c := range all {
		channels[c.name] = c.kinds
	}
	return channels, err
}

// SetNoticeChannels says where notices go of the runs of a tenant that end from now on.
func (s *Store) SetNoticeChannels(ctx context.Context, tenant string, channels Channels) error {
	now, err := s.NoticeChannels(ctx, tenant)
	if err != nil || maps.EqualFunc(now, channels, slices.Equal) {
		return err
	}
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM notice_channels WHERE tenant = $1`, tenant); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(channels)) {
			kinds, err := json.Marshal(channels[name])
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO notice_channels (tenant, name, kinds) VALUES ($1, $2, $3)`, tenant, name, string(kinds))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// putNotices puts into the outbox what is to be said of a run that ended, and takes out
// what lies there for long.
func putNotices(ctx context.Context, tx *sql.Tx, run ledger.Run) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM notices WHERE tenant = $1 AND due = 0 AND ended < $2`,
		run.Scope.Tenant, micros(run.Ended.Add(-noticesKept)))
	if err != nil {
		return err
	}
	channels, err := channelsOf(ctx, tx, run.Scope.Tenant)
	if err != nil {
		return err
	}
	for name, kinds := range channels {
		if event, ok := eventOf(run).For(kinds); ok {
			if err := putNotice(ctx, tx, name, event); err != nil {
				return err
			}
		}
	}
	return nil
}

func eventOf(run ledger.Run) notice.Event {
	return notice.Event{
		Tenant: run.Scope.Tenant, Target: run.Scope.Target, Run: run.ID, RunKind: string(run.Kind), Status: string(run.Status),
		Code: run.Code, Message: run.Message, Started: run.Started.UTC(), Ended: run.Ended.UTC(),
		Steps: run.Steps, Done: run.Done, Held: run.Held, Failed: run.Failed,
	}
}

// putNotice puts a notice into the outbox. Its id is made of what it is about, and of when
// that began: the number of a run comes again after a restore.
func putNotice(ctx context.Context, tx *sql.Tx, channel string, e notice.Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	about := fmt.Sprintf("notice of %s/%s run %d of %d, %s, to %s", e.Tenant, e.Target, e.Run, micros(e.Started), e.Kind, channel)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO notices (tenant, id, channel, event, state, created, due, tries, ended, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, '') ON CONFLICT (tenant, id) DO NOTHING`,
		e.Tenant, uuid.NewSHA1(uuid.NameSpaceOID, []byte(about)).String(), channel, string(text), string(notice.Waiting),
		micros(e.Ended), micros(e.Ended))
	return err
}

const noticeColumns = `id, channel, event, state, created, due, tries, ended, answer`

func scanNotice(row rowScanner) (notice.Notice, error) {
	var n notice.Notice
	var event string
	var created, due, ended int64
	err := row.Scan(&n.ID, &n.Channel, &event, &n.State, &created, &due, &n.Tries, &ended, &n.Answer)
	n.Created, n.Due, n.Ended = fromMicros(created), fromMicros(due), fromMicros(ended)
	if err == nil {
		err = json.Unmarshal([]byte(event), &n.Event)
	}
	return n, err
}

// NoticesDue reports whether any notice is due.
func (s *Store) NoticesDue(ctx context.Context, tenant string, now time.Time) (bool, error) {
	n, err := s.count(ctx, `SELECT COUNT(*) FROM (
			SELECT 1 FROM notices WHERE tenant = $1 AND due > 0 AND due <= $2 LIMIT 1) AS any_notice`, tenant, micros(now))
	return n > 0, err
}

// TakeNotices returns notices that are due, the oldest first, each as one that was tried
// once more. They are due again at the second time.
func (s *Store) TakeNotices(ctx context.Context, tenant string, now, again time.Time, limit int) ([]notice.Notice, error) {
	var taken []notice.Notice
	err := s.updateOf(ctx, tenant, func(tx *sql.Tx) (err error) {
		taken, err = query(ctx, tx, scanNotice, `
			UPDATE notices SET due = $3, tries = tries + 1
			WHERE tenant = $1 AND due > 0 AND due <= $2 AND id IN (
				SELECT id FROM notices WHERE tenant = $1 AND due > 0 AND due <= $2 ORDER BY created, id LIMIT $4)
			RETURNING `+noticeColumns, tenant, micros(now), micros(again), limit)
		return err
	})
	slices.SortFunc(taken, func(a, b notice.Notice) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return taken, err
}

// SettleNotice records what became of a notice that was taken. One that somebody else sent
// in the meantime stays sent.
func (s *Store) SettleNotice(ctx context.Context, tenant string, n notice.Notice) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE notices SET state = $3, due = $4, ended = $5, answer = $6
			WHERE tenant = $1 AND id = $2 AND state = 'waiting'`,
			tenant, n.ID, string(n.State), micros(n.Due), micros(n.Ended), n.Answer)
		return err
	})
}

// Notices returns the last notices of a tenant, the latest first, at most limit.
func (s *Store) Notices(ctx context.Context, tenant string, limit int) ([]notice.Notice, error) {
	return query(ctx, s.read, scanNotice, `
		SELECT `+noticeColumns+` FROM notices WHERE tenant = $1 ORDER BY created DESC, id LIMIT $2`, tenant, limit)
}
