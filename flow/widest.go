package flow

import (
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Widest returns settings that ask for everything that a roster can support:
// every flow, every organization, every role, nobody excluded or pinned. What they do not ask for is gone,
// whatever the settings are.
func (s Settings) Widest(codes *roster.Codes) Settings {
	var roles []string
	for _, code := range codes.List(roster.RefRole) {
		roles = append(roles, code.Code)
	}
	s.Exclude, s.Pins = Exclude{}, nil
	s.Sets = []Set{{
		User:               &UserFlow{},
		ClassGroup:         &ClassGroupFlow{OwnerRoles: &roles, MemberRoles: &roles},
		SecurityGroup:      &SecurityGroupFlow{ByRoleGroup: true, ByOrgRoleGroup: true},
		AdministrativeUnit: &AdministrativeUnitFlow{ByOrg: true, ByOrgRoleGroup: true},
	}}
	return s
}

// Object returns what is wanted of one object, and false when nothing is.
func (w *Wanted) Object(kind directory.Kind, key string) (directory.Want, bool) {
	switch kind {
	case directory.User:
		if p := w.personOf(key); p != roster.None {
			return w.user(p)
		}
	case directory.ClassGroup:
		if c := w.classOf(key); c != roster.None {
			return w.classGroup(c)
		}
	default:
		if g := w.groupAt(kind, key); g != nil {
			return g.want(w), true
		}
	}
	return directory.Want{}, false
}
