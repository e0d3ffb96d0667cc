package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/notice"
)

// ldapServer is a server that speaks LDAP, and how Homeroom signs in there. Files and
// secrets are read when the directory is opened.
type ldapServer struct {
	options  ldap.Options // without what is secret or in files
	password notice.Secret

	ca, certificate, key string // files, PEM
}

// settled returns the options with what is in files and in the environment.
func (s *ldapServer) settled(domains []string) (ldap.Options, error) {
	o := s.options
	o.Domains = domains
	for _, file := range []struct {
		name, path string
		to         *[]byte
	}{{"caFile", s.ca, &o.TLS.CA}, {"certificateFile", s.certificate, &o.TLS.Certificate}, {"keyFile", s.key, &o.TLS.Key}} {
		if file.path == "" {
			continue
		}
		text, err := os.ReadFile(file.path)
		if err != nil {
			return o, fault.Wrap(err, fault.Invalid, "The %s of the target cannot be read", file.name)
		}
		*file.to = text
	}
	if o.External {
		return o, nil
	}
	password, err := s.password.Read()
	o.Password = directory.Secret(password)
	return o, err
}

func (s *ldapServer) open(ctx context.Context, domains []string) (directory.Target, error) {
	o, err := s.settled(domains)
	if err != nil {
		return nil, err
	}
	d, err := ldap.Open(ctx, o)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Denied {
		return nil, fault.New(e.Kind, "%s.", e.Message) // the cause has no more to say
	} else if ok {
		return nil, e // without what was being read
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// ldap reads the settings of a server.
func (r *configReader) ldap(v value) error {
	s := &ldapServer{}
	var profile string
	var overrides []func(*ldap.Profile) error
	known := r.ldapFields(s)
	known["profile"] = oneOfTo(&profile, "openldap", "activedirectory")
	override := func(read func(*ldap.Profile) func(value) error) func(value) error {
		return func(v value) error {
			overrides = append(overrides, func(p *ldap.Profile) error { return read(p)(v) })
			return nil
		}
	}
	known["groups"] = override(groupsTo)
	known["unitsIn"] = override(func(p *ldap.Profile) func(value) error { return textTo(&p.UnitsIn) })
	known["passwordHash"] = override(func(p *ldap.Profile) func(value) error { return oneOfTo(&p.PasswordHash, "ssha", "clear") })
	known["owners"] = override(ownersTo)
	known["privileged"] = override(func(p *ldap.Profile) func(value) error { return textsTo(&p.Privileged) })
	known["guests"] = override(func(p *ldap.Profile) func(value) error { return textsTo(&p.Guests) })
	known["objects"] = override(objectsTo)
	if err := v.object(known); err != nil {
		return err
	}
	if profile == "" {
		return v.fail("This target has no profile. Write profile: openldap, or profile: activedirectory.")
	}
	var err error
	if s.options.Profile, err = ldap.NamedProfile(profile); err != nil {
		return err
	}
	for _, apply := range overrides {
		if err := apply(&s.options.Profile); err != nil {
			return err
		}
	}
	r.LDAP = s
	return s.check(v)
}

// ldapFields are the settings of a server, but for what its type and its profile are.
func (r *configReader) ldapFields(s *ldapServer) fields {
	o := &s.options
	ignored := func(value) error { return nil }
	return fields{
		"type": ignored, "callsPerSecond": ignored, // which were read
		"url":             textTo(&o.URL),
		"startTLS":        boolTo(&o.StartTLS),
		"plain":           boolTo(&o.Plain),
		"caFile":          textTo(&s.ca),
		"serverName":      textTo(&o.TLS.ServerName),
		"certificateFile": textTo(&s.certificate),
		"keyFile":         textTo(&s.key),
		"external":        boolTo(&o.External),
		"bindDN":          textTo(&o.BindDN),
		"password":        variableTo(&s.password),
		"passwordFile":    textTo(&s.password.File),
		"base":            textTo(&o.Base),
		"connections":     numberTo(&o.Connections),
		"timeout":         durationTo(&o.Timeout),
		"visibleWithin":   durationTo(&o.Visible),
		"profile":         ignored, "groups": ignored, "unitsIn": ignored, "passwordHash": ignored, "owners": ignored,
		"privileged": ignored, "guests": ignored, "objects": ignored,
	}
}

// mostConnections is how many a configuration may ask for.
const mostConnections = 64

// check refuses what cannot work, before a server is asked.
func (s *ldapServer) check(v value) error {
	o := s.options
	switch {
	case o.URL == "":
		return v.fail("This target has no url. Write one, as in url: ldaps://ldap.school.example.")
	case o.Base == "":
		return v.fail("This target has no base. Write the entry below which all is, as in base: dc=school,dc=example.")
	case (s.certificate == "") != (s.key == ""):
		return v.fail("certificateFile and keyFile stand together, or neither.")
	case o.Connections > mostConnections:
		return v.fail("connections is at most %d.", mostConnections)
	}
	if err := s.checkSecret(v); err != nil {
		return err
	}
	if !o.External {
		o.Password = "is read later"
	}
	if err := o.Valid(); err != nil {
		return v.fail("%s", err)
	}
	return nil
}

// checkSecret refuses settings by which nobody could sign in.
func (s *ldapServer) checkSecret(v value) error {
	o := s.options
	secret := s.password.Variable != "" || s.password.File != ""
	switch {
	case s.password.Variable != "" && s.password.File != "":
		return v.fail("This target has a password and a passwordFile. Keep one of the two.")
	case o.External && secret:
		return v.fail("With external: true no password is used. Take it out, or take external out.")
	case !o.External && !secret:
		return v.fail("This target needs the password of its bindDN, either as password: ${NAME}, an environment variable, or as passwordFile: PATH.")
	case !o.External && o.BindDN == "":
		return v.fail("This target has a password and no bindDN, the name to sign in with.")
	}
	return nil
}

// durationTo reads a time such as 30s.
func durationTo(to *time.Duration) func(value) error {
	return func(v value) error {
		text, err := v.text()
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 || d > time.Hour {
			return v.fail("%s is a time such as 30s or 2m, an hour at most.", v.described())
		}
		*to = d
		return nil
	}
}

// groupsTo reads the object class that groups have in place of the profile's.
func groupsTo(p *ldap.Profile) func(value) error {
	return func(v value) error {
		class, err := v.oneOf("groupOfNames", "groupOfMembers", "groupOfUniqueNames")
		switch {
		case err != nil:
			return err
		case p.ActiveDirectory:
			return v.fail("groups is for OpenLDAP: Active Directory has one class of groups.")
		}
		*p = p.WithGroups(class)
		return nil
	}
}

// ownersTo reads where class groups keep their owners.
func ownersTo(p *ldap.Profile) func(value) error {
	return func(v value) error {
		return v.object(fields{
			"attribute": textTo(&p.Owners.Attribute), "single": boolTo(&p.Owners.Single), "more": textTo(&p.Owners.More),
		})
	}
}

// objectsTo reads how objects of single kinds are written, where that is not as the profile
// has it.
func objectsTo(p *ldap.Profile) func(value) error {
	return func(v value) error {
		p.Classes = maps.Clone(p.Classes)
		known := make(fields)
		for _, kind := range directory.Kinds() {
			known[string(kind)] = func(v value) error {
				c := p.Classes[kind]
				c.Places, c.Attributes, c.Observed = maps.Clone(c.Places), maps.Clone(c.Attributes), maps.Clone(c.Observed)
				c.Filled, c.Fixed = maps.Clone(c.Filled), maps.Clone(c.Fixed)
				err := v.object(objectFields(kind, &c))
				p.Classes[kind] = c
				return err
			}
		}
		return v.object(known)
	}
}

func objectFields(kind directory.Kind, c *ldap.Class) fields {
	return fields{
		"container":     textTo(&c.Container),
		"containers":    textsByNameTo(&c.Places),
		"filter":        textTo(&c.Filter),
		"namedBy":       textTo(&c.RDN),
		"prefix":        textTo(&c.Prefix),
		"objectClasses": objectClassesTo(c),
		"filled":        textsByNameTo(&c.Filled),
		"groupType":     func(v value) error { return groupTypeTo(kind, c)(v) },
		"attributes":    attributesTo(kind, c),
	}
}

// objectClassesTo reads the classes that new entries have besides the one that entries which
// were there are given, too.
func objectClassesTo(c *ldap.Class) func(value) error {
	return func(v value) error {
		var classes []string
		if err := textsTo(&classes)(v); err != nil {
			return err
		}
		if c.Auxiliary != "" && !slices.ContainsFunc(classes, func(one string) bool { return strings.EqualFold(one, c.Auxiliary) }) {
			classes = append(classes, c.Auxiliary)
		}
		c.ObjectClasses = classes
		return nil
	}
}

// groupTypeTo reads the type of groups in Active Directory.
func groupTypeTo(kind directory.Kind, c *ldap.Class) func(value) error {
	types := map[string]string{
		"globalSecurity": ldap.GlobalSecurity, "universalSecurity": ldap.UniversalSecurity,
		"globalDistribution": ldap.GlobalDistribution, "universalDistribution": ldap.UniversalDistribution,
	}
	return func(v value) error {
		name, err := v.oneOf(slices.Sorted(maps.Keys(types))...)
		switch {
		case err != nil:
			return err
		case kind == directory.User || c.Fixed["groupType"] == nil:
			return v.fail("groupType is for groups of Active Directory.")
		}
		c.Fixed["groupType"] = []string{types[name]}
		return nil
	}
}

// attributesTo reads attributes of LDAP by Homeroom's names. Null stands for none: the
// attribute is not written.
func attributesTo(kind directory.Kind, c *ldap.Class) func(value) error {
	return func(v value) error {
		return v.entries(func(key, of value) error {
			if c.Attributes[of.name] == "" && !slices.Contains(ldap.Written(), of.name) {
				return key.fail("%q is not an attribute of kind %s.", of.name, kind)
			}
			if of.null() {
				delete(c.Attributes, of.name)
				return nil
			}
			text, err := of.text()
			c.Attributes[of.name] = text
			return err
		})
	}
}

// textsByNameTo reads texts by name into what is there.
func textsByNameTo(to *map[string]string) func(value) error {
	return func(v value) error {
		if *to == nil {
			*to = make(map[string]string)
		}
		return v.entries(func(_, of value) error {
			text, err := of.text()
			(*to)[of.name] = text
			return err
		})
	}
}
