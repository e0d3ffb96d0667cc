package local

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// WriteLDIF writes everything in the directory as LDIF (RFC 2849), below the entry
// with the distinguished name base: users as inetOrgPerson, groups and units as
// groupOfNames, each kind in an organizational unit of its own, sorted by name.
// What these classes have no attribute for stands in comments, so that any LDAP
// server takes the file. Deleted users are left out; a group without members has
// itself for one, since groupOfNames asks for one.
func (d *Directory) WriteLDIF(ctx context.Context, w io.Writer, base string) error {
	l := ldif{out: bufio.NewWriter(w), base: base, users: make(map[string]string)}
	l.line("version", "1")
	for _, kind := range directory.Kinds() {
		objects, err := d.all(ctx, kind)
		if err != nil {
			return err
		}
		l.unit(kind)
		for _, o := range l.named(kind, objects) {
			l.object(o)
		}
	}
	return l.out.Flush()
}

// ldif writes lines of LDIF. The writer below keeps the first error until Flush.
type ldif struct {
	out   *bufio.Writer
	base  string
	users map[string]string // distinguished names by id
}

// entry is an object with its names.
type entry struct {
	directory.Object
	name, dn string
}

// unit writes the organizational unit of a kind.
func (l *ldif) unit(kind directory.Kind) {
	name := sectionName(kind)
	l.blank()
	l.line("dn", l.join("ou", name, l.base))
	l.line("objectClass", "top")
	l.line("objectClass", "organizationalUnit")
	l.line("ou", name)
}

func (l *ldif) join(attribute, name, parent string) string {
	dn := attribute + "=" + escapeDN(name)
	if parent != "" {
		dn += "," + parent
	}
	return dn
}

// named gives the objects their names, each to one of them alone, and sorts by them.
// Users are called by their userPrincipalName, others by their key; by their id,
// whoever lacks it or is not the only one.
func (l *ldif) named(kind directory.Kind, objects []directory.Object) []entry {
	objects = slices.DeleteFunc(objects, func(o directory.Object) bool { return o.Deleted })
	bearers := make(map[string]int)
	for _, o := range objects {
		bearers[fold(nameOf(o))]++
	}
	attribute := "cn"
	if kind == directory.User {
		attribute = "uid"
	}
	entries := make([]entry, 0, len(objects))
	for _, o := range objects {
		e := entry{Object: o, name: nameOf(o)}
		if e.name == "" || bearers[fold(e.name)] > 1 {
			e.name = o.ID
		}
		e.dn = l.join(attribute, e.name, l.join("ou", sectionName(kind), l.base))
		if kind == directory.User {
			l.users[o.ID] = e.dn
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return entries
}

func nameOf(o directory.Object) string {
	if o.Kind == directory.User {
		return o.Attributes[directory.UserPrincipalName]
	}
	return o.Anchor()
}

func (l *ldif) object(e entry) {
	l.blank()
	l.line("dn", e.dn)
	taken := map[string]bool{directory.RelatedContacts: true} // told below, in number only
	if e.Kind == directory.User {
		l.user(e, taken)
	} else {
		l.group(e, taken)
	}
	l.remarks(e, taken)
}

// user writes an inetOrgPerson (RFC 2798), which must have a common name and a
// surname.
func (l *ldif) user(e entry, taken map[string]bool) {
	for _, class := range []string{"top", "person", "organizationalPerson", "inetOrgPerson"} {
		l.line("objectClass", class)
	}
	a := e.Attributes
	l.line("uid", e.name)
	l.line("cn", cmp.Or(a[directory.DisplayName], e.name))
	l.line("sn", cmp.Or(a[directory.Surname], a[directory.DisplayName], e.name))
	number := directory.StudentNumber
	if a[number] == "" {
		number = directory.TeacherNumber
	}
	l.values(a, taken, [][2]string{
		{"givenName", directory.GivenName}, {"displayName", directory.DisplayName}, {"mail", directory.Mail},
		{"employeeNumber", number}, {"employeeType", directory.ObjectType}, {"departmentNumber", directory.SourceSchoolID},
	})
	taken[directory.Surname] = true
	taken[directory.UserPrincipalName] = e.name == a[directory.UserPrincipalName]
}

// group writes a groupOfNames (RFC 4519).
func (l *ldif) group(e entry, taken map[string]bool) {
	l.line("objectClass", "top")
	l.line("objectClass", "groupOfNames")
	l.line("cn", e.name)
	a := e.Attributes
	if name := a[directory.DisplayName]; name != "" && fold(name) != fold(e.name) {
		l.line("cn", name)
	}
	taken[directory.DisplayName] = true
	l.values(a, taken, [][2]string{
		{"description", directory.Description}, {"businessCategory", directory.ObjectType}, {"o", directory.SourceSchoolID},
	})
	for _, owner := range l.people(e.Owners) {
		l.line("owner", owner)
	}
	members := l.people(e.Members)
	for _, member := range members {
		l.line("member", member)
	}
	if len(members) == 0 {
		l.line("member", e.dn) // groupOfNames must have a member
	}
}

// values writes those attributes that have a value, each under its name in LDAP.
func (l *ldif) values(a directory.Attributes, taken map[string]bool, names [][2]string) {
	for _, name := range names {
		if value := a[name[1]]; value != "" {
			l.line(name[0], value)
			taken[name[1]] = true
		}
	}
}

// people returns the distinguished names of users, sorted.
func (l *ldif) people(ids []string) []string {
	var dns []string
	for _, id := range ids {
		if dn := l.users[id]; dn != "" {
			dns = append(dns, dn)
		}
	}
	slices.Sort(dns)
	return dns
}

// remarks writes what LDAP's classes have no attribute for.
func (l *ldif) remarks(e entry, taken map[string]bool) {
	shown := e.Attributes.Shown()
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		if !taken[name] {
			l.remark(name, valueText(shown[name]))
		}
	}
	if contacts, ok := shown[directory.RelatedContacts].(directory.Relations); ok {
		l.remark(directory.RelatedContacts, strconv.Itoa(contacts.Count))
	}
	if e.Guest {
		l.remark("guest", "yes")
	}
	if e.DirectoryRole {
		l.remark("directoryRole", "yes")
	}
}

func (l *ldif) blank() { fmt.Fprintln(l.out) }

// remark writes a comment, which is in ASCII as all of LDIF is.
func (l *ldif) remark(name, text string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		text = strconv.QuoteToASCII(text)
	}
	l.fold("# " + name + ": " + text)
}

// line writes one value, in base 64 where plain text will not do.
func (l *ldif) line(attribute, value string) {
	switch {
	case safe(value):
		l.fold(attribute + ": " + value)
	default:
		l.fold(attribute + ":: " + base64.StdEncoding.EncodeToString([]byte(value)))
	}
}

const lineLength = 76

// fold writes a line, cut into lines of which all but the first begin with a space.
func (l *ldif) fold(line string) {
	for len(line) > lineLength {
		fmt.Fprintln(l.out, line[:lineLength])
		line = " " + line[lineLength:]
	}
	fmt.Fprintln(l.out, line)
}

// safe reports whether a value can stand in LDIF as it is: a SAFE-STRING that does
// not end in a space (RFC 2849, notes 4 and 8).
func safe(value string) bool {
	if value == "" || strings.ContainsRune(" :<", rune(value[0])) || strings.HasSuffix(value, " ") {
		return false
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// escapeDN escapes a value for a distinguished name (RFC 4514, 2.4).
func escapeDN(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		edge := c == ' ' && (i == 0 || i == len(value)-1) || c == '#' && i == 0
		switch {
		case c == 0:
			b.WriteString(`\00`)
			continue
		case edge || strings.IndexByte(`"+,;<>\=`, c) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
