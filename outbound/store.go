package outbound

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/flow"
)

// Stored returns flow sets of a configuration as they are stored: Sets gives the same
// again. They keep their ids and their order, by being created one after the other from a
// time on, a microsecond apart; their flows are ready.
func Stored(sets []flow.Set, from time.Time, seal Seal) ([]FlowSet, []Flow, error) {
	var stored []FlowSet
	var flows []Flow
	for i, set := range sets {
		at := from.Add(time.Duration(i) * time.Microsecond)
		s := FlowSet{ID: set.ID, Body: setToBody(set), Created: at, Modified: at, Revision: 1}
		stored = append(stored, s)
		bodies, err := flowBodies(set, seal)
		if err != nil {
			return nil, nil, err
		}
		for _, b := range bodies {
			flows = append(flows, Flow{ID: b.id, Set: s.ID, Type: b.kind, Body: encode(b.body),
				Readiness: Ready, Created: at, Modified: at, Revision: 1})
		}
	}
	return stored, flows, nil
}

func setToBody(set flow.Set) json.RawMessage {
	b := setBody{Type: namespace + "outboundProvisioningFlowSet", DisplayName: set.DisplayName}
	if set.Filter != nil {
		b.Filter = &filterBody{Type: namespace + "basicFilter", Attribute: "orgExternalId", In: set.Filter.In}
	}
	return encode(b)
}

// Inline returns a flow set of Stored as one object, with its id and with those of the
// flows that are its own, as a configuration file has it.
func Inline(set FlowSet, flows []Flow) (json.RawMessage, error) {
	var b setBody
	if err := json.Unmarshal(set.Body, &b); err != nil {
		return nil, damaged(err, "flow set", set.ID)
	}
	b.ID = set.ID
	for _, f := range flows {
		if f.Set == set.ID {
			b.Flows = append(b.Flows, f.Body)
		}
	}
	return encode(b), nil
}

type flowBody struct {
	id, kind string
	body     any
}

// flowBodies returns the flows that a set has. The id of a flow comes of that of its set:
// importing the same file again gives the same.
func flowBodies(set flow.Set, seal Seal) ([]flowBody, error) {
	var bodies []flowBody
	add := func(kind string, body any) { bodies = append(bodies, flowBody{flowID(set.ID, kind), kind, body}) }
	if f := set.User; f != nil {
		b, err := userToBody(f, flowID(set.ID, UserFlow), seal)
		if err != nil {
			return nil, err
		}
		add(UserFlow, b)
	}
	if f := set.ClassGroup; f != nil {
		add(ClassGroupFlow, classGroupToBody(f))
	}
	if f := set.SecurityGroup; f != nil {
		b := securityGroupBody{Type: namespace + SecurityGroupFlow}
		b.CreationOptions.CreateBasedOnRoleGroup = f.ByRoleGroup
		b.CreationOptions.CreateBasedOnOrgPlusRoleGroup = f.ByOrgRoleGroup
		add(SecurityGroupFlow, b)
	}
	if f := set.AdministrativeUnit; f != nil {
		b := administrativeUnitBody{Type: namespace + AdministrativeUnitFlow}
		b.CreationOptions.CreateBasedOnOrg = f.ByOrg
		b.CreationOptions.CreateBasedOnOrgPlusRoleGroup = f.ByOrgRoleGroup
		add(AdministrativeUnitFlow, b)
	}
	return bodies, nil
}

func flowID(set, kind string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("provisioningFlow/"+set+"/"+kind)).String()
}

func userToBody(f *flow.UserFlow, id string, seal Seal) (userBody, error) {
	b := userBody{Type: namespace + UserFlow, CreateUnmatchedUsers: f.CreateUnmatched}
	if f.Configurations != nil {
		b.CreationOptions = &userCreationBody{}
	}
	for _, c := range f.Configurations {
		given := configurationBody{LicenseSkus: c.LicenseSKUs, RoleGroup: roleGroupBody{c.RoleGroup}}
		if c.Password != "" {
			sealed, err := seal(id, PasswordField(c.RoleGroup), string(c.Password))
			if err != nil {
				return b, err
			}
			given.DefaultPasswordSettings = &passwordBody{Type: namespace + "simplePasswordSettings", Password: sealed}
		}
		b.CreationOptions.Configurations = append(b.CreationOptions.Configurations, given)
	}
	b.ManagementOptions.AdditionalAttributes = []string{}
	if f.GradeLevel {
		b.ManagementOptions.AdditionalAttributes = append(b.ManagementOptions.AdditionalAttributes, gradeLevel)
	}
	if f.Number {
		b.ManagementOptions.AdditionalAttributes = append(b.ManagementOptions.AdditionalAttributes, number)
	}
	b.ManagementOptions.AdditionalOptions.AllowStudentContactAssociation = f.StudentContacts
	if f.StudentAgeGroup != "" {
		b.ManagementOptions.AdditionalOptions.StudentAgeGroup = &f.StudentAgeGroup
	}
	return b, nil
}

func classGroupToBody(f *flow.ClassGroupFlow) classGroupBody {
	return classGroupBody{Type: namespace + ClassGroupFlow, Configuration: classConfigurationBody{
		AdditionalAttributes: f.Attributes,
		AdditionalOptions:    classOptionsBody{CreateTeam: f.CreateTeam, WriteDisplayNameOnCreateOnly: f.DisplayNameOnCreate},
		EnrollmentMappings:   enrollmentBody{valuesOf(f.OwnerRoles), valuesOf(f.MemberRoles)},
	}}
}

func valuesOf(codes *[]string) []codeBody {
	if codes == nil {
		return nil
	}
	values := make([]codeBody, len(*codes))
	for i, code := range *codes {
		values[i].Code = code
	}
	return values
}

func encode(body any) json.RawMessage {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("outbound: %v", err)) // texts and truth values always marshal
	}
	return text
}
