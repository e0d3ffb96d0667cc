package api

import "github.com/homeroomhq/homeroom/odata"

// maxPassword is the length of a password in bytes; Entra ID takes no longer one.
const maxPassword = 256

// sealedPasswords returns the passwords of a user flow as they are stored, by role group.
func sealedPasswords(flow *odata.Entity) map[string]string {
	sealed := make(map[string]string)
	for _, c := range configurationsOf(flow) {
		if settings, _ := c.Values["defaultPasswordSettings"].(*odata.Entity); settings != nil {
			sealed[roleGroupOf(c)], _ = settings.Values["password"].(string)
		}
	}
	return sealed
}

// settlePassword makes the password of a configuration one that can be stored. Clients
// never see a password: the mask that they send back, or nothing where an SDK drops it,
// keeps the one of the same role group (contract A.6).
func settlePassword(settings *odata.Entity, kept, path string, seal func(plain string) (string, error)) error {
	plain, _ := settings.Values["password"].(string)
	_, said := settings.Values["password"]
	path += "/password"
	switch {
	case said && plain == "":
		return odata.BadRequest(path, "The password is empty. Write one, or leave defaultPasswordSettings out.")
	case kept == "" && (!said || plain == odata.Mask):
		return odata.BadRequest(path, "There is no password of this role group to keep. Write one.")
	case !said || plain == odata.Mask || plain == kept: // kept, sealed: it was not in the body at all
		settings.Values["password"] = kept
		return nil
	case len(plain) > maxPassword:
		return odata.BadRequest(path, "The password is longer than %d bytes. Write a shorter one.", maxPassword)
	}
	sealed, err := seal(plain)
	settings.Values["password"] = sealed
	return err
}
