package ldaptest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// theDomain starts the domain controller of this process the first time: to make a domain
// takes half a minute.
//
//nolint:gochecknoglobals // tests have nothing else in common
var theDomain = sync.OnceValues(newDomain)

// Domain returns a domain controller of Active Directory, with containers below a place of
// the test's own, which is the server's base. What the test makes there is gone when it
// ends. Samba listens on the ports below 1024 that the protocol names, so that this takes
// root.
func Domain(t testing.TB) *Server {
	t.Helper()
	need(t, "samba", "samba-tool")
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "" {
			t.Skip("Samba listens on ports that only root may take")
		}
		t.Fatal("Samba listens on ports that only root may take")
	}
	server, err := theDomain()
	if err != nil {
		t.Fatal(err)
	}
	s := *server
	s.Base = fmt.Sprintf("OU=T%d,%s", rand.Uint32(), server.Base) //nolint:gosec // only to be another one
	c := s.As(t)
	for _, dn := range []string{"", "OU=Homeroom,", "OU=People,OU=Homeroom,", "OU=Classes,OU=Homeroom,", "OU=Groups,OU=Homeroom,", "OU=Units,OU=Homeroom,"} {
		s.Add(t, c, dn+s.Base, "objectClass", "organizationalUnit")
	}
	t.Cleanup(func() {
		if err := s.clear(); err != nil {
			t.Error(err)
		}
	})
	return &s
}

// clear deletes what a test made.
func (s *Server) clear() error {
	c, err := s.Connect()
	if err != nil {
		return err
	}
	defer c.Close()
	// Groups go first: to delete a user who is a member takes Samba long.
	groups, err := c.Search(&ldap.SearchRequest{BaseDN: s.Base, Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=group)", Attributes: []string{"1.1"}})
	if err != nil {
		return err
	}
	for _, group := range groups.Entries {
		if err := c.Del(ldap.NewDelRequest(group.DN, nil)); err != nil {
			return err
		}
	}
	const many = 1000
	users, err := c.SearchWithPaging(&ldap.SearchRequest{BaseDN: s.Base, Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=user)", Attributes: []string{"1.1"}}, many)
	if err != nil || len(users.Entries) > many {
		return err // it takes a minute; they stay until the domain goes
	}
	request := ldap.NewDelRequest(s.Base, []ldap.Control{ldap.NewControlSubtreeDelete()})
	return c.Del(request)
}

// newDomain makes a domain, and starts its controller.
func newDomain() (*Server, error) {
	folder, err := os.MkdirTemp("", "samba")
	if err != nil {
		return nil, err
	}
	s := &Server{Base: "DC=school,DC=test", Admin: "Administrator@school.test", Password: "Secret-of-a-test-7", Folder: folder}
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.N(250), 1+rand.N(250), 1+rand.N(250)) //nolint:gosec // only to be another one
	s.URL, s.Clear = "ldaps://"+net.JoinHostPort(host, "636"), "ldap://"+net.JoinHostPort(host, "389")
	if s.Authority, err = NewAuthority(); err != nil {
		return nil, err
	}
	make := exec.Command(program("samba-tool"), "domain", "provision", "--targetdir="+folder, "--realm=SCHOOL.TEST", "--domain=SCHOOL", //nolint:gosec,noctx // in a folder of our own
		"--server-role=dc", "--use-rfc2307", "--adminpass="+s.Password, "--dns-backend=NONE", "--host-name=dc",
		"--option=interfaces=lo", "--option=bind interfaces only=yes", "--option=vfs objects=", "--quiet")
	if said, err := make.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("samba-tool domain provision: %w\n%s", err, said), os.RemoveAll(folder))
	}
	if err := s.Certify(s.Authority, host, time.Now().Add(24*time.Hour)); err != nil {
		return nil, err
	}
	if err := write(folder, map[string]string{"smb.conf": strings.NewReplacer("FOLDER", folder, "HOST", host).Replace(sambaConfig)}); err != nil {
		return nil, err
	}
	s.command = []string{"sh", "-c", `trap 'rm -rf "$1"' EXIT; trap 'kill $samba' TERM; "$2" -i -M single --debug-stdout -s "$1/smb.conf" >"$1/log" 2>&1 & samba=$!; wait; wait`, "sh", folder, program("samba")}
	return s, s.Start()
}

// sambaConfig is a controller that speaks LDAP and nothing else.
const sambaConfig = `[global]
	workgroup = SCHOOL
	realm = SCHOOL.TEST
	netbios name = DC
	server role = active directory domain controller
	server services = ldap
	interfaces = HOST/8
	bind interfaces only = yes
	private dir = FOLDER/private
	state directory = FOLDER/state
	cache directory = FOLDER/cache
	lock directory = FOLDER
	pid directory = FOLDER
	ncalrpc dir = FOLDER/ncalrpc
	binddns dir = FOLDER/bind-dns
	log file = FOLDER/log.samba
	idmap_ldb:use rfc2307 = yes
	tls certfile = FOLDER/certificate.pem
	tls keyfile = FOLDER/key.pem
	tls cafile = FOLDER/ca.pem
`
