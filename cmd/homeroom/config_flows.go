package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// The names in this file are those of the API's types and properties.
const typeNamespace = "microsoft.graph.industryData."

const typeKey = "@odata.type"

// typed reads an object of the API: it may say its type, and if it does, the
// type must be right.
func (v value) typed(name string, known fields) error {
	known[typeKey] = func(of value) error {
		if got, err := of.typeName(); err != nil || got == name {
			return err
		}
		return of.fail("%s must be #%s here.", typeKey, typeNamespace+name)
	}
	return v.object(known)
}

// typeName reads the name of a type, with or without "#".
func (v value) typeName() (string, error) {
	text, err := v.text()
	name, ours := strings.CutPrefix(strings.TrimPrefix(text, "#"), typeNamespace)
	if err == nil && !ours {
		err = v.fail("%s must begin with #%s.", typeKey, typeNamespace)
	}
	return name, err
}

func (v value) isObject() bool { return v.node.Kind == yaml.MappingNode }

func (v value) isList() bool { return v.node.Kind == yaml.SequenceNode }

func (r *configReader) flowSets(v value) error { return v.items(r.flowSet) }

func (r *configReader) flowSet(v value) error {
	set := flow.Set{ID: flowSetID(len(r.Settings.Sets))}
	err := v.typed("outboundProvisioningFlowSet", fields{
		"id":          textTo(&set.ID),
		"displayName": textTo(&set.DisplayName),
		"filter": func(v value) (err error) {
			set.Filter, err = readFilter(v)
			return err
		},
		"provisioningFlows": func(v value) error {
			return v.items(func(item value) error { return r.flow(item, &set) })
		},
	})
	switch {
	case err != nil:
		return err
	case set.DisplayName == "":
		return v.fail("This flow set has no displayName. Give it one; plans name it as the reason for what they do.")
	case slices.ContainsFunc(r.Settings.Sets, func(other flow.Set) bool { return other.ID == set.ID }):
		return v.fail("Two flow sets have the id %s. Give one of them another, or none.", set.ID)
	}
	r.Settings.Sets = append(r.Settings.Sets, set)
	return nil
}

// flowSetID makes the id of a flow set that the file gives none: the same as
// long as the set keeps its place in the list.
func flowSetID(position int) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("outboundProvisioningFlowSet/"+strconv.Itoa(position))).String()
}

func readFilter(v value) (*flow.Filter, error) {
	var f flow.Filter
	var attribute string
	err := v.typed("basicFilter", fields{
		"attribute": oneOfTo(&attribute, "orgExternalId"),
		"in":        textsTo(&f.In),
	})
	if err == nil && len(f.In) == 0 {
		err = v.fail("The filter names no organization. List their ids under in, or leave the filter out to take all.")
	}
	return &f, err
}

// flow reads one flow into its set. Its type decides what it can say.
func (r *configReader) flow(v value, set *flow.Set) error {
	name, err := v.flowType()
	if err != nil {
		return err
	}
	switch name {
	case "userProvisioningFlow":
		return readOnce(v, name, &set.User, r.userFlow)
	case "classGroupProvisioningFlow":
		return readOnce(v, name, &set.ClassGroup, r.classGroupFlow)
	case "securityGroupProvisioningFlow":
		return readOnce(v, name, &set.SecurityGroup, readSecurityGroupFlow)
	default:
		return readOnce(v, name, &set.AdministrativeUnit, readAdministrativeUnitFlow)
	}
}

// readOnce reads a flow of a type that its set does not have yet.
func readOnce[Flow any](v value, name string, to **Flow, read func(value) (*Flow, error)) (err error) {
	if *to != nil {
		return v.fail("The flow set can have one %s, and has it already. Keep one of the two.", name)
	}
	*to, err = read(v)
	return err
}

// flowType returns the type that a flow says it has.
func (v value) flowType() (string, error) {
	names := []string{"userProvisioningFlow", "classGroupProvisioningFlow", "securityGroupProvisioningFlow", "administrativeUnitProvisioningFlow"}
	choice := "#" + typeNamespace + " with " + strings.Join(names, ", ")
	found := ""
	err := v.entries(func(_, of value) (err error) {
		if of.name != typeKey || of.null() {
			return nil
		}
		found, err = of.typeName()
		if err == nil && !slices.Contains(names, found) {
			err = of.fail("There is no flow of the type %q. Known here: %s.", found, choice)
		}
		return err
	})
	if err == nil && found == "" {
		err = v.fail("This flow has no %s, so it cannot be known what it does. Known here: %s.", typeKey, choice)
	}
	return found, err
}

func (r *configReader) userFlow(v value) (*flow.UserFlow, error) {
	var f flow.UserFlow
	err := v.typed("userProvisioningFlow", fields{
		"id":                   anyText,
		"createUnmatchedUsers": boolTo(&f.CreateUnmatched),
		"creationOptions": func(v value) error {
			return v.typed("userCreationOptions", fields{"configurations": func(v value) error {
				return v.items(func(item value) error { return r.userConfiguration(item, &f) })
			}})
		},
		"managementOptions": func(v value) error { return readUserManagement(v, &f) },
	})
	return &f, err
}

func (r *configReader) userConfiguration(v value, f *flow.UserFlow) error {
	var c flow.UserConfiguration
	err := v.typed("userConfiguration", fields{
		"roleGroup": r.roleGroupTo(&c.RoleGroup),
		"defaultPasswordSettings": func(v value) error {
			v.secret = true
			return v.typed("simplePasswordSettings", fields{"password": func(v value) (err error) {
				c.Password, err = r.password(v)
				return err
			}})
		},
		"licenseSkus": textsTo(&c.LicenseSKUs),
	})
	switch {
	case err != nil:
		return err
	case c.RoleGroup == "":
		return v.fail("This configuration has no roleGroup. Write one, as in roleGroup: {id: students}.")
	case slices.ContainsFunc(f.Configurations, func(other flow.UserConfiguration) bool { return other.RoleGroup == c.RoleGroup }):
		return v.fail("The role group %s has a configuration in this flow already. Keep one of the two.", c.RoleGroup)
	}
	f.Configurations = append(f.Configurations, c)
	return nil
}

// password reads a password, or the name of an environment variable that holds
// it, as in ${STUDENT_PASSWORD}. No message repeats it.
func (r *configReader) password(v value) (directory.Secret, error) {
	text, err := v.text()
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`).FindStringSubmatch(text)
	if m == nil {
		return directory.Secret(text), nil
	}
	secret, _ := r.environment(m[1])
	if secret == "" {
		return "", v.fail("The password is to come from the environment variable %s, which is not set. Set it, or write passwords: generate.", m[1])
	}
	return directory.Secret(secret), nil
}

func readUserManagement(v value, f *flow.UserFlow) error {
	var attributes []string
	attribute := func(v value) (string, error) { return v.oneOf("userGradeLevel", "userNumber") }
	err := v.typed("userManagementOptions", fields{
		"additionalAttributes": listTo(&attributes, attribute),
		"additionalOptions":    func(v value) error { return readUserOptions(v, f) },
	})
	f.GradeLevel = slices.Contains(attributes, "userGradeLevel")
	f.Number = slices.Contains(attributes, "userNumber")
	return err
}

func readUserOptions(v value, f *flow.UserFlow) error {
	const minor = "minor"
	minors := false
	err := v.typed("additionalUserOptions", fields{
		"allowStudentContactAssociation": boolTo(&f.StudentContacts),
		"markAllStudentsAsMinors":        boolTo(&minors),
		"studentAgeGroup":                oneOfTo(&f.StudentAgeGroup, minor, "notAdult", "adult"),
	})
	switch {
	case err != nil || !minors:
		return err
	case f.StudentAgeGroup != "" && f.StudentAgeGroup != minor:
		return v.fail("markAllStudentsAsMinors and studentAgeGroup: %s contradict each other. Keep studentAgeGroup alone.", f.StudentAgeGroup)
	}
	f.StudentAgeGroup = minor
	return nil
}

func (r *configReader) classGroupFlow(v value) (*flow.ClassGroupFlow, error) {
	var f flow.ClassGroupFlow
	attribute := func(v value) (string, error) { return v.oneOf(flow.ClassAttributes()...) }
	err := v.typed("classGroupProvisioningFlow", fields{
		"id": anyText,
		"configuration": func(v value) error {
			return v.typed("classGroupConfiguration", fields{
				"additionalAttributes": listTo(&f.Attributes, attribute),
				"additionalOptions": func(v value) error {
					return v.typed("additionalClassGroupOptions", fields{
						"createTeam":                   boolTo(&f.CreateTeam),
						"writeDisplayNameOnCreateOnly": boolTo(&f.DisplayNameOnCreate),
					})
				},
				"enrollmentMappings": func(v value) error {
					return v.typed("enrollmentMappings", fields{
						"ownerEnrollmentMappings":  r.rolesTo(&f.OwnerRoles),
						"memberEnrollmentMappings": r.rolesTo(&f.MemberRoles),
					})
				},
			})
		},
	})
	return &f, err
}

// rolesTo reads a list of {code: teacher}. An empty list is not the same as
// none: it stands for nobody.
func (r *configReader) rolesTo(to **[]string) func(value) error {
	role := func(v value) (code string, err error) {
		err = codeTo("sectionRoleReferenceValue", func(c value) error {
			name, err := c.text()
			if err != nil {
				return err
			}
			known, ok := r.Codes.Find(roster.RefRole, name)
			if !ok {
				return c.fail("There is no role %q.%s", name, r.roleHint(name))
			}
			code = known.Code
			return nil
		})(v)
		return code, err
	}
	return func(v value) error {
		*to = new([]string)
		return listTo(*to, role)(v)
	}
}

// roleHint names the role that a misspelled one probably means, or all.
func (r *configReader) roleHint(name string) string {
	var names []string
	for _, code := range r.Codes.List(roster.RefRole) {
		names = append(names, code.Code)
	}
	if near := nearest(name, names); near != "" {
		return " Did you mean " + near + "?"
	}
	return " Known here: " + strings.Join(names, ", ") + "."
}

func readSecurityGroupFlow(v value) (*flow.SecurityGroupFlow, error) {
	var f flow.SecurityGroupFlow
	err := v.typed("securityGroupProvisioningFlow", fields{
		"id": anyText,
		"creationOptions": func(v value) error {
			return v.typed("securityGroupCreationOptions", fields{
				"createBasedOnRoleGroup":        boolTo(&f.ByRoleGroup),
				"createBasedOnOrgPlusRoleGroup": boolTo(&f.ByOrgRoleGroup),
			})
		},
	})
	return &f, err
}

func readAdministrativeUnitFlow(v value) (*flow.AdministrativeUnitFlow, error) {
	var f flow.AdministrativeUnitFlow
	err := v.typed("administrativeUnitProvisioningFlow", fields{
		"id": anyText,
		"creationOptions": func(v value) error {
			return v.typed("adminUnitCreationOptions", fields{
				"createBasedOnOrg":              boolTo(&f.ByOrg),
				"createBasedOnOrgPlusRoleGroup": boolTo(&f.ByOrgRoleGroup),
			})
		},
	})
	return &f, err
}
