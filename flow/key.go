package flow

// The keys of objects (rules 3, "Objects").

// UserKey returns the key of a person.
func UserKey(person string) string { return "User_" + person }

// ClassKey returns the key of a class.
func ClassKey(class string) string { return "Section_" + class }

// OrgKey returns the key of the administrative unit of an organization.
func OrgKey(org string) string { return "School_" + org }

// RoleGroupKey returns the key of the security group of a role group.
func RoleGroupKey(group string) string { return "RoleGroup_" + group }

// OrgRoleGroupKey returns the key of the security group, and of the
// administrative unit, of a role group in an organization.
func OrgRoleGroupKey(group, org string) string { return "RoleGroup_" + group + "_" + org }
