package ldap

import (
	"context"
	"regexp"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// schema is what a server knows, by names in lower case (RFC 4512, 4.2).
type schema struct {
	classes    map[string]bool
	attributes map[string]bool
}

func (s *schema) has(attribute string) bool { return s.attributes[strings.ToLower(attribute)] }

func (s *schema) hasClass(class string) bool { return s.classes[strings.ToLower(class)] }

// schema reads the server's schema.
func (d *Directory) schema(ctx context.Context) (*schema, error) {
	root, err := d.entry(ctx, "", "subschemaSubentry")
	if err != nil {
		return nil, err
	}
	dn := ""
	if root != nil {
		dn = first(root, "subschemaSubentry")
	}
	if dn == "" {
		return nil, fault.New(fault.Denied, "%s does not show where its schema is: let the account read the root entry's subschemaSubentry.", d.options.URL)
	}
	e, err := d.entry(ctx, dn, "objectClasses", "attributeTypes")
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fault.New(fault.Denied, "%s does not show its schema: let the account read %s.", d.options.URL, dn)
	}
	return &schema{classes: namesIn(values(e, "objectClasses")), attributes: namesIn(values(e, "attributeTypes"))}, nil
}

// namesIn returns the names in descriptions such as ( 2.5.4.3 NAME ( 'cn' 'commonName' ) ... ).
func namesIn(descriptions []string) map[string]bool {
	list := regexp.MustCompile(`NAME\s+(?:'([^']+)'|\(([^)]*)\))`)
	found := make(map[string]bool, len(descriptions))
	for _, text := range descriptions {
		match := list.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		for _, name := range strings.Fields(match[1] + " " + match[2]) {
			found[strings.ToLower(strings.Trim(name, "'"))] = true
		}
	}
	return found
}
