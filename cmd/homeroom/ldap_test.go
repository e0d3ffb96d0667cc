package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

// TestLDAP runs commands with an OpenLDAP server as the directory: $LDAP_URL, with the base
// $LDAP_BASE, signed by $LDAPTLS_CACERT. Homeroom's account has the password $PASSWORD.
func TestLDAP(t *testing.T) {
	if _, err := exec.LookPath("ldapsearch"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "ldap"),
		UpdateScripts:      *updateScripts,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			s := ldaptest.Slapd(e.T().(testing.TB), "../../docs/targets/homeroom.ldif")
			until := time.Now().AddDate(1, 0, 0).UTC() // one that ends soon would be told of
			if err := s.Certify(s.Authority, "127.0.0.1", until); err != nil {
				return err
			}
			s.Stop()
			if err := s.Start(); err != nil {
				return err
			}
			e.Setenv("HOMEROOM_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("TZ", "UTC")
			e.Setenv("NO_COLOR", "1")
			e.Setenv("LDAP_URL", s.URL)
			e.Setenv("LDAP_CLEAR", s.Clear)
			e.Setenv("LDAP_BASE", s.Base)
			e.Setenv("LDAPTLS_CACERT", filepath.Join(s.Folder, "ca.pem"))
			e.Setenv("PASSWORD", s.Password)
			e.Setenv("UNTIL", until.Format(time.DateOnly))
			return nil
		},
		Cmds: scriptCommands(),
	})
}
