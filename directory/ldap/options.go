package ldap

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Options say which directory it is, and how it is spoken to.
type Options struct {
	// URL is ldaps://host[:636], ldap://host[:389] or, for a socket of this machine,
	// ldapi://%2Frun%2Fslapd%2Fldapi.
	URL      string
	StartTLS bool // on ldap://
	// Plain allows ldap:// without TLS, where everybody on the way can read along. It is
	// for a server on this machine.
	Plain bool
	TLS   TLS

	// Who signs in: by name and password, or, with External, as whom the certificate or
	// the socket shows (SASL EXTERNAL).
	BindDN   string // or, in Active Directory, a userPrincipalName
	Password directory.Secret
	External bool

	Base    string // the entry below which all is: dc=school,dc=example
	Profile Profile

	Connections int           // at most; 0 for 16, and 4 of Active Directory
	Timeout     time.Duration // of one request; 0 for 15 s
	Visible     time.Duration // how long a replica may take to show a write
	Domains     []string      // of userPrincipalName; empty for any
}

// TLS is how the server shows who it is, and we do. Everything is PEM.
type TLS struct {
	CA          []byte // who signs servers' certificates; nil for those whom this machine trusts
	Certificate []byte // ours, for External
	Key         []byte
	ServerName  string // that the server's certificate must bear; "" for the URL's host
}

func (o *Options) connections() int {
	n := 16
	if o.Profile.ActiveDirectory {
		n = 4
	}
	return cmp.Or(o.Connections, n)
}

func (o *Options) timeout() time.Duration { return cmp.Or(o.Timeout, 15*time.Second) }

// who is whom sentences call the account.
func (o *Options) who() string {
	if o.External {
		return "the account of the certificate"
	}
	return cmp.Or(o.BindDN, "somebody who did not sign in")
}

// encrypted reports whether nobody on the way can read along.
func (o *Options) encrypted() bool {
	return o.StartTLS || strings.HasPrefix(o.URL, "ldaps:") || strings.HasPrefix(o.URL, "ldapi:")
}

// Valid refuses what cannot work, with a sentence, before anybody is asked.
func (o *Options) Valid() error {
	invalid := func(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }
	scheme, _, _ := strings.Cut(o.URL, ":")
	if _, err := url.Parse(o.URL); err != nil && scheme != "ldapi" || !slices.Contains([]string{"ldap", "ldaps", "ldapi"}, scheme) {
		return invalid("The LDAP server %q is no URL: it begins with ldaps://, ldap:// or ldapi://.", o.URL)
	}
	switch {
	case o.StartTLS && scheme != "ldap":
		return invalid("StartTLS is for ldap://; %s has its own encryption.", o.URL)
	case !o.encrypted() && !o.Plain:
		return invalid("%s is not encrypted: use ldaps://, or startTLS: true.", o.URL)
	case o.External == (o.BindDN != "" || o.Password != ""):
		return invalid("Give either a bindDN with a password, or external: true.")
	case !o.External && o.Password == "":
		return invalid("The password of %s is missing; without one a server takes everybody for nobody.", o.BindDN)
	case (len(o.TLS.Certificate) > 0) != (len(o.TLS.Key) > 0):
		return invalid("A client certificate needs its key, and a key its certificate.")
	}
	if _, err := goldap.ParseDN(o.Base); err != nil || o.Base == "" {
		return invalid("The base %q is not a distinguished name such as dc=school,dc=example.", o.Base)
	}
	return o.Profile.check()
}
