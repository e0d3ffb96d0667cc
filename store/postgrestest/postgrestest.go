// Package postgrestest gives tests databases of PostgreSQL: of a server of their own in a
// temporary folder, which ends with the process that started it, however that ends.
package postgrestest

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// theServer starts the server of this process the first time.
//
//nolint:gochecknoglobals // a server takes a second to start, and tests have nothing else in common
var theServer = sync.OnceValues(func() (server, error) { return start("") })

// server runs until its input is closed, which the end of the process does.
type server struct {
	folder string
	input  io.WriteCloser
}

var errMissing = errors.New("PostgreSQL is not installed: Debian's package is postgresql")

// Database returns the URL of a new, empty database, which is dropped when the test ends.
// Where PostgreSQL is not installed it skips the test, and in CI (the variable CI is set)
// lets it fail.
func Database(t testing.TB) string {
	t.Helper()
	server, err := theServer()
	return server.address(newDatabase(t, server, err))
}

// Listening returns the path of the URL of such a database, to follow the host: of a server
// that listens at port 5432 of all addresses that there are, and lets everybody in. It is for
// tests that have a network of their own.
func Listening(t testing.TB) string {
	t.Helper()
	server, err := start("*")
	return "/" + newDatabase(t, server, err)
}

// newDatabase makes a database on a server, if that could be started.
func newDatabase(t testing.TB, server server, err error) string {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ToLower(rand.Text())
	if err := server.execute(`CREATE DATABASE ` + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.execute(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return name
}

// address returns the URL of a database of the server, which anybody may enter who may
// enter its folder.
func (s server) address(database string) string {
	return "postgres://homeroom@/" + database + "?host=" + url.QueryEscape(s.folder)
}

func (s server) execute(statement string) error {
	ctx := context.Background() // that of a test has ended when it cleans up
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// script runs a server in the folder that it is given until its input ends, which listens at
// the addresses that it is given. Texts are sorted there as in English unless somebody says
// otherwise, and nothing is meant to last.
const script = `
cd "$1" || exit
trap 'rm -rf "$1"' EXIT
"$2/initdb" -D data -U homeroom --auth=trust --no-sync --encoding=UTF8 \
	--locale=C.UTF-8 --locale-provider=icu --icu-locale=en >log 2>&1 &&
echo "host all all all trust" >>data/pg_hba.conf &&
"$2/pg_ctl" start -w -D data -l log -o "-k '$1' -c listen_addresses='$3' -c max_connections=200 \
	-c fsync=off -c full_page_writes=off -c autovacuum=off" >/dev/null 2>&1 || { cat log; exit 1; }
echo ready
read -r _
"$2/pg_ctl" stop -D data -m immediate >/dev/null 2>&1
`

// start starts a server that listens at addresses, besides its folder. PostgreSQL refuses to
// be run by root.
func start(addresses string) (server, error) {
	programs, err := findPrograms()
	if err != nil {
		return server{}, err
	}
	folder, err := os.MkdirTemp("", "pg")
	if err != nil {
		return server{}, err
	}
	command := []string{"sh", "-c", script, "sh", folder, programs, addresses}
	if os.Geteuid() == 0 {
		if command, err = asUser("postgres", folder, command); err != nil {
			return server{}, err
		}
	}
	shell := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // it lives as long as this process
	input, err := shell.StdinPipe()
	if err != nil {
		return server{}, err
	}
	output, err := shell.StdoutPipe()
	if err != nil {
		return server{}, err
	}
	if err := shell.Start(); err != nil {
		return server{}, err
	}
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if lines.Text() == "ready" {
			return server{folder, input}, nil
		}
		said = append(said, lines.Text())
	}
	return server{}, fmt.Errorf("PostgreSQL did not start: %w\n%s", shell.Wait(), strings.Join(said, "\n"))
}

// findPrograms returns the folder with the newest server that is installed. Debian puts
// each version in one of its own, which is in nobody's PATH.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, lookErr := exec.LookPath("initdb"); lookErr == nil {
		found = append(found, path)
	}
	if err != nil || len(found) == 0 {
		return "", errors.Join(errMissing, err)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 elsewhere than in Debian
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// asUser gives a folder to a user, and returns the command as that user runs it.
func asUser(name, folder string, command []string) ([]string, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return nil, err
	}
	return append([]string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups"}, command...), nil
}
