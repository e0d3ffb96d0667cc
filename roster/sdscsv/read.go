package sdscsv

import (
	"context"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// Detect tells how much the files look like SDS V2.1, be it with faults. Surely,
// when there is a file that only SDS has; perhaps, when there is one of the ten.
func Detect(snapshot roster.Snapshot) roster.Likeness {
	likeness := roster.Unlike
	for _, name := range snapshot.Names() {
		switch strings.ToLower(name) {
		case "relationships.csv", "userflags.csv":
			return roster.Surely
		case "roles.csv": // OneRoster 1.2 has one, too
			if !slices.Contains(csvfile.Header(snapshot, name), "roleType") {
				return roster.Surely
			}
		default:
			if slices.ContainsFunc(files(), func(f csvfile.File) bool { return strings.EqualFold(f.Name, name) }) {
				likeness = roster.Perhaps
			}
		}
	}
	return likeness
}

// Read reads a snapshot into a roster that is checked against the lists of
// values, and returns the problems that it found. With a catastrophic one there
// is no roster. An error means that the bytes could not be read, or that the
// context was done.
func Read(ctx context.Context, snapshot roster.Snapshot, codes *roster.Codes) (*roster.Roster, []roster.Problem, error) {
	b := roster.NewBuilder(codes)
	if isOlder(snapshot) {
		b.Report(roster.Problem{
			Rule: roster.InvalidFileFormat, Severity: roster.Catastrophic, File: "users.csv", Line: 1,
			Message: "This is SDS V2, in which users.csv tells the roles; it is older than V2.1 and cannot be read yet.",
			Remedy:  "Export in the format SDS V2.1, with a file roles.csv.",
		})
	} else if err := csvfile.Read(ctx, b, snapshot, csvfile.Present(b, files(), snapshot.Names(), nil)); err != nil {
		return nil, nil, err
	}
	r, problems := b.Build(Format, snapshot.SHA256())
	return r, problems, nil
}

// isOlder reports whether the files are SDS V2: four files, the roles in
// users.csv.
func isOlder(snapshot roster.Snapshot) bool {
	if csvfile.Header(snapshot, "roles.csv") != nil {
		return false
	}
	users := csvfile.Header(snapshot, "users.csv")
	return slices.Contains(users, "role") && slices.Contains(users, "orgSourcedIds")
}
