package api

import (
	"strconv"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// userBefore is what a change of a user flow needs to know of the flow before it. The
// zero userBefore is that of a new flow.
type userBefore struct {
	ageGroup  any               // nil for none
	passwords map[string]string // sealed, by role group
}

// settleUser checks a user flow that was read, and brings it into the form that is stored.
// seal seals the password of a configuration.
func settleUser(m *odata.Model, flow *odata.Entity, before userBefore, seal func(field, plain string) (string, error)) error {
	if err := settleAgeGroup(additionalOptions(flow), before.ageGroup); err != nil {
		return err
	}
	complete(m, flow)
	delete(additionalOptions(flow).Values, minorsProperty) // never shown
	seen := make(map[string]bool)
	for i, c := range configurationsOf(flow) {
		path := "creationOptions/configurations/" + strconv.Itoa(i)
		group := roleGroupOf(c)
		if seen[group] {
			return odata.BadRequest(path+"/roleGroup", "The role group '%s' has a configuration in this flow already. Keep one of the two.", group)
		}
		seen[group] = true
		if err := checkLicenses(c, path); err != nil {
			return err
		}
		settings, _ := c.Values["defaultPasswordSettings"].(*odata.Entity)
		if settings == nil {
			continue
		}
		err := settlePassword(settings, before.passwords[group], path+"/defaultPasswordSettings", func(plain string) (string, error) {
			return seal(outbound.PasswordField(group), plain)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func checkLicenses(configuration *odata.Entity, path string) error {
	licenses, _ := configuration.Values["licenseSkus"].([]any)
	for i, sku := range licenses {
		if sku == "" {
			return odata.BadRequest(path+"/licenseSkus/"+strconv.Itoa(i), "The licence is empty. Write its id, or leave it out.")
		}
	}
	return nil
}

// configurationsOf returns how a user flow creates users.
func configurationsOf(flow *odata.Entity) []*odata.Entity {
	options, _ := flow.Values["creationOptions"].(*odata.Entity)
	if options == nil {
		return nil
	}
	return entities(options.Values["configurations"])
}

// roleGroupOf returns the id of the role group of a configuration.
func roleGroupOf(configuration *odata.Entity) string {
	group, _ := configuration.Values["roleGroup"].(*odata.Entity)
	if group == nil {
		return ""
	}
	id, _ := group.Values["id"].(string)
	return id
}

// additionalOptions returns how a user flow treats students, or nil.
func additionalOptions(flow *odata.Entity) *odata.Entity {
	management, _ := flow.Values["managementOptions"].(*odata.Entity)
	if management == nil {
		return nil
	}
	options, _ := management.Values["additionalOptions"].(*odata.Entity)
	return options
}
