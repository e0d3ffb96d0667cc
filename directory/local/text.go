package local

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/homeroomhq/homeroom/directory"
)

// WriteRows writes a list as a table for people.
func WriteRows(out io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tKEY\tID\tNAME\tOWNERS\tMEMBERS\tNOTES")
	for _, r := range rows {
		name := r.DisplayName
		if r.Kind == directory.User {
			name += " <" + r.UserPrincipalName + ">"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Kind, dash(r.Key), r.ID, dash(name),
			count(r.Owners), count(r.Members), dash(strings.Join(r.Notes, ", ")))
	}
	return table.Flush()
}

func count(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

// dash makes text fit for a table: an empty cell is a dash, and control
// characters, which could move the cursor, are replaced.
func dash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return line(text)
}

func line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// WriteShown writes one object for people.
func WriteShown(out io.Writer, s Shown) error {
	buffer := bufio.NewWriter(out)
	fmt.Fprintf(buffer, "%s %s\n", s.Kind, dash(s.Key))
	fmt.Fprintf(buffer, "  id: %s\n", s.ID)
	writeAttributes(buffer, s.Attributes)
	writeFlags(buffer, s.Deleted, s.Guest, s.DirectoryRole)
	for _, c := range s.Contacts {
		known := slices.DeleteFunc([]string{c.Relationship, c.DisplayName, c.EmailAddress, c.MobilePhone},
			func(text string) bool { return text == "" })
		fmt.Fprintf(buffer, "  contact: %s\n", line(strings.Join(known, ", ")))
	}
	for _, list := range []struct {
		title      string
		references []Reference
	}{
		{"owner", s.Owners}, {"member", s.Members}, {"owner of", s.OwnerOf}, {"member of", s.MemberOf},
	} {
		for _, r := range list.references {
			fmt.Fprintf(buffer, "  %s: %s %s, %s\n", list.title, r.Kind, dash(r.Key), dash(r.DisplayName))
		}
	}
	return buffer.Flush()
}

// WriteText writes the document as lines that people read and diff compares.
func (d Document) WriteText(out io.Writer) error {
	buffer := bufio.NewWriter(out)
	for _, kind := range directory.Kinds() {
		for _, e := range *d.section(kind) {
			fmt.Fprintf(buffer, "%s %s\n", kind, dash(e.Key))
			if e.ID != "" {
				fmt.Fprintf(buffer, "  id: %s\n", e.ID)
			}
			writeAttributes(buffer, e.Attributes)
			writeFlags(buffer, e.Deleted, e.Guest, e.DirectoryRole)
			for _, owner := range e.Owners {
				fmt.Fprintf(buffer, "  owner: %s\n", line(owner))
			}
			for _, member := range e.Members {
				fmt.Fprintf(buffer, "  member: %s\n", line(member))
			}
		}
	}
	return buffer.Flush()
}

func writeAttributes(out io.Writer, attributes map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fmt.Fprintf(out, "  %s: %s\n", name, valueText(attributes[name]))
	}
}

func valueText(value any) string {
	switch v := value.(type) {
	case []string:
		return line(strings.Join(v, ", "))
	case directory.Relations:
		return fmt.Sprintf("%d (%s)", v.Count, line(strings.Join(v.Relations, ", ")))
	default:
		return line(fmt.Sprint(v))
	}
}

// writeFlags writes what only users have, where it is so.
func writeFlags(out io.Writer, deleted, guest, directoryRole *bool) {
	for _, flag := range []struct {
		name string
		is   *bool
	}{{"deleted", deleted}, {"guest", guest}, {"directoryRole", directoryRole}} {
		if flag.is != nil && *flag.is {
			fmt.Fprintf(out, "  %s: true\n", flag.name)
		}
	}
}
