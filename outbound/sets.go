package outbound

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
)

// Open decrypts a secret that a body carries; object is the id of the flow, and field
// leads to the property.
type Open func(object, field, sealed string) (string, error)

// Seal encrypts a secret for Open.
type Seal func(object, field, secret string) (string, error)

// PasswordField names the password of a configuration to those who seal and open it.
func PasswordField(roleGroup string) string {
	return "creationOptions/configurations/" + roleGroup + "/defaultPasswordSettings/password"
}

// Sets returns the flow sets as runs go by them, with the flows that are ready, in the
// order of their creation. Which words mean what is the same as in a configuration file.
func Sets(sets []FlowSet, flows []Flow, open Open) ([]flow.Set, error) {
	sets = slices.Clone(sets)
	slices.SortFunc(sets, func(a, b FlowSet) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	ready := make(map[string][]Flow) // by set
	for _, f := range flows {
		if f.Readiness == Ready {
			ready[f.Set] = append(ready[f.Set], f)
		}
	}
	var all []flow.Set
	for _, stored := range sets {
		set, err := stored.set()
		if err != nil {
			return nil, err
		}
		for _, f := range ready[stored.ID] {
			if err := f.addTo(&set, open); err != nil {
				return nil, err
			}
		}
		all = append(all, set)
	}
	return all, nil
}

func (s FlowSet) set() (flow.Set, error) {
	var b setBody
	if err := json.Unmarshal(s.Body, &b); err != nil {
		return flow.Set{}, damaged(err, "flow set", s.ID)
	}
	set := flow.Set{ID: s.ID, DisplayName: b.DisplayName}
	if b.Filter != nil {
		set.Filter = &flow.Filter{In: distinct(b.Filter.In)}
	}
	return set, nil
}

// Check fails when runs cannot read the flow.
func (f Flow) Check(open Open) error { return f.addTo(&flow.Set{}, open) }

// addTo gives a set this flow.
func (f Flow) addTo(set *flow.Set, open Open) (err error) {
	switch f.Type {
	case UserFlow:
		set.User, err = f.user(open)
	case ClassGroupFlow:
		set.ClassGroup, err = f.classGroup()
	case SecurityGroupFlow:
		set.SecurityGroup, err = f.securityGroup()
	case AdministrativeUnitFlow:
		set.AdministrativeUnit, err = f.administrativeUnit()
	default:
		err = fault.New(fault.Internal, "the flow %s is of the unknown type %q", f.ID, f.Type)
	}
	return err
}

func (f Flow) user(open Open) (*flow.UserFlow, error) {
	b, err := body[userBody](f)
	if err != nil {
		return nil, err
	}
	user := &flow.UserFlow{CreateUnmatched: b.CreateUnmatchedUsers, Reset: f.Reset}
	if b.CreationOptions != nil {
		for _, c := range b.CreationOptions.Configurations {
			given := flow.UserConfiguration{RoleGroup: c.RoleGroup.ID, LicenseSKUs: distinct(c.LicenseSkus)}
			if c.DefaultPasswordSettings != nil {
				password, err := open(f.ID, PasswordField(given.RoleGroup), c.DefaultPasswordSettings.Password)
				if err != nil {
					return nil, err
				}
				given.Password = directory.Secret(password)
			}
			user.Configurations = append(user.Configurations, given)
		}
	}
	options := b.ManagementOptions.AdditionalOptions
	user.StudentContacts = options.AllowStudentContactAssociation
	if options.StudentAgeGroup != nil {
		user.StudentAgeGroup = *options.StudentAgeGroup
	}
	user.GradeLevel = slices.Contains(b.ManagementOptions.AdditionalAttributes, gradeLevel)
	user.Number = slices.Contains(b.ManagementOptions.AdditionalAttributes, number)
	return user, nil
}

func (f Flow) classGroup() (*flow.ClassGroupFlow, error) {
	b, err := body[classGroupBody](f)
	if err != nil {
		return nil, err
	}
	c := b.Configuration
	return &flow.ClassGroupFlow{
		Attributes:          distinct(c.AdditionalAttributes),
		CreateTeam:          c.AdditionalOptions.CreateTeam,
		DisplayNameOnCreate: c.AdditionalOptions.WriteDisplayNameOnCreateOnly,
		OwnerRoles:          codesOf(c.EnrollmentMappings.OwnerEnrollmentMappings),
		MemberRoles:         codesOf(c.EnrollmentMappings.MemberEnrollmentMappings),
		Reset:               f.Reset,
	}, nil
}

func (f Flow) securityGroup() (*flow.SecurityGroupFlow, error) {
	b, err := body[securityGroupBody](f)
	return &flow.SecurityGroupFlow{
		ByRoleGroup: b.CreationOptions.CreateBasedOnRoleGroup, ByOrgRoleGroup: b.CreationOptions.CreateBasedOnOrgPlusRoleGroup,
		Reset: f.Reset,
	}, err
}

func (f Flow) administrativeUnit() (*flow.AdministrativeUnitFlow, error) {
	b, err := body[administrativeUnitBody](f)
	return &flow.AdministrativeUnitFlow{
		ByOrg: b.CreationOptions.CreateBasedOnOrg, ByOrgRoleGroup: b.CreationOptions.CreateBasedOnOrgPlusRoleGroup,
		Reset: f.Reset,
	}, err
}

// body reads what a flow says.
func body[Body any](f Flow) (b Body, err error) {
	if err := json.Unmarshal(f.Body, &b); err != nil {
		return b, damaged(err, f.Type, f.ID)
	}
	return b, nil
}

func damaged(err error, what, id string) error {
	return fault.Wrap(err, fault.Internal, "the stored %s %s is damaged", what, id)
}

// distinct returns a list without what comes again.
func distinct(list []string) []string {
	if list == nil {
		return nil
	}
	kept, seen := []string{}, make(map[string]bool, len(list)) // a client can write very many
	for _, item := range list {
		if !seen[item] {
			kept, seen[item] = append(kept, item), true
		}
	}
	return kept
}

// codesOf returns the codes of values; nil for no list, which is not the same as an empty
// one.
func codesOf(values []codeBody) *[]string {
	if values == nil {
		return nil
	}
	codes := make([]string, len(values))
	for i, v := range values {
		codes[i] = v.Code
	}
	codes = distinct(codes)
	return &codes
}
