package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// trusting returns what a client trusts who was given an authority's certificate.
func trusting(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("the authority's certificate cannot be read")
	}
	return pool
}

// shake shakes hands with a server and returns its certificate.
func shake(t *testing.T, server, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	a, b := net.Pipe()
	defer func() { _, _ = a.Close(), b.Close() }()
	done := make(chan error, 1)
	go func() {
		done <- tls.Server(a, server).HandshakeContext(t.Context())
		_ = a.Close()
	}()
	conn := tls.Client(b, client)
	err := conn.HandshakeContext(t.Context())
	_ = b.Close()
	if broken := <-done; err == nil && broken != nil {
		err = broken
	}
	if err != nil {
		return nil, err
	}
	return conn.ConnectionState().PeerCertificates[0], nil
}

// A client who trusts the authority's certificate trusts the server by each of its
// names, after a restart too, and by no other; the certificate is renewed in time.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	clock := func() time.Time { return now }
	hosts := []string{"school.example", "127.0.0.1", "::1"}
	first, err := openAuthority(dir, hosts, clock)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openAuthority(dir, hosts, clock)
	if err != nil {
		t.Fatal(err)
	}
	roots := trusting(t, first.path)
	for _, a := range []*authority{first, again} {
		server := &tls.Config{GetCertificate: a.certificate, MinVersion: tls.VersionTLS12}
		for _, host := range hosts {
			if _, err := shake(t, server, &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
				t.Errorf("%s: %v", host, err)
			}
		}
		if _, err := shake(t, server, &tls.Config{RootCAs: roots, ServerName: "bank.example", MinVersion: tls.VersionTLS12}); err == nil {
			t.Error("the certificate is good for another host")
		}
	}
	leaf, _ := first.certificate(nil)
	now = now.Add(leafTime - leafRenewal - time.Hour)
	if same, _ := first.certificate(nil); same != leaf {
		t.Error("the certificate was renewed early")
	}
	now = now.Add(2 * time.Hour)
	if renewed, _ := first.certificate(nil); renewed == leaf || !renewed.Leaf.NotAfter.After(leaf.Leaf.NotAfter) {
		t.Error("the certificate was not renewed")
	}
	now = now.AddDate(authorityYears, 0, 0)
	if _, err := openAuthority(dir, hosts, clock); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an authority that has run out gives %v", err)
	}
}

// The authority's key is its owner's alone, and nothing else is left behind.
func TestAuthorityFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := openAuthority(dir, []string{"localhost"}, time.Now); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, authorityKey))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && os.PathSeparator == '/' {
		t.Errorf("the key has the mode %o", mode)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	if err := os.Remove(filepath.Join(dir, authorityKey)); err != nil {
		t.Fatal(err)
	}
	if _, err := openAuthority(dir, []string{"localhost"}, time.Now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without its key the authority gives %v", err)
	}
}

// A certificate that somebody else renews is read again; half a renewal changes
// nothing.
func TestCertFiles(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := openCertFiles(cert, key); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without files: %v", err)
	}
	second := time.Now()
	renew := func() {
		t.Helper()
		second = second.Add(time.Second)
		if err := makeAuthority(cert, key, second); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(cert, second, second); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	files, err := openCertFiles(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := files.certificate(nil)
	if same, _ := files.certificate(nil); same != first {
		t.Error("the same files were read again")
	}
	renew()
	second = second.Add(time.Second)
	renewed, _ := files.certificate(nil)
	if renewed == first {
		t.Error("the renewed certificate is not used")
	}
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if kept, err := files.certificate(nil); kept != renewed || err != nil {
		t.Errorf("with half a file the certificate is %p, %v, want %p", kept, err, renewed)
	}
}

// A server goes by the names that it was told and those in its certificate.
func TestGoesBy(t *testing.T) {
	dir := t.TempDir()
	ours, err := openAuthority(dir, []string{"graph.school.example", "192.0.2.7"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ours.certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := serveOptions{names: []string{"localhost", "::1"}, files: &certFiles{pair: pair}}
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST:8080": true, "[::1]:8080": true, "graph.school.example:443": true, "Graph.School.Example": true, "192.0.2.7": true,
		"": false, "school.example": false, "evil.example": false, "192.0.2.8": false, "graph.school.example.evil.example": false,
		"localhost:80evil": false, "localhost:": false, "localhost:99999": false, "a@localhost": false, "localhost/evil": false,
	} {
		if got := o.goesBy(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
