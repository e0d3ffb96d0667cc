package flow

import (
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Fact is one attribute of an object: its value and where that was read, or why
// the attribute is not written.
type Fact struct {
	Name   string
	Value  string        // canonical text; "" clears the attribute if Homeroom set it
	Record roster.Record // where the value was read, 0 where it is not the roster's
	Option string        // of the flow, by which the attribute is asked for; "" where none is needed
	Out    Reason        // why it is not written, "" when it is
	When   When
}

// When says to which objects an attribute is written.
type When uint8

// The objects that attributes are written to.
const (
	Always  When = iota
	Created      // once, to an object that Homeroom creates
	Added        // to objects that Homeroom created, and nothing of it is taken away
)

// write puts a fact into a want.
func (f *Fact) write(want *directory.Want) {
	if f.Out != "" {
		return
	}
	into := &want.Attributes
	switch f.When {
	case Created:
		into = &want.CreateOnly
	case Added:
		into = &want.AddOnly
	}
	if *into == nil {
		*into = make(directory.Attributes, roomFor(want.Kind, f.When))
	}
	(*into)[f.Name] = f.Value
}

// roomFor returns about how many attributes an object has, so that few maps grow.
func roomFor(kind directory.Kind, when When) int {
	switch {
	case when != Always:
		return 2
	case kind == directory.ClassGroup:
		return 21
	}
	return 12
}

// unless returns a reason where something does not hold.
func unless(holds bool, reason Reason) Reason {
	if holds {
		return ""
	}
	return reason
}
