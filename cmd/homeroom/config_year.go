package main

import (
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// From one school year to the next.

// choices are what can be done by itself with a class whose id came back.
func choices() []string {
	return []string{string(plan.HoldReused), string(plan.SameClass), string(plan.NewClass)}
}

// inbound reads for how long rosters are taken.
func (r *configReader) inbound(v value) error {
	return v.object(fields{"expires": func(v value) error {
		text, err := v.text()
		if err != nil {
			return err
		}
		day, ok := roster.ParseDate(text)
		if !ok {
			return v.fail("expires is the last day on which a roster is taken, as in 2027-07-31.")
		}
		r.Expires = day
		return nil
	}})
}

// expired reports whether rosters are no longer taken.
func (c *config) expired(now time.Time) bool {
	return c.Expires != 0 && roster.DateOf(now.In(c.TimeZone)) > c.Expires
}

// checkExpiry refuses a roster whose time has passed: everything stays as it is (contract
// B.4, "expired").
func (c *config) checkExpiry() error {
	if !c.expired(time.Now()) {
		return nil
	}
	return fault.New(fault.Conflict, "Rosters were taken until %s (inbound.expires), so nothing is changed. "+
		"When the roster is that of the next school year, write another day into the configuration.", c.Expires)
}
