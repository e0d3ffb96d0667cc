package main

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// What people decide by hand, whatever the roster says (rules 3, "By hand").

// authoritative reads which types of flows make the directory match, whatever others did.
func (r *configReader) authoritative(v value) error {
	kinds := &r.Settings.Authoritative
	return v.items(func(item value) error {
		name, err := item.text()
		if err != nil {
			return err
		}
		kind := directory.Kind(strings.TrimSuffix(name, "ProvisioningFlow"))
		if kind == directory.Kind(name) || !slices.Contains(directory.Kinds(), kind) {
			return item.fail("There is no flow of the type %q. Known here: userProvisioningFlow, classGroupProvisioningFlow, securityGroupProvisioningFlow, administrativeUnitProvisioningFlow.", name)
		}
		if !slices.Contains(*kinds, kind) {
			*kinds = append(*kinds, kind)
		}
		return nil
	})
}

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
