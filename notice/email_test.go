package notice

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"io"
	"math/big"
	"mime/quotedprintable"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// mailbox is a mail server that keeps what it gets.
type mailbox struct {
	mu      sync.Mutex
	refuse  error // says it to everything that is sent
	mails   []string
	rcpts   []string
	signed  string // user and password that somebody signed in with
	clear   bool   // something was sent in the clear
	address *net.TCPAddr
	pool    *x509.CertPool
}

// openMailbox starts one: with a certificate for STARTTLS or for TLS from the beginning, or
// without.
func openMailbox(t *testing.T, security Security) *mailbox {
	t.Helper()
	box := &mailbox{}
	server := smtp.NewServer(box)
	server.AllowInsecureAuth = security == Clear
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.address = listener.Addr().(*net.TCPAddr)
	if security != Clear {
		server.TLSConfig = box.certify(t)
	}
	if security == TLS {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return box
}

// certify makes a certificate for 127.0.0.1.
func (b *mailbox) certify(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	b.pool = x509.NewCertPool()
	b.pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func (b *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	if _, ok := c.Conn().(*tls.Conn); ok {
		encrypted = true
	}
	return &session{b, encrypted}, nil
}

// session is one connection.
type session struct {
	*mailbox
	encrypted bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.signed = user + ":" + password
		if password != "right" {
			return errors.New("bad password")
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rcpts = append(s.rcpts, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	if err != nil {
		return err
	}
	s.clear = s.clear || !s.encrypted
	s.mails = append(s.mails, string(text))
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// email returns a channel to a mail server.
func email(t *testing.T, box *mailbox, security Security) *Email {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOMEROOM_SMTP_PASSWORD", "right")
	return &Email{
		To: "it@school.example", From: "homeroom@school.example",
		Host: box.address.IP.String(), Port: box.address.Port, Security: security, Zone: zone,
		TLS: &tls.Config{RootCAs: box.pool, MinVersion: tls.VersionTLS12},
	}
}

// Mails go encrypted, from the beginning or from STARTTLS on, with a password where one is
// given.
func TestEmail(t *testing.T) {
	for _, security := range []Security{StartTLS, TLS, Clear} {
		t.Run(string(security), func(t *testing.T) {
			box := openMailbox(t, security)
			m := email(t, box, security)
			if security != Clear {
				m.User, m.Password = "homeroom", Secret{Variable: "HOMEROOM_SMTP_PASSWORD"}
			}
			answer, err := m.Send(t.Context(), Notice{ID: "n1", Event: shrunk()})
			if err != nil || answer != "taken by 127.0.0.1" {
				t.Fatalf("answer %q, %v", answer, err)
			}
			if len(box.mails) != 1 || box.clear != (security == Clear) {
				t.Errorf("%d mails, in the clear: %t", len(box.mails), box.clear)
			}
			if want := m.User; want != "" && box.signed != want+":right" {
				t.Errorf("signed in as %q", box.signed)
			}
			if diff := cmp.Diff([]string{m.To}, box.rcpts); diff != "" {
				t.Errorf("recipients (-want +got):\n%s", diff)
			}
		})
	}
}

// What a mail server refuses is told in one line, without the password.
func TestEmailRefused(t *testing.T) {
	box := openMailbox(t, StartTLS)
	m := email(t, box, StartTLS)
	m.User, m.Password = "homeroom", Secret{Variable: "HOMEROOM_SMTP_PASSWORD"}
	for _, test := range []struct {
		name string
		set  func()
		want string
	}{
		{"full", func() {
			box.refuse = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
		}, "mailbox full"},
		{"wrong password", func() { t.Setenv("HOMEROOM_SMTP_PASSWORD", "wrong-4711") }, "bad password"},
		{"no password", func() { t.Setenv("HOMEROOM_SMTP_PASSWORD", "") }, "HOMEROOM_SMTP_PASSWORD is not set"},
		{"stranger", func() { t.Setenv("HOMEROOM_SMTP_PASSWORD", "right"); m.TLS = nil }, "unknown authority"},
		{"no STARTTLS", func() { m.Port = openMailbox(t, Clear).address.Port }, "STARTTLS"},
		{"turned away", func() { m.Port = turnsAway(t) }, "go away"},
		{"nobody there", func() { m.Port = 1 }, "connection refused"},
	} {
		test.set()
		_, err := m.Send(t.Context(), Notice{ID: "n1", Event: shrunk()})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "4711") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if len(box.mails) != 0 {
		t.Errorf("%d mails", len(box.mails))
	}
}

// turnsAway returns the port of a mail server that lets nobody in, and says so in two lines.
func turnsAway(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		if c, err := listener.Accept(); err == nil {
			_, _ = io.WriteString(c, "554-please\r\n554 go away\r\n")
			_ = c.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// The mails as somebody reads them at seven.
func TestMails(t *testing.T) {
	empty := ended("failed", 0, 0)
	empty.Steps, empty.Done, empty.Code = 0, 0, "EmptyFile"
	empty.Message = "users.csv has no rows (EmptyFile). Nothing was changed. Have the file made again."
	broke := empty
	broke.Code, broke.Message = "InternalServerError", "The run broke off before there was a plan. Nothing was changed. The server's log tells more."
	idle := ended("completed", 0, 0)
	idle.Steps, idle.Done = 0, 0
	revert := ended("completed", 0, 0)
	revert.RunKind = "revert"
	box := openMailbox(t, StartTLS)
	m := email(t, box, StartTLS)
	for name, e := range map[string]Event{
		"finished": ended("completed", 0, 0), "idle": idle, "revert": revert, "held": ended("completedWithWarnings", 1, 0),
		"failed-steps": ended("completedWithErrors", 3, 2), "shrunk": shrunk(), "empty": empty, "broke": broke,
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := e.For(Kinds())
			golden(t, box, m, name, e)
		})
	}
	t.Run("test", func(t *testing.T) {
		golden(t, box, m, "test", Event{Kind: Test, Tenant: "5e1f", Target: "local", Started: began, Ended: began})
	})
}

func golden(t *testing.T, box *mailbox, m *Email, name string, e Event) {
	t.Helper()
	box.mails = nil
	if _, err := m.Send(t.Context(), Notice{ID: "7d9c0a52-6a3b-5a53-9f0c-2f6f0a0c7b11", Event: e}); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(box.mails[0], "\r\n\r\n")
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	got := append([]byte(strings.ReplaceAll(head, "\r\n", "\n")+"\n\n"), bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n"))...)
	file := filepath.Join("testdata", name+".eml")
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
