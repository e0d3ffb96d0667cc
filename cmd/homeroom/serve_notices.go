package main

import (
	"context"
	"time"

	"github.com/homeroomhq/homeroom/notice"
)

// How often the server looks whether a notice is due, and how long it leaves off when it
// cannot look.
const (
	noticeEvery   = time.Second
	noticeTrouble = time.Minute
)

// notify sends notices of all tenants as they become due, until the context ends.
func (s *serving) notify(ctx context.Context) {
	for ctx.Err() == nil {
		pause := noticeEvery
		if err := s.sendNotices(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("notices cannot be sent", "error", err)
			pause = noticeTrouble
		}
		_ = wait(ctx, pause) // the loop ends with the context
	}
}

func (s *serving) sendNotices(ctx context.Context) error {
	tenants, err := s.data.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		channels := func(ctx context.Context) ([]notice.Channel, error) {
			c, err := s.runs.settings(ctx, tenant)
			if err != nil {
				return nil, err
			}
			return c.Notices, nil
		}
		if err := s.data.courier(tenant, channels, s.log).Deliver(ctx); err != nil {
			return err
		}
	}
	return nil
}
