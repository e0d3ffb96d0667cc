package main

import (
	"bytes"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	_ "modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
)

var updateDirectory = flag.Bool("update-directory", false, "write the transcripts of the directory commands anew")

// TestDirectoryCommand replays the transcripts: lines that begin with "$ " are
// commands, what follows is what they print, an error with its kind in front.
// The files that a transcript imports lie beside it.
func TestDirectoryCommand(t *testing.T) {
	paths, err := filepath.Glob("testdata/directory/*/transcript.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, path := range paths {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			after := replay(t, folder, string(before))
			if *updateDirectory {
				err = os.WriteFile(path, []byte(after), 0o644)
			} else if diff := cmp.Diff(string(before), after); diff != "" {
				t.Errorf("transcript (-want +have):\n%s", diff)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func replay(t *testing.T, folder, before string) string {
	t.Helper()
	open := openForTest(t, filepath.Join(t.TempDir(), "directory.db"))
	var transcript strings.Builder
	for line := range strings.Lines(before) {
		if command, is := strings.CutPrefix(strings.TrimSpace(line), "$ "); is {
			transcript.WriteString(line + run(open, folder, command))
		} else if strings.HasPrefix(line, "# ") {
			transcript.WriteString(line)
		}
	}
	return transcript.String()
}

func openForTest(t *testing.T, path string) openDirectory {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return func(cmd *cobra.Command) (*local.Directory, func(), error) {
		d, err := local.Open(cmd.Context(), db, "tenant")
		return d, func() {}, err
	}
}

// run runs one command line, whose words are separated by blanks; a + in a word
// stands for a blank. Files are in the folder.
func run(open openDirectory, folder, line string) string {
	words := strings.Fields(line)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "+", " ")
		if strings.HasSuffix(words[i], ".json") {
			words[i] = filepath.Join(folder, words[i])
		}
	}
	var out bytes.Buffer
	command := newDirectoryCommand(open)
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs(words)
	if err := command.Execute(); err != nil {
		return out.String() + string(fault.KindOf(err)) + ": " + strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "") + "\n"
	}
	return out.String()
}
