package store

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// record is an object as a row holds it.
type record struct {
	directory.Have        // without owners and members
	pairs          []pair // all of them, unless they are in pages
	paged          bool   // they are in pages
}

// What is packed of a record: flags, state, since when unless it is managed, id,
// organization, attributes, names of those that were lost where there are any, and then the
// pairs unless they are in pages. All but the pairs stands behind its
// length, so that reading makes one text of it.
const (
	createdFlag = 1 << iota
	pagedFlag
	rewriteFlag
	sinceFlag
	lostFlag
)

func stateWords() words {
	return words{string(directory.Managed), string(directory.Retired), string(directory.Released)}
}

func attributeWords() words {
	return words{
		directory.UserPrincipalName, directory.Mail, directory.MailNickname, directory.DisplayName, directory.GivenName,
		directory.Surname, directory.AccountEnabled, directory.UsageLocation, directory.LicenseSKUs, directory.AgeGroup,
		directory.RelatedContacts, directory.Description, directory.Visibility, directory.Team, directory.PasswordFrom,
		directory.ObjectType, directory.AnchorID, directory.SyncSource, directory.SourceStudentID,
		directory.SourceTeacherID, directory.SourceSchoolID, directory.SourceSectionID, directory.SourceCourseID,
		directory.Grade, directory.StudentNumber, directory.TeacherNumber, directory.SectionName, directory.SectionNumber,
		directory.CourseName, directory.CourseNumber, directory.CourseSubject, directory.TermID, directory.TermName,
		directory.TermStartDate, directory.TermEndDate, directory.Status,
	}
}

// recordPacker packs records.
type recordPacker struct {
	states, names words
}

func newRecordPacker() recordPacker { return recordPacker{stateWords(), attributeWords()} }

func (p recordPacker) pack(r *record) []byte {
	flags := byte(0)
	if r.Created {
		flags |= createdFlag
	}
	if r.paged {
		flags |= pagedFlag
	}
	if r.Rewrite {
		flags |= rewriteFlag
	}
	if r.Since != "" {
		flags |= sinceFlag
	}
	if len(r.Lost.Values) > 0 {
		flags |= lostFlag
	}
	about := appendWord([]byte{flags}, p.states, string(r.State))
	if r.Since != "" {
		about = appendText(about, r.Since)
	}
	about = appendText(appendID(about, r.ID), r.Org)
	about = p.appendAttributes(about, r)
	if len(r.Lost.Values) > 0 {
		about = p.appendNames(about, r.Lost.Values)
	}
	body := binary.AppendUvarint([]byte{r.version()}, uint64(len(about)))
	body = append(body, about...)
	if r.paged {
		return body
	}
	return appendPairs(body, r.pairs)
}

// version is the one that a program must know to read the record.
func (r *record) version() byte {
	if len(r.Lost.Values) > 0 || slices.ContainsFunc(r.pairs, pair.isUnsure) {
		return lostVersion
	}
	return packVersion
}

func (p recordPacker) appendNames(b []byte, names []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, name := range names {
		b = appendWord(b, p.names, name)
	}
	return b
}

// appendAttributes packs the attributes in the order of their names. A value that
// is the object's key, as anchors are and most nicknames, is 0; another one stands
// behind its length and one.
func (p recordPacker) appendAttributes(b []byte, r *record) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.Attributes)))
	sorted := slices.AppendSeq(make([]string, 0, 32), maps.Keys(r.Attributes))
	slices.Sort(sorted)
	for _, name := range sorted {
		b = appendWord(b, p.names, name)
		if value := r.Attributes[name]; value == r.Key {
			b = append(b, 0)
		} else {
			b = append(binary.AppendUvarint(b, uint64(len(value))+1), value...)
		}
	}
	return b
}

// recordReader unpacks records, and keeps what it can use again.
type recordReader struct {
	states, names words
	orgs          map[string]string // each once
	id            []byte
	pairs         pairReader
}

func newRecordReader() *recordReader {
	return &recordReader{states: stateWords(), names: attributeWords(), orgs: make(map[string]string)}
}

// read unpacks the row of the object with the kind and the key. The pairs are
// valid until the next one is read.
func (r *recordReader) read(kind directory.Kind, key string, body []byte) (record, error) {
	rec := record{Have: directory.Have{Kind: kind, Key: key}}
	u, err := unpack(body)
	if err != nil {
		return rec, err
	}
	about := unpacker{rest: u.bytes()}
	whole := string(about.rest)
	flags := about.number()
	rec.Created, rec.paged = flags&createdFlag != 0, flags&pagedFlag != 0
	rec.Rewrite = flags&rewriteFlag != 0
	rec.State = directory.State(about.word(r.states))
	if flags&sinceFlag != 0 {
		rec.Since = string(about.bytes())
	}
	r.id = about.id(r.id[:0])
	rec.ID = string(r.id)
	rec.Org = r.org(about.bytes())
	rec.Attributes = about.attributes(r.names, key, whole)
	if flags&lostFlag != 0 {
		for range about.count() {
			rec.Lost.Values = append(rec.Lost.Values, about.word(r.names))
		}
	}
	if u.damaged || about.damaged || len(about.rest) > 0 {
		return rec, errDamaged
	}
	if !rec.paged {
		rec.pairs, err = r.pairs.read(u.rest)
	}
	return rec, err
}

func (r *recordReader) org(name []byte) string {
	org, known := r.orgs[string(name)]
	if !known {
		org = string(name)
		r.orgs[org] = org
	}
	return org
}

// attributes reads what appendAttributes packed. The values are parts of one
// text, the whole, at whose end the unpacker's bytes end.
func (u *unpacker) attributes(names words, key, whole string) directory.Attributes {
	n := u.count()
	attributes := make(directory.Attributes, n)
	for range n {
		name := u.word(names)
		length := u.number()
		if length == 0 {
			attributes[name] = key
			continue
		}
		start := len(whole) - len(u.rest)
		attributes[name] = whole[start : start+len(u.take(length-1))]
	}
	return attributes
}
