package oneroster

import (
	"context"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// Detect tells how much the files look like OneRoster, 1.2 included: surely, when
// there is a manifest, or a column that only OneRoster has.
func Detect(snapshot roster.Snapshot) roster.Likeness {
	has := func(file string, headers ...string) bool {
		return slices.ContainsFunc(csvfile.Header(snapshot, file), func(found string) bool {
			return slices.ContainsFunc(headers, func(header string) bool { return strings.EqualFold(header, found) })
		})
	}
	switch {
	case slices.ContainsFunc(snapshot.Names(), isManifest),
		has("users.csv", "role") && has("users.csv", "status", "dateLastModified", "enabledUser", "userIds", "agentSourcedIds", "grades"),
		has("classes.csv", "schoolSourcedId"),
		has("enrollments.csv", "schoolSourcedId"),
		hasRoleTypes(snapshot):
		return roster.Surely
	}
	return roster.Unlike
}

// hasRoleTypes reports whether there is the file of roles of OneRoster 1.2.
func hasRoleTypes(snapshot roster.Snapshot) bool {
	return slices.Contains(csvfile.Header(snapshot, "roles.csv"), "roleType")
}

// Read reads a snapshot into a roster that is checked against the lists of
// values, and returns the problems that it found. Strict reading takes what
// deviates from the standard for wrong. With a catastrophic problem there is no
// roster. An error means that the bytes could not be read, or that the context
// was done.
func Read(ctx context.Context, snapshot roster.Snapshot, codes *roster.Codes, strict bool) (*roster.Roster, []roster.Problem, error) {
	b := roster.NewBuilder(codes)
	b.Strict = strict
	m, err := readManifest(ctx, b, snapshot, strict)
	if err != nil {
		return nil, nil, err
	}
	m.checkVersion(b, strict)
	if m.name == "" && hasRoleTypes(snapshot) {
		b.Report(laterVersion("roles.csv", 1))
	}
	if !b.Failed() {
		names := m.choose(b, snapshot.Names())
		present := csvfile.Present(b, files(strict), slices.DeleteFunc(names, isManifest), ignored())
		if err := csvfile.Read(ctx, b, snapshot, present); err != nil {
			return nil, nil, err
		}
	}
	r, problems := b.Build(Format, snapshot.SHA256())
	return r, problems, nil
}
