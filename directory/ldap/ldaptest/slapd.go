package ldaptest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Homeroom is the name of the account that has the rights which docs/targets/ldap.md asks
// for, and no more, below the base of an OpenLDAP.
const Homeroom = "cn=homeroom"

// Slapd starts an OpenLDAP of its own for a test, empty but for the containers. It knows
// the schemas in the files with these paths: Homeroom's, and others.
func Slapd(t testing.TB, schemas ...string) *Server {
	t.Helper()
	need(t, "slapd", "slapadd")
	s, err := newSlapd(schemas)
	if s != nil {
		t.Cleanup(func() {
			s.Stop()
			os.RemoveAll(s.Folder)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	c := s.As(t)
	s.Add(t, c, s.Base, "objectClass", "dcObject", "objectClass", "organization", "dc", "school", "o", "School")
	s.Add(t, c, Homeroom+","+s.Base, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "userPassword", s.Password)
	for _, unit := range []string{"people", "classes", "groups", "units"} {
		s.Add(t, c, "ou="+unit+","+s.Base, "objectClass", "organizationalUnit")
	}
	return s
}

func newSlapd(schemas []string) (*Server, error) {
	folder, err := os.MkdirTemp("", "slapd")
	if err != nil {
		return nil, err
	}
	s := &Server{Base: "dc=school,dc=example", Password: "secret-of-a-test", Folder: folder}
	s.Admin = "cn=admin," + s.Base
	if err := s.configure(schemas); err != nil {
		return s, err
	}
	return s, s.Start()
}

// configure makes certificates, ports and the configuration.
func (s *Server) configure(schemas []string) error {
	var err error
	if s.Authority, err = NewAuthority(); err != nil {
		return err
	}
	if err := s.Certify(s.Authority, "127.0.0.1", time.Now().Add(24*time.Hour)); err != nil {
		return err
	}
	secure, plain, err := twoPorts()
	if err != nil {
		return err
	}
	s.URL, s.Clear = "ldaps://"+secure, "ldap://"+plain
	s.Socket = "ldapi://" + url.PathEscape(filepath.Join(s.Folder, "socket"))
	var included strings.Builder
	for _, schema := range schemas {
		path, err := filepath.Abs(schema)
		if err != nil {
			return err
		}
		fmt.Fprintf(&included, "include: %s\n", &url.URL{Scheme: "file", Path: path})
	}
	config := strings.NewReplacer("FOLDER", s.Folder, "BASE", s.Base, "PASSWORD", s.Password, "SCHEMAS\n", included.String())
	if err := write(s.Folder, map[string]string{"config.ldif": config.Replace(slapdConfig)}); err != nil {
		return err
	}
	for _, name := range []string{"config", "data"} {
		if err := os.Mkdir(filepath.Join(s.Folder, name), 0o700); err != nil {
			return err
		}
	}
	load := exec.Command(program("slapadd"), "-n", "0", "-F", filepath.Join(s.Folder, "config"), "-l", filepath.Join(s.Folder, "config.ldif")) //nolint:gosec,noctx // our own files, and it takes no time
	if said, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("slapadd: %w\n%s", err, said)
	}
	s.command = []string{program("slapd"), "-d", "0", "-F", filepath.Join(s.Folder, "config"), "-h", s.URL + " " + s.Clear + " " + s.Socket}
	return nil
}

// Certify gives the server a certificate for a host, by an authority, which may be
// another than its own. It is used from the next start on.
func (s *Server) Certify(a *Authority, host string, until time.Time) error {
	pair, err := a.Server(host, until)
	if err != nil {
		return err
	}
	return write(s.Folder, map[string]string{
		"ca.pem": string(s.Authority.PEM), "certificate.pem": string(pair.Certificate), "key.pem": string(pair.Key),
	})
}

// twoPorts returns two addresses on which nobody listens.
func twoPorts() (one, other string, err error) {
	a, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return "", "", err
	}
	b, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return "", "", errors.Join(err, a.Close())
	}
	return a.Addr().String(), b.Addr().String(), errors.Join(a.Close(), b.Close())
}

// slapdConfig is a server as docs/targets/ldap.md asks for it.
const slapdConfig = `dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: FOLDER/pid
olcTLSCACertificateFile: FOLDER/ca.pem
olcTLSCertificateFile: FOLDER/certificate.pem
olcTLSCertificateKeyFile: FOLDER/key.pem
olcTLSVerifyClient: allow
olcAuthzRegexp: cn=homeroom cn=homeroom,BASE
olcLogLevel: 0

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: syncprov

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif
SCHEMAS

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcAccess: to * by * read

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcRootDN: cn=admin,BASE

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: BASE
olcDbDirectory: FOLDER/data
olcDbMaxSize: 1073741824
olcDbNoSync: TRUE
olcRootDN: cn=admin,BASE
olcRootPW: PASSWORD
olcDbIndex: objectClass,entryUUID,homeroomAnchorId,homeroomPrincipalName,uid,cn,mail eq
olcLimits: dn.exact="cn=homeroom,BASE" size=unlimited time=unlimited
olcAccess: {0}to attrs=userPassword by dn.exact="cn=homeroom,BASE" write by anonymous auth by * none
olcAccess: {1}to dn.subtree="ou=people,BASE" by dn.exact="cn=homeroom,BASE" write by users read
olcAccess: {2}to dn.subtree="ou=classes,BASE" by dn.exact="cn=homeroom,BASE" write by users read
olcAccess: {3}to dn.subtree="ou=groups,BASE" by dn.exact="cn=homeroom,BASE" write by users read
olcAccess: {4}to dn.subtree="ou=units,BASE" by dn.exact="cn=homeroom,BASE" write by users read
olcAccess: {5}to * by users read

dn: olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcSyncProvConfig
olcOverlay: {0}syncprov
`
