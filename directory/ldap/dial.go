package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/fault"
)

// dialTime is how long it may take until a connection is there, encrypted and signed in.
const dialTime = 10 * time.Second

// dialer makes connections that are signed in.
type dialer struct {
	options       Options
	network, host string // tcp and host:port, or unix and a path
	tls           *tls.Config
}

func newDialer(o Options) (*dialer, error) {
	d := &dialer{options: o, network: "tcp"}
	if path, local := strings.CutPrefix(o.URL, "ldapi://"); local {
		d.network = "unix"
		var err error
		if d.host, err = url.PathUnescape(strings.TrimSuffix(path, "/")); err != nil || d.host == "" {
			return nil, fault.New(fault.Invalid, "%s names no socket: write its path as in ldapi://%%2Frun%%2Fslapd%%2Fldapi.", o.URL)
		}
		return d, nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fault.Wrap(err, fault.Invalid, "The LDAP server %s has no host", o.URL)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	d.host = net.JoinHostPort(u.Hostname(), port)
	d.tls, err = o.TLS.config(u.Hostname())
	return d, err
}

// config returns what the two sides must show each other.
func (t *TLS) config(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.ServerName != "" {
		config.ServerName = t.ServerName
	}
	if len(t.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(t.CA) {
			return nil, fault.New(fault.Invalid, "There is no certificate in what was given as the CA of the LDAP server; it begins with -----BEGIN CERTIFICATE-----.")
		}
	}
	if len(t.Certificate) > 0 {
		pair, err := tls.X509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The client certificate for the LDAP server cannot be used")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// dial returns a connection that is ready for work.
func (d *dialer) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	wire, err := (&net.Dialer{}).DialContext(ctx, d.network, d.host)
	if err != nil {
		return nil, d.unreachable(err)
	}
	secure := strings.HasPrefix(d.options.URL, "ldaps:")
	if secure {
		t := tls.Client(wire, d.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			wire.Close()
			return nil, d.unreachable(err)
		}
		wire = t
	}
	c := goldap.NewConn(wire, secure)
	c.SetTimeout(d.options.timeout())
	c.Start()
	stop := context.AfterFunc(ctx, func() { wire.Close() })
	defer stop()
	if err := d.enter(c); err != nil {
		c.Close()
		return nil, err
	}
	return &conn{Conn: c, wire: wire, used: time.Now()}, nil
}

// enter encrypts where that is still to be done, and signs in.
func (d *dialer) enter(c *goldap.Conn) error {
	if d.options.StartTLS {
		if err := c.StartTLS(d.tls); err != nil {
			return d.unreachable(err)
		}
	}
	var err error
	if d.options.External {
		err = c.ExternalBind()
	} else {
		err = c.Bind(d.options.BindDN, string(d.options.Password))
	}
	if isLost(err) {
		return d.unreachable(err)
	}
	return d.rejected(err)
}

// unreachable explains why there is no connection.
func (d *dialer) unreachable(err error) error {
	server := d.options.URL
	text := err.Error()
	says := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case says("certificate has expired"), says("not yet valid"):
		return fault.Wrap(err, fault.Unavailable, "The certificate of %s has expired, or is not valid yet: renew it on the server, and check this machine's clock", server)
	case says("unknown authority"), says("certificate signed by"):
		return fault.Wrap(err, fault.Unavailable, "The certificate of %s was signed by nobody whom this machine trusts: name the CA that signed it", server)
	case says("certificate is valid for"), says("doesn't contain any IP SANs"), says("not valid for any names"):
		return fault.Wrap(err, fault.Unavailable, "The certificate of %s is for another host: use the name that it bears, or name it as serverName", server)
	case says("x509"), says("tls:"), says("TLS"):
		return fault.Wrap(err, fault.Unavailable, "No encrypted connection to %s could be made", server)
	case errors.Is(err, context.Canceled):
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "The LDAP server %s cannot be reached: check its address, its firewall, and that it runs", server)
}

// rejected explains why the account may not sign in.
func (d *dialer) rejected(err error) error {
	who := d.options.who()
	switch code := codeOf(err); code {
	case goldap.LDAPResultSuccess:
		return err
	case goldap.LDAPResultInvalidCredentials, goldap.LDAPResultInappropriateAuthentication:
		return fault.Wrap(err, fault.Denied, "%s does not let %s in: %s", d.options.URL, who, whyNot(err.Error()))
	case goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultConfidentialityRequired:
		return fault.Wrap(err, fault.Denied, "%s lets nobody in without encryption: use ldaps://, or startTLS: true", d.options.URL)
	case goldap.LDAPResultAuthMethodNotSupported:
		return fault.Wrap(err, fault.Denied, "%s does not know this way to sign in: for external: true it must ask for client certificates, or be reached by its socket", d.options.URL)
	case goldap.LDAPResultBusy, goldap.LDAPResultUnavailable:
		return fault.Wrap(err, fault.Unavailable, "%s has no time at the moment", d.options.URL)
	}
	return fault.Wrap(err, fault.Denied, "%s does not let %s in", d.options.URL, who)
}

// whyNot makes a sentence of the codes of Active Directory (MS-ERREF), which says 49 to
// all of them.
func whyNot(text string) string {
	for code, why := range map[string]string{
		"data 525": "there is no such account", "data 52e": "the name or the password is wrong",
		"data 530": "not at this time of the day", "data 531": "not from this machine",
		"data 532": "its password has expired", "data 533": "the account is disabled",
		"data 701": "the account has expired", "data 773": "its password must be changed first",
		"data 775": "the account is locked",
	} {
		if strings.Contains(text, code) {
			return why
		}
	}
	return "the name or the password is wrong"
}
