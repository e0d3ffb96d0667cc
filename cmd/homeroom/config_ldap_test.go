package main

import (
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// ldapConfig is a target that has all it needs, to which lines are added.
const ldapConfig = `target:
  type: ldap
  base: dc=school,dc=example
`

const (
	ldapAddress = "  url: ldaps://ldap.school.example\n"
	ldapName    = "  bindDN: cn=homeroom,dc=school,dc=example\n"
	ldapSecret  = "  password: ${LDAP_PASSWORD}\n"
	ldapProfile = "  profile: openldap\n"
	soundLDAP   = ldapConfig + ldapAddress + ldapName + ldapSecret + ldapProfile
)

func readTarget(text string) (*config, error) {
	return readSettings("homeroom.yaml", []byte(text), func(string) (string, bool) { return "", false })
}

// TestLDAPSettings reads a server with everything that replaces a part of the profile.
func TestLDAPSettings(t *testing.T) {
	c, err := readTarget(soundLDAP + `  visibleWithin: 30s
  callsPerSecond: 7
  groups: groupOfMembers
  owners: {attribute: manager}
  objects:
    user:
      containers: {"110001": "ou=lincoln,{base}"}
      objectClasses: [inetOrgPerson, posixAccount]
      attributes: {userPrincipalName: mail, education.grade: null}
`)
	if err != nil {
		t.Fatal(err)
	}
	o := c.LDAP.options
	user, group := o.Profile.Classes[directory.User], o.Profile.Classes[directory.ClassGroup]
	_, grade := user.Attributes[directory.Grade]
	for what, ok := range map[string]bool{
		"target": c.Target == ldapTarget, "calls": c.Calls == 7, "visible": o.Visible == 30*time.Second,
		"groups": group.ObjectClasses[0] == "groupOfMembers" && o.Profile.Placeholder == "", "owners": o.Profile.Owners.Attribute == "manager",
		"places":  user.Places["110001"] == "ou=lincoln,{base}" && user.Container == "ou=people,{base}",
		"classes": strings.Join(user.ObjectClasses, " ") == "inetOrgPerson posixAccount homeroomUser",
		"mapped":  user.Attributes[directory.UserPrincipalName] == "mail" && !grade && user.Attributes[directory.GivenName] == "givenName",
		"secret":  c.LDAP.password.Variable == "LDAP_PASSWORD" && o.Password == "",
	} {
		if !ok {
			t.Errorf("%s: %+v", what, o)
		}
	}
}

// TestLDAPExample reads what the example says of LDAP.
func TestLDAPExample(t *testing.T) {
	text, err := readConfig(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "#   target:\n")
	block, _, ended := strings.Cut(rest, "\ntarget: local\n")
	if !found || !ended {
		t.Fatal("the example has no LDAP server")
	}
	if _, err := readTarget("target:\n" + strings.ReplaceAll("\n"+block, "\n#   ", "\n")); err != nil {
		t.Error(err)
	}
}

// TestBadLDAPSettings holds that what is wrong is said with its line, and no secret.
func TestBadLDAPSettings(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no settings":     {"target: ldap\n", "homeroom.yaml:1: An LDAP server needs settings"},
		"not of ldap":     {"target:\n  type: local\n  base: dc=school\n", "homeroom.yaml:3: \"base\" is not a setting of target"},
		"unknown":         {soundLDAP + "  bindDn: x\n", "homeroom.yaml:8: \"bindDn\" is not a setting of target. Did you mean bindDN?"},
		"no url":          {ldapConfig + ldapName + ldapSecret + ldapProfile, "has no url"},
		"bad url":         {ldapConfig + "  url: https://x\n" + ldapName + ldapSecret + ldapProfile, "it begins with ldaps://"},
		"in the clear":    {ldapConfig + "  url: ldap://x\n" + ldapName + ldapSecret + ldapProfile, "is not encrypted"},
		"no profile":      {ldapConfig + ldapAddress + ldapName + ldapSecret, "has no profile"},
		"no password":     {ldapConfig + ldapAddress + ldapName + ldapProfile, "needs the password of its bindDN"},
		"no name":         {ldapConfig + ldapAddress + ldapSecret + ldapProfile, "a password and no bindDN"},
		"password itself": {ldapConfig + ldapAddress + ldapName + "  password: hunter2\n" + ldapProfile, "homeroom.yaml:6: password must not stand in this file"},
		"two passwords":   {soundLDAP + "  passwordFile: x\n", "Keep one of the two"},
		"external, too":   {soundLDAP + "  external: true\n", "no password is used"},
		"half a pair":     {soundLDAP + "  keyFile: x\n", "stand together"},
		"duration":        {soundLDAP + "  visibleWithin: soon\n", "homeroom.yaml:8: visibleWithin is a time"},
		"kind":            {soundLDAP + "  objects: {team: {}}\n", "homeroom.yaml:8: \"team\" is not a setting of objects"},
		"attribute":       {soundLDAP + "  objects: {user: {attributes: {shoeSize: l}}}\n", "homeroom.yaml:8: \"shoeSize\" is not an attribute"},
		"one for two":     {soundLDAP + "  objects: {user: {attributes: {givenName: sn}}}\n", "to one attribute, sn"},
		"group type":      {soundLDAP + "  objects: {classGroup: {groupType: globalSecurity}}\n", "groupType is for groups of Active Directory"},
		"base":            {strings.Replace(soundLDAP, "dc=school,dc=example\n", "school\n", 1), "is not a distinguished name"},
	} {
		_, err := readTarget(test.text)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLDAPFiles holds that files and secrets are read when the directory is opened, and what
// is missing is said.
func TestLDAPFiles(t *testing.T) {
	c, err := readTarget(soundLDAP + "  caFile: /nowhere/ca.pem\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.LDAP.settled(nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "The caFile of the target cannot be read") {
		t.Error(err)
	}
	c.LDAP.ca = ""
	t.Setenv("LDAP_PASSWORD", "")
	if _, err := c.LDAP.settled(nil); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	t.Setenv("LDAP_PASSWORD", "hunter2")
	if o, err := c.LDAP.settled([]string{"school.example"}); err != nil || o.Password != "hunter2" || o.Domains[0] != "school.example" {
		t.Error(o.Domains, err)
	}
}
