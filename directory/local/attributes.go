package local

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/homeroomhq/homeroom/directory"
)

// attributeCodes returns the attributes in the order of the bytes that stand for
// them in the database. What is stored depends on it: new ones come at the end.
func attributeCodes() []string {
	return []string{
		directory.UserPrincipalName, directory.Mail, directory.MailNickname, directory.DisplayName,
		directory.GivenName, directory.Surname, directory.UsageLocation, directory.LicenseSKUs,
		directory.AgeGroup, directory.RelatedContacts, directory.Description, directory.Visibility,
		directory.Team, directory.PasswordFrom, directory.ObjectType, directory.SyncSource,
		directory.SourceStudentID, directory.SourceTeacherID, directory.SourceSchoolID,
		directory.SourceSectionID, directory.SourceCourseID, directory.Grade, directory.StudentNumber,
		directory.TeacherNumber, directory.SectionName, directory.SectionNumber, directory.CourseName,
		directory.CourseNumber, directory.CourseSubject, directory.TermID, directory.TermName,
		directory.TermStartDate, directory.TermEndDate, directory.Status,
	}
}

// codec packs and unpacks attributes.
type codec struct{ names []string } // by code

func newCodec() codec { return codec{names: attributeCodes()} }

// pack returns the attributes as bytes: for each that has a value its code, the
// length of its text, and the text. Those that have a column of their own are
// left out: AnchorID and AccountEnabled always, UserPrincipalName where it is
// the same as the folded one in the columns.
func (c codec) pack(attributes directory.Attributes) []byte {
	packed := make([]byte, 0, 128)
	for code, name := range c.names {
		text := attributes[name]
		if text == "" || name == directory.UserPrincipalName && text == fold(text) {
			continue
		}
		packed = append(packed, byte(code))
		packed = binary.AppendUvarint(packed, uint64(len(text)))
		packed = append(packed, text...)
	}
	return packed
}

var errPacked = errors.New("the packed attributes are damaged")

// unpack adds to the attributes what pack made bytes of.
func (c codec) unpack(packed []byte, attributes directory.Attributes) error {
	rest := string(packed) // one copy, which all texts are parts of
	for next := 0; rest != ""; {
		code := int(rest[0])
		length, n := binary.Uvarint(packed[len(packed)-len(rest)+1:])
		if code < next || code >= len(c.names) || n <= 0 || length == 0 || length > uint64(len(rest)-1-n) {
			return fmt.Errorf("%w at byte %d", errPacked, len(packed)-len(rest))
		}
		end := 1 + n + int(length)
		attributes[c.names[code]] = rest[1+n : end]
		next, rest = code+1, rest[end:]
	}
	return nil
}
