package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"
)

var updateScripts = flag.Bool("update", false, "write what the commands of the scripts print into the scripts")

// TestMain lets tests run the program: the test binary is homeroom, the same at a
// directory with which things go wrong, or with a wrong clock, and the commands that show a plan in brief,
// when it is called so.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"homeroom": main,
		"troubled": func() { os.Exit(troubled()) },
		"ahead":    func() { os.Exit(ahead()) },
		"steps":    func() { os.Exit(brief(os.Args[1:], true)) },
		"outline":  func() { os.Exit(brief(os.Args[1:], false)) },
	})
}

// TestRules shows every rule by a small roster, flows, what was there before,
// and the plan that follows. The name of a script begins with the section of the
// rules.
func TestRules(t *testing.T) { runScripts(t, "rules") }

// TestCommands holds what every command says and how it exits.
func TestCommands(t *testing.T) { runScripts(t, "commands") }

// TestExplain holds the answers to whys and why-nots.
func TestExplain(t *testing.T) { runScripts(t, "explain") }

func runScripts(t *testing.T, folder string) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", folder),
		UpdateScripts:      *updateScripts,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOMEROOM_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("TZ", "UTC")
			e.Setenv("NO_COLOR", "1")
			e.Values[keptBefore{}] = new(string)
			e.Values[heldLease{}] = new(*flock.Flock)
			return nil
		},
		Cmds: scriptCommands(),
	})
}
