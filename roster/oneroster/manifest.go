package oneroster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// manifest is what manifest.csv says.
type manifest struct {
	name       string              // of the file, as it is spelled; "" when there is none
	properties map[string]property // by name, in lower case
}

type property struct {
	value string
	line  int
}

// readManifest reads the manifest, if there is one.
func readManifest(ctx context.Context, b *roster.Builder, snapshot roster.Snapshot, strict bool) (*manifest, error) {
	m := &manifest{properties: make(map[string]property)}
	file := csvfile.File{Name: "manifest.csv", Standard: standard, Strict: strict, Add: m.add, Columns: []csvfile.Column{
		need("propertyName", roster.NameField),
		need("value", roster.CodeField),
	}}
	names := slices.DeleteFunc(snapshot.Names(), func(name string) bool { return !isManifest(name) })
	present := csvfile.Present(b, []csvfile.File{file}, names, nil)
	if len(present) == 0 {
		if !b.Failed() {
			b.Report(roster.Problem{
				Rule: roster.FileNotFound, Severity: roster.Warning, File: file.Name,
				Message: "The file is missing, so nobody says that the files are complete.",
				Remedy:  "Export with manifest.csv, in which every file is marked as bulk.",
			})
		}
		return m, nil
	}
	m.name = present[0].Name
	if err := csvfile.ReadAside(ctx, b, snapshot, present[0]); err != nil {
		return nil, err
	}
	return m, nil
}

func isManifest(name string) bool { return strings.EqualFold(name, "manifest.csv") }

func (m *manifest) add(_ *roster.Builder, row *roster.Row) {
	name := strings.ToLower(strings.TrimSpace(row.Cell(roster.NameField)))
	if _, there := m.properties[name]; !there {
		m.properties[name] = property{strings.TrimSpace(row.Cell(roster.CodeField)), row.Line}
	}
}

// checkVersion refuses what is not OneRoster 1.1.
func (m *manifest) checkVersion(b *roster.Builder, strict bool) {
	if m.name == "" || b.Failed() {
		return
	}
	version := m.properties["oneroster.version"]
	number := strings.TrimLeft(version.value, "vV")
	like := strings.HasPrefix(number+".", "1.0.") || strings.HasPrefix(number+".", "1.1.")
	what := fmt.Sprintf("The oneroster.version is %q, not 1.1", version.value)
	if number == "" {
		what, like = "There is no oneroster.version", true
	}
	switch {
	case version.value == "1.1":
	case strings.HasPrefix(number, "1.2"):
		b.Report(laterVersion(m.name, version.line))
	case like && !strict:
		b.Report(m.problem(version, roster.NotStandard, roster.Warning, what+"; the files were read as 1.1."))
	default:
		p := m.problem(version, roster.InvalidFileFormat, roster.Catastrophic, what+".")
		p.Remedy = "Export as OneRoster 1.1, in bulk."
		b.Report(p)
	}
}

// laterVersion refuses OneRoster 1.2.
func laterVersion(file string, line int) roster.Problem {
	return roster.Problem{
		Rule: roster.InvalidFileFormat, Severity: roster.Catastrophic, File: file, Line: line,
		Message: "This is OneRoster 1.2, which cannot be read yet.", Remedy: "Export as OneRoster 1.1, in bulk, or as SDS V2.1.",
	}
}

// choose compares the manifest with the names of the files that are there, and
// returns those that are to be read.
func (m *manifest) choose(b *roster.Builder, names []string) []string {
	for _, f := range files(false) {
		at := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, f.Name) })
		said := m.said(f.Name)
		switch strings.ToLower(said.value) {
		case "bulk":
			if at < 0 && !f.Required { // of those, csvfile.Present tells
				b.Report(m.missing(said, f.Name))
			}
		case "absent":
			if at >= 0 && holdsMembers(f.Name) {
				b.Report(m.problem(said, roster.InvalidFileFormat, roster.Catastrophic, fmt.Sprintf("%s is said to be absent and is there.", names[at])))
			} else if at >= 0 {
				b.Report(m.problem(said, roster.InvalidFileFormat, roster.Warning,
					fmt.Sprintf("%s is said to be absent and is there; it is not read.", names[at])))
				names = slices.Delete(names, at, at+1)
			}
		case "delta":
			b.Report(m.problem(said, roster.DeltaNotSupported, roster.Catastrophic,
				fmt.Sprintf("%s holds changes alone, and a roster must be complete: whoever is not in it would be taken for gone.", f.Name)))
		case "":
		default:
			p := m.problem(said, roster.InvalidFileFormat, roster.Catastrophic, fmt.Sprintf("%s is said to be %q, which is neither bulk, delta nor absent.", f.Name, said.value))
			p.Remedy = "Mark the file as bulk if it is complete."
			b.Report(p)
		}
	}
	return names
}

// said returns what the manifest says of a file, which it should name without its
// ending.
func (m *manifest) said(name string) property {
	key := "file." + strings.ToLower(name)
	if said, there := m.properties[key]; there {
		return said
	}
	return m.properties[strings.TrimSuffix(key, ".csv")]
}

// holdsMembers reports whether a file says who is where. Without it, everybody
// would be taken for gone.
func holdsMembers(name string) bool {
	return slices.Contains([]string{"orgs.csv", "users.csv", "classes.csv", "enrollments.csv"}, name)
}

// missing tells of a file that is said to be there and is not.
func (m *manifest) missing(said property, name string) roster.Problem {
	severity := roster.Warning
	if holdsMembers(name) {
		severity = roster.Catastrophic
	}
	return m.problem(said, roster.FileNotFound, severity, fmt.Sprintf("%s is said to be there and is not: the delivery is not complete.", name))
}

func (m *manifest) problem(said property, rule roster.Rule, severity roster.Severity, message string) roster.Problem {
	p := roster.Problem{Rule: rule, Severity: severity, File: m.name, Line: said.line, Message: message}
	if rule == roster.InvalidFileFormat {
		p.Remedy = "Correct the manifest, or deliver the file."
	}
	return p
}
