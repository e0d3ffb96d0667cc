package store

import (
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// additive is what a migration may do that leaves programs before it working.
func additive() *regexp.Regexp {
	return regexp.MustCompile(`^(CREATE (UNIQUE )?INDEX \w+ ON|CREATE TABLE|INSERT INTO|UPDATE schema_readers SET least =` +
		`|ALTER TABLE \w+ ADD COLUMN \w+ +\w+( NOT NULL DEFAULT .+)?$)`)
}

// notAdditive returns the statements of a migration after which a program before it would
// not work, unless the migration says so.
func notAdditive(migration string) (found []string) {
	_, up, _ := strings.Cut(migration, "-- +goose Up")
	up = regexp.MustCompile(`--.*`).ReplaceAllString(up, "")
	for statement := range strings.SplitSeq(up, ";") {
		statement = strings.Join(strings.Fields(statement), " ")
		switch {
		case strings.HasPrefix(statement, "UPDATE schema_readers SET least ="):
			return nil
		case statement != "" && !additive().MatchString(statement):
			found = append(found, statement)
		}
	}
	return found
}

// The version before goes on working beside this one (decision 0026).
func TestMigrationsAdd(t *testing.T) {
	const first = 12 // which made schema_readers
	files, err := fs.Glob(migrations, "migrations/*.sql")
	check(t, err)
	for _, name := range files {
		text, err := fs.ReadFile(migrations, name)
		check(t, err)
		version, err := strconv.Atoi(strings.TrimPrefix(name, "migrations/")[:5])
		check(t, err)
		if version <= first {
			continue
		}
		for _, statement := range notAdditive(string(text)) {
			t.Errorf("%s: the version before may not work after: %s. If so, raise schema_readers.least to %d", name, statement, version)
		}
	}
}

func TestNotAdditive(t *testing.T) {
	for statement, bad := range map[string]bool{
		"CREATE TABLE t (a TEXT)":                                          false,
		"CREATE UNIQUE INDEX i ON t (a)":                                   false,
		"ALTER TABLE t ADD COLUMN a TEXT NOT NULL DEFAULT ''; -- a; b":     false,
		"ALTER TABLE t ADD COLUMN a TEXT":                                  false,
		"ALTER TABLE t ADD COLUMN a TEXT NOT NULL":                         true,
		"ALTER TABLE t DROP COLUMN a":                                      true,
		"DROP TABLE t":                                                     true,
		"UPDATE t SET a = ''":                                              true,
		"DROP TABLE t; UPDATE schema_readers SET least = 14":               false,
		"ALTER TABLE t RENAME COLUMN a TO b; CREATE TABLE u (a TEXT)":      true,
		"INSERT INTO t (a) SELECT b FROM u;\nDELETE FROM u":                true,
		"-- DROP TABLE t;\nCREATE INDEX i ON t (a) WHERE b IS NOT NULL;\n": false,
	} {
		if found := notAdditive("-- +goose Up\n" + statement); (len(found) > 0) != bad {
			t.Errorf("%q: found %q", statement, found)
		}
	}
}
