package main

import "github.com/homeroomhq/homeroom/flow"

// What people decide by hand, whatever the roster says (rules 3, "By hand").

// exclude reads whom and what nothing is ever wanted for.
func (r *configReader) exclude(v value) error {
	e := &r.Settings.Exclude
	return v.object(fields{"people": textsTo(&e.People), "classes": textsTo(&e.Classes)})
}

// pins reads memberships that stay.
func (r *configReader) pins(v value) error { return v.items(r.pin) }

func (r *configReader) pin(v value) error {
	var pin flow.Pin
	var class string
	err := v.object(fields{"person": textTo(&pin.Person), "class": textTo(&class), "group": textTo(&pin.Group)})
	switch {
	case err != nil:
		return err
	case pin.Person == "" || (class == "") == (pin.Group == ""):
		return v.fail("A pin names a person, and either a class or a group, as in {person: %q, class: %q}.", "100000024", "112001")
	case class != "":
		pin.Group = flow.ClassKey(class)
	}
	r.Settings.Pins = append(r.Settings.Pins, pin)
	return nil
}
