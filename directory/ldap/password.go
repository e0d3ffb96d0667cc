package ldap

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // it is what OpenLDAP itself makes of passwords unless it is told otherwise
	"encoding/base64"
	"encoding/binary"
	"unicode/utf16"

	"github.com/homeroomhq/homeroom/directory"
)

// quoted returns a password as unicodePwd takes it: in quotation marks, in UTF-16
// (MS-ADTS 3.1.1.3.1.5.1).
func quoted(password directory.Secret) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + string(password) + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

// nobodyKnows returns a password for an account that is to be enabled, and was given
// none: an administrator sets one before anybody signs in.
func nobodyKnows() directory.Secret { return directory.Secret(rand.Text() + "-aA1") }

// hashed returns a password as userPassword holds it.
func (p *Profile) hashed(password directory.Secret) string {
	if p.PasswordHash == "clear" {
		return string(password)
	}
	salt := make([]byte, 16)
	rand.Read(salt)                                    // never fails
	sum := sha1.Sum(append([]byte(password), salt...)) //nolint:gosec // as above
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}
