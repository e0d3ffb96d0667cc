package homeroom_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/homeroomhq/homeroom"

// everything stands for all of our packages.
const everything = "*"

// arrow says what of ours a package may import, and why no more.
type arrow struct {
	from string
	to   []string
	why  string
}

// arrows lists every package of the module. A new package gets a line here.
func arrows() []arrow {
	return []arrow{
		{"fault", nil, "Everything may import it, so it imports nothing."},
		{"roster", []string{"fault"}, "A roster does not know where it came from or what is made of it."},
		{"roster/rostertest", []string{"fault", "roster"}, "It makes rosters for tests."},
		{"roster/csvfile", []string{"fault", "roster"}, "It reads the files of formats and knows none of them."},
		{"roster/oneroster", []string{"fault", "roster", "roster/csvfile", "source"}, "A format turns the files of a snapshot into a roster."},
		{"roster/sdscsv", []string{"fault", "roster", "roster/csvfile", "source"}, "A format turns the files of a snapshot into a roster."},
		{"sealed", nil, "How bytes are encrypted depends on nobody who has some."},
		{"source", []string{"fault"}, "Bytes arrive before anyone knows what they say."},
		{"directory", []string{"fault"}, "The nouns of the planner and the targets decide nothing."},
		{"directory/directorytest", []string{"directory", "fault"}, "The suite fits every target because it knows none."},
		{"directory/ldap", []string{"directory", "fault"}, "A target knows only what every target knows."},
		{"directory/ldap/ldaptest", nil, "It starts servers that know nothing of us."},
		{"directory/local", []string{"directory", "fault"}, "A target knows only what every target knows."},
		{"flow", []string{"directory", "fault", "ledger", "roster"}, "Flows turn a roster, and the links that the ledger remembers, into wants, and into nothing else."},
		{"plan", []string{"directory", "fault"}, "A plan compares wants with haves, wherever they come from."},
		{"explain", []string{"directory", "fault", "flow", "plan", "roster"}, "It tells what flows and plans decided, and decides nothing."},
		{"ledger", []string{"directory", "fault"}, "The nouns of memory are what store and engine share."},
		{"engine", []string{"directory", "fault", "flow", "ledger", "plan", "roster", "source"}, "It declares what it needs of the store and does not see it."},
		{"store", []string{"access", "directory", "fault", "flow", "ledger", "notice", "odata", "outbound", "plan", "roster", "source"}, "It keeps nouns and does not see who works with them."},
		{"store/postgrestest", nil, "It gives databases to the tests of whoever keeps tables."},
		{"store/powertest", nil, "It cuts the power of whatever writes files."},
		{"access", []string{"fault"}, "The nouns of who may do what are what auth, api and store share."},
		{"odata", []string{"fault"}, "It speaks HTTP's words over tables of types, and knows nothing of schools."},
		{"outbound", []string{"directory", "fault", "flow", "odata", "roster"}, "The nouns of what is configured through the API are what api and store share; runs are made from them."},
		{"auth", []string{"access", "fault"}, "It declares what it needs of the store and does not see it."},
		{"api", []string{"access", "directory", "fault", "flow", "ledger", "odata", "outbound", "plan", "roster"}, "It declares what it needs of store, engine and auth and does not see them."},
		{"jobs", []string{"fault"}, "It carries the word between servers, and knows no run."},
		{"notice", []string{"fault"}, "It tells of runs what it is given as data, and sees no store."},
		{"district", []string{"fault"}, "It writes files as a school's system would, which does not know us either."},
		{"cmd/homeroom", []string{everything}, "It puts the parts together."},
	}
}

// reservation keeps an import from outside the module, and the packages below
// it, to a few of ours.
type reservation struct {
	imported string
	by       []string
	why      string
}

func reservations() []reservation {
	return []reservation{
		{"github.com/spf13/cobra", []string{"cmd/homeroom"}, "Only the command line knows flags."},
		{"go.yaml.in/yaml/v3", []string{"cmd/homeroom"}, "Only the command line knows the configuration file."},
		{"golang.org/x/term", []string{"cmd/homeroom"}, "Only the command line knows a terminal."},
		{"github.com/go-ldap/ldap/v3", []string{"directory/ldap", "directory/ldap/ldaptest"}, "Only the target that speaks LDAP knows it."},
		{"github.com/wneessen/go-mail", []string{"notice"}, "Only notices go out by mail."},
		{"github.com/riverqueue/river", []string{"jobs"}, "Only the word between servers goes through River."},
		{"database/sql", []string{"store", "directory/local", "cmd/homeroom"}, "Only what keeps tables knows SQL."},
	}
}

// purePackages get everything as data: the same input gives the same bytes.
func purePackages() []string { return []string{"flow", "plan"} }

// sharedPackages are about what several machines share, whose clocks differ: the time is
// the database's, or is given as data.
func sharedPackages() []string { return []string{"store", "ledger"} }

// impureImports are what a pure package cannot do without showing it.
func impureImports() []string {
	return []string{"context", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os"}
}

// clockFunctions are those of package time that read or wait for the clock.
func clockFunctions() []string {
	return []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
}

func TestArrows(t *testing.T) {
	files, err := parseTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found only %d files: the test is looking in the wrong place", len(files))
	}
	for _, v := range violations(files) {
		t.Error(v)
	}
}

// source is one file that is not a test.
type source struct {
	path    string
	pkg     string // its folder
	imports []string
	doc     string   // the package comment, if it stands in this file
	clock   []string // what it uses of clockFunctions
}

// parseTree reads every file of the tree itself, so that the test's cached
// result is dropped when one of them changes.
func parseTree(tree fs.FS) ([]source, error) {
	var files []source
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parseFile(name, text)
		files = append(files, file)
		return err
	})
	return files, err
}

// ignored reports whether the go command does not look into a folder either.
func ignored(folder string) bool {
	return folder == "testdata" || folder[0] == '.' || folder[0] == '_'
}

func parseFile(name string, text []byte) (source, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	s := source{path: name, pkg: path.Dir(name), doc: file.Doc.Text()}
	timeName := ""
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("%s: %w", name, err)
		}
		s.imports = append(s.imports, imported)
		if imported == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	s.clock = clockUses(file, timeName)
	return s, nil
}

// clockUses returns which functions of the clock a file names.
func clockUses(file *ast.File, timeName string) []string {
	var uses []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if ok && from.Name == timeName && slices.Contains(clockFunctions(), selector.Sel.Name) {
			uses = append(uses, selector.Sel.Name)
		}
		return true
	})
	return uses
}

// violations returns a sentence for everything that the tables above forbid,
// in the order of the files.
func violations(files []source) []string {
	found := make([]string, 0)
	for _, file := range files {
		found = append(found, wrongArrows(file)...)
		found = append(found, wrongReservations(file)...)
		found = append(found, impurities(file)...)
	}
	return append(found, wrongPackages(files)...)
}

func wrongArrows(file source) []string {
	var found []string
	at := slices.IndexFunc(arrows(), func(a arrow) bool { return a.from == file.pkg })
	if at < 0 {
		return nil // wrongPackages says so
	}
	allowed := arrows()[at]
	for _, imported := range file.imports {
		ours, ok := strings.CutPrefix(imported, module+"/")
		if !ok || slices.Contains(allowed.to, everything) || slices.Contains(allowed.to, ours) {
			continue
		}
		found = append(found, fmt.Sprintf("%s imports %s, which %s may not. %s", file.path, ours, file.pkg, allowed.why))
	}
	return found
}

func wrongReservations(file source) []string {
	var found []string
	for _, imported := range file.imports {
		for _, r := range reservations() {
			if isWithin(imported, r.imported) && !slices.Contains(r.by, file.pkg) {
				found = append(found, fmt.Sprintf("%s imports %s, which only %s may. %s",
					file.path, imported, strings.Join(r.by, ", "), r.why))
			}
		}
	}
	return found
}

func isWithin(imported, folder string) bool {
	return imported == folder || strings.HasPrefix(imported, folder+"/")
}

func impurities(file source) []string {
	if slices.Contains(sharedPackages(), file.pkg) {
		var found []string
		for _, use := range file.clock {
			if use == "Now" || use == "Since" || use == "Until" {
				found = append(found, fmt.Sprintf("%s uses time.%s: machines whose clocks differ share what %s keeps.", file.path, use, file.pkg))
			}
		}
		return found
	}
	if !slices.Contains(purePackages(), file.pkg) {
		return nil
	}
	var found []string
	for _, imported := range file.imports {
		if slices.Contains(impureImports(), imported) {
			found = append(found, fmt.Sprintf("%s imports %s: %s is pure, it is given what it needs as data.", file.path, imported, file.pkg))
		}
	}
	for _, use := range file.clock {
		found = append(found, fmt.Sprintf("%s uses time.%s: %s is pure, it is given the time as data.", file.path, use, file.pkg))
	}
	return found
}

// wrongPackages finds the packages that are not in the table, and those that
// do not say what they are.
func wrongPackages(files []source) []string {
	documented := make(map[string]bool)
	for _, file := range files {
		documented[file.pkg] = documented[file.pkg] || isPackageComment(file.doc)
	}
	var found []string
	for pkg, hasComment := range documented {
		known := pkg == "." || slices.ContainsFunc(arrows(), func(a arrow) bool { return a.from == pkg })
		if !known {
			found = append(found, fmt.Sprintf("%s is not in the table of arrows_test.go: add a line that says what it may import, and why.", pkg))
		}
		if !hasComment {
			found = append(found, fmt.Sprintf("%s has no package comment: say what it is for and what its words mean.", pkg))
		}
	}
	slices.Sort(found)
	return found
}

func isPackageComment(doc string) bool {
	return strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ")
}

// Every rule finds what it is for, and lets the rest pass.
func TestArrowsAreEnforced(t *testing.T) {
	const (
		plan  = "// Package plan plans.\npackage plan\n"
		store = "// Package store keeps.\npackage store\n"
	)
	tests := []struct {
		name string
		tree map[string]string
		want []string
	}{{
		name: "allowed",
		tree: map[string]string{
			"doc.go":               "// Package homeroom is the root.\npackage homeroom\n",
			"plan/plan.go":         plan + `import ("time"; "github.com/homeroomhq/homeroom/directory"); var _ = time.Second`,
			"plan/more.go":         "package plan\n",
			"plan/plan_test.go":    `package plan; import "github.com/homeroomhq/homeroom/store"`,
			"plan/testdata/x.go":   "this is not Go",
			".cache/x.go":          "nor is this",
			"cmd/homeroom/main.go": "// Command homeroom does it.\npackage main\n" + `import ("github.com/homeroomhq/homeroom/store"; "github.com/spf13/cobra")`,
		},
		want: []string{},
	}, {
		name: "arrow",
		tree: map[string]string{"plan/plan.go": plan + `import "github.com/homeroomhq/homeroom/roster"`},
		want: []string{"plan/plan.go imports roster, which plan may not. A plan compares wants with haves, wherever they come from."},
	}, {
		name: "arrow to a folder below",
		tree: map[string]string{"plan/plan.go": plan + `import "github.com/homeroomhq/homeroom/directory/local"`},
		want: []string{"plan/plan.go imports directory/local, which plan may not. A plan compares wants with haves, wherever they come from."},
	}, {
		name: "unknown package",
		tree: map[string]string{"shop/shop.go": "// Package shop sells.\npackage shop\n"},
		want: []string{"shop is not in the table of arrows_test.go: add a line that says what it may import, and why."},
	}, {
		name: "package comment",
		tree: map[string]string{"plan/plan.go": "// Copyright\n\npackage plan\n", "plan/step.go": "// not one\npackage plan\n"},
		want: []string{"plan has no package comment: say what it is for and what its words mean."},
	}, {
		name: "reserved import",
		tree: map[string]string{"plan/plan.go": plan + `import "github.com/spf13/cobra/doc"`},
		want: []string{"plan/plan.go imports github.com/spf13/cobra/doc, which only cmd/homeroom may. Only the command line knows flags."},
	}, {
		name: "reserved for several",
		tree: map[string]string{"plan/plan.go": plan + `import "database/sql"`},
		want: []string{"plan/plan.go imports database/sql, which only store, directory/local, cmd/homeroom may. Only what keeps tables knows SQL."},
	}, {
		name: "impure import",
		tree: map[string]string{"plan/plan.go": plan + `import "log/slog"`},
		want: []string{"plan/plan.go imports log/slog: plan is pure, it is given what it needs as data."},
	}, {
		name: "clock",
		tree: map[string]string{"plan/plan.go": plan + `import "time"; var start = time.Now()`},
		want: []string{"plan/plan.go uses time.Now: plan is pure, it is given the time as data."},
	}, {
		name: "a machine's clock",
		tree: map[string]string{"store/store.go": store + `import "time"; var at, wait = time.Now(), time.After`},
		want: []string{"store/store.go uses time.Now: machines whose clocks differ share what store keeps."},
	}, {
		name: "clock by another name",
		tree: map[string]string{"plan/plan.go": plan + `import clock "time"; var f = clock.Since`},
		want: []string{"plan/plan.go uses time.Since: plan is pure, it is given the time as data."},
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := make(fstest.MapFS)
			for name, text := range test.tree {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			files, err := parseTree(tree)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, violations(files)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// The tables are read by people: each package once, each list sorted.
func TestArrowTableIsTidy(t *testing.T) {
	seen := make(map[string]bool)
	for _, a := range arrows() {
		if seen[a.from] {
			t.Errorf("%s stands twice in the table", a.from)
		}
		seen[a.from] = true
		if !slices.IsSorted(a.to) {
			t.Errorf("the imports of %s are not sorted", a.from)
		}
		if a.why == "" {
			t.Errorf("%s has no reason", a.from)
		}
	}
}
