package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/homeroomhq/homeroom/fault"
)

// The files of the self-made certificate authority, in the data folder.
const (
	authorityCert = "ca.pem" // what clients are told to trust
	authorityKey  = "ca.key" // readable by its owner alone
	authorityLock = "ca.lock"
)

// How long certificates hold. The authority stays as long as clients may have been
// told of it; what it signs is made anew when a third of its time is left.
const (
	authorityYears = 10
	leafTime       = 90 * 24 * time.Hour
	leafRenewal    = leafTime / 3
	clockSkew      = time.Hour // by which clocks of clients may be behind
)

// authority is a certificate authority that signs the certificates of one server.
type authority struct {
	path  string // of its certificate
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	hosts []string // names and addresses that the server goes by
	now   func() time.Time

	mutex sync.Mutex
	leaf  *tls.Certificate
}

// openAuthority reads the authority of a data folder, and makes it the first time.
func openAuthority(dir string, hosts []string, now func() time.Time) (*authority, error) {
	lock := flock.New(filepath.Join(dir, authorityLock)) // another process may be making it
	if err := lock.Lock(); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The data folder %s cannot be locked", dir)
	}
	defer func() { _ = lock.Unlock() }() // the system drops it anyway
	a := &authority{path: filepath.Join(dir, authorityCert), hosts: hosts, now: now}
	keyPath := filepath.Join(dir, authorityKey)
	_, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = makeAuthority(a.path, keyPath, now())
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The certificate authority of the data folder cannot be made")
	}
	pair, err := tls.LoadX509KeyPair(a.path, keyPath)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The certificate authority of the data folder cannot be read. Delete %s and %s, and the next start makes a new one", a.path, keyPath)
	}
	a.cert = pair.Leaf
	a.key, _ = pair.PrivateKey.(*ecdsa.PrivateKey)
	if a.key == nil || now().After(a.cert.NotAfter) {
		return nil, fault.New(fault.Invalid, "The certificate authority %s has run out or is not Homeroom's. Delete it, and the next start makes a new one, which clients must be told to trust.", a.path)
	}
	return a, nil
}

// makeAuthority makes a new authority. Its certificate is written last: where it is,
// the key is, too.
func makeAuthority(certPath, keyPath string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{Organization: []string{"Homeroom"}, CommonName: "Homeroom's own authority"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.AddDate(authorityYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", encoded, 0o600); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", cert, 0o644)
}

// writePEM writes a file whole or not at all.
func writePEM(path, kind string, bytes []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // its owner's alone
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: bytes})
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(path)
}

func newSerial() *big.Int {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	raw[0] &= 0x7f           // positive, as RFC 5280 wants it
	return new(big.Int).SetBytes(raw[:])
}

// certificate returns the server's certificate, and makes it anew when it is time.
func (a *authority) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.leaf != nil && a.leaf.Leaf.NotAfter.Sub(a.now()) > leafRenewal {
		return a.leaf, nil
	}
	leaf, err := a.sign()
	if err == nil {
		a.leaf = leaf
	}
	return leaf, err
}

func (a *authority) sign() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{Organization: []string{"Homeroom"}, CommonName: a.hosts[0]},
		NotBefore: now.Add(-clockSkew), NotAfter: earlier(now.Add(leafTime), a.cert.NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range a.hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	return &tls.Certificate{Certificate: [][]byte{raw, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// certFiles are a certificate and its key that somebody else keeps up to date. They
// are read again when the certificate's file is another one.
type certFiles struct {
	certPath, keyPath string

	mutex sync.Mutex
	read  time.Time // the modification time of what was read last
	pair  *tls.Certificate
}

// openCertFiles reads them the first time.
func openCertFiles(certPath, keyPath string) (*certFiles, error) {
	c := &certFiles{certPath: certPath, keyPath: keyPath}
	if _, err := c.certificate(nil); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The certificate and its key cannot be used")
	}
	return c, nil
}

// isFor reports whether the certificate is for a name or an address.
func (c *certFiles) isFor(host string) bool {
	pair, err := c.certificate(nil)
	return err == nil && pair.Leaf.VerifyHostname(host) == nil
}

// certificate returns the certificate. One that cannot be read does not take the place
// of the one before.
func (c *certFiles) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	info, err := os.Stat(c.certPath)
	if err == nil && (c.pair == nil || !info.ModTime().Equal(c.read)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certPath, c.keyPath); err == nil {
			c.pair, c.read = &pair, info.ModTime()
		}
	}
	if c.pair != nil {
		return c.pair, nil
	}
	return nil, err
}
