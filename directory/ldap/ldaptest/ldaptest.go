// Package ldaptest gives tests LDAP servers: OpenLDAP's slapd, and Samba as a domain
// controller of Active Directory, each in a temporary folder, on loopback, with
// certificates of a throw-away authority. They end with the process that started them,
// however that ends.
package ldaptest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Server is a server that runs.
type Server struct {
	URL       string // ldaps://
	Clear     string // ldap://, which knows StartTLS
	Socket    string // ldapi://; "" for none
	Authority *Authority
	Base      string
	Admin     string // who may do everything
	Password  string
	Folder    string

	command []string
	process *process
}

// process is a program that runs until its input is closed, which the end of this
// process does.
type process struct {
	shell *exec.Cmd
	input io.WriteCloser
}

var errMissing = errors.New("is not installed: Debian's packages are slapd, and samba samba-ad-dc samba-ad-provision samba-dsdb-modules winbind")

// need skips the test where a program is missing, and in CI (the variable CI is set) lets
// it fail.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if program(name) != "" {
			continue
		}
		if err := fmt.Errorf("%s %w", name, errMissing); os.Getenv("CI") == "" {
			t.Skip(err)
		} else {
			t.Fatal(err)
		}
	}
}

// program returns the path of a program; "" when it is not there. Servers are where only
// root looks for programs.
func program(name string) string {
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}

// script runs a program until the input of the shell ends.
const script = `
"$@" </dev/null & server=$!
echo started
read -r _
kill $server 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 $server 2>/dev/null || exit; sleep 0.1; done
kill -9 $server
`

// Start starts the server again, and waits until it answers.
func (s *Server) Start() error {
	if err := s.start(); err != nil {
		return err
	}
	return s.await(s.Connect)
}

// StartBlind is Start for a server with a certificate that nobody should take.
func (s *Server) StartBlind() error {
	if err := s.start(); err != nil {
		return err
	}
	return s.await(func() (*ldap.Conn, error) { return ldap.DialURL(s.Clear) })
}

func (s *Server) start() error {
	shell := exec.Command("sh", append([]string{"-c", script, "sh"}, s.command...)...) //nolint:gosec,noctx // it lives until Stop
	input, err := shell.StdinPipe()
	if err != nil {
		return err
	}
	output, err := shell.StdoutPipe()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.Folder, "output"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	shell.Stderr = log
	if err := shell.Start(); err != nil {
		return err
	}
	s.process = &process{shell, input}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "started\n" {
		return fmt.Errorf("the shell said %q: %w", line, err)
	}
	go io.Copy(io.Discard, output) //nolint:errcheck // nobody reads what else there is
	return nil
}

// await asks until there is an answer.
func (s *Server) await(connect func() (*ldap.Conn, error)) error {
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var c *ldap.Conn
		if c, err = connect(); err == nil {
			return c.Close()
		}
	}
	said, readErr := os.ReadFile(filepath.Join(s.Folder, "output"))
	return errors.Join(fmt.Errorf("%s does not answer: %w\n%s", s.URL, err, said), readErr)
}

// Stop ends the server.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	s.process.input.Close()
	s.process.shell.Wait() //nolint:errcheck // however it ended
	s.process = nil
}

// Connect returns a connection of the administrator's.
func (s *Server) Connect() (*ldap.Conn, error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.Authority.PEM)
	c, err := ldap.DialURL(s.URL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		return nil, err
	}
	if err := c.Bind(s.Admin, s.Password); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// As returns a connection of the administrator's until the test ends.
func (s *Server) As(t testing.TB) *ldap.Conn {
	t.Helper()
	c, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Add adds an entry as the administrator: its attributes are given as name, value, name,
// value.
func (s *Server) Add(t testing.TB, c *ldap.Conn, dn string, pairs ...string) {
	t.Helper()
	all := make(map[string][]string)
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = append(all[pair[0]], pair[1])
	}
	request := ldap.NewAddRequest(dn, nil)
	for name, values := range all {
		request.Attribute(name, values)
	}
	if err := c.Add(request); err != nil {
		t.Fatalf("add %s: %v", dn, err)
	}
}

// write writes files of the server's folder.
func write(folder string, files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
