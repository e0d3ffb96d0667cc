package explain

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// why returns the clause that stands for a code after "because".
func why(reason flow.Reason) string {
	switch reason {
	case flow.RecordInactive:
		return "its status is not active"
	case flow.PersonInactive:
		return "its person is not active"
	case flow.OrgInactive:
		return "its organization is not active"
	case flow.OutsideSessions:
		return "dates are honoured, and it is outside its session"
	case flow.OutsideDates:
		return "dates are honoured, and it is outside its dates"
	case flow.ByExclude:
		return "exclude in homeroom.yaml says so"
	case flow.Forgotten:
		return "the person was forgotten; homeroom person welcome lets the roster bring the person back"
	case flow.RoleInNoGroup:
		return "the role belongs to no role group"
	case flow.AnotherRoleGroup:
		return "the role is of another role group"
	case flow.AnotherOrg:
		return "the role is in another organization"
	case flow.OrgNotInFilter:
		return "the filter does not name the organization"
	case flow.RoleNotMapped:
		return "no enrollmentMappings takes the role"
	case flow.NotProvisioned:
		return "the person is not provisioned"
	}
	return whyNotAsked(reason)
}

// whyNotAsked is why for flow sets and their options.
func whyNotAsked(reason flow.Reason) string {
	switch reason {
	case flow.NoSuchFlow:
		return "it has no flow of the type"
	case flow.TakesNoPart:
		return "the person does not take part in it"
	case flow.CreatesNobody:
		return "createUnmatchedUsers is off"
	case flow.NoConfiguration:
		return "creationOptions names no configuration for the person's role group"
	case flow.OptionOff:
		return "the option is off"
	case flow.ValueUnknown:
		return "the roster's value could not be read, and what is there is kept"
	case flow.StudentsOnly:
		return "only people for whom students speak have it"
	case flow.StaffOnly:
		return "only people for whom staff speak have it"
	case flow.NoOwner:
		return "a team needs an owner, and the class has none"
	case flow.NotNew:
		return "only an account that Homeroom creates is given it"
	case flow.NoSchoolYear:
		return "neither the sessions nor the course of the class tell one"
	case flow.NoUsageLocation:
		return "no place of use is known for the organization (usageLocation)"
	}
	return string(reason)
}

// behind says what a role lacks, compared with the one that leads.
func behind(reason flow.Reason) string {
	switch reason {
	case flow.NotPrimary:
		return "the leading one is primary"
	case flow.NotStaff:
		return "staff goes before students among equals"
	case flow.LowerRank:
		return "the leading role ranks higher in the list of roles"
	case flow.LaterOrg:
		return "the leading one's organization has the lower id"
	case flow.TellsNoGrade:
		return "the leading one tells a grade"
	case flow.LaterGrade:
		return "the leading one has the lower grade"
	}
	return "it says the same as the leading one"
}

// noun names a kind of object.
func noun(kind directory.Kind) string {
	switch kind {
	case directory.User:
		return "user"
	case directory.ClassGroup:
		return "class group"
	case directory.SecurityGroup:
		return "security group"
	}
	return "administrative unit"
}

// nouns names one or several objects of a kind.
func nouns(kind directory.Kind, n int) string {
	if n == 1 {
		return noun(kind)
	}
	return noun(kind) + "s"
}

// flowName names a type of flow as homeroom.yaml does.
func flowName(kind directory.Kind) string { return string(kind) + "ProvisioningFlow" }

func (x *Explainer) where(rec roster.Record) string { return x.roster.Where(rec) }

// org names an organization: "Lincoln High (S1)".
func (x *Explainer) org(ref roster.Ref) string {
	if ref == roster.None {
		return "any organization"
	}
	org := &x.roster.Orgs[ref]
	return fmt.Sprintf("%s (%s)", x.roster.Str(org.Name), x.roster.Str(org.ID))
}

func (x *Explainer) name(p roster.Ref) string {
	return personName(x.roster, p)
}

// quoted puts the name of a flow set into quotation marks.
func quoted(name string) string { return strconv.Quote(name) }

// count says how many there are of something.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// upper begins a sentence.
func upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
