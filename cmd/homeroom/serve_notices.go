package main

import (
	"context"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/notice"
)

// How often the server looks whether a notice is due, and how long it leaves off when it
// cannot look.
const (
	noticeEvery   = time.Second
	noticeTrouble = time.Minute
)

// notify sends notices of all tenants as they become due, until the context ends. One whose
// mailbox is slow keeps no other one waiting.
func (s *serving) notify(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	var busy sync.Map // the tenants whose notices are being sent
	var said sync.Map // by tenant: what the log says of its notices
	for ctx.Err() == nil {
		pause := noticeEvery
		tenants, err := s.data.Tenants(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("notices cannot be sent", "error", err)
			pause = noticeTrouble
		}
		for _, tenant := range tenants {
			if _, at := busy.LoadOrStore(tenant, true); at {
				continue
			}
			work.Go(func() {
				defer busy.Delete(tenant)
				err := s.sendNotices(ctx, tenant)
				if err == nil || ctx.Err() != nil {
					said.Delete(tenant)
					return
				}
				if last, _ := said.Swap(tenant, err.Error()); last != err.Error() { // once, not every minute
					s.log.Error("notices cannot be sent", "tenant", tenant, "error", err)
				}
				_ = wait(ctx, noticeTrouble) // the loop ends with the context
			})
		}
		_ = wait(ctx, pause) // likewise
	}
}

func (s *serving) sendNotices(ctx context.Context, tenant string) error {
	return s.data.courier(tenant, func(ctx context.Context) ([]notice.Channel, error) {
		c, err := s.runs.settings(ctx, tenant)
		if err != nil {
			return nil, err
		}
		return c.Notices, nil
	}, s.log).Deliver(ctx)
}
