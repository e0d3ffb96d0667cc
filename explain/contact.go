package explain

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// contactFor tells whose contact a person is, and what becomes of it.
func (x *Explainer) contactFor(person roster.Ref) []Reason {
	var reasons []Reason
	for i := range x.roster.Contacts {
		c := &x.roster.Contacts[i]
		if c.Person != person || len(reasons) == listed {
			continue
		}
		student := flow.UserKey(x.roster.Str(x.roster.People[c.Student].ID))
		reasons = append(reasons, say("The person is a contact (%s) of %s, and no contact ever becomes a user. It %s.",
			x.roster.Str(c.Relationship), student, x.contactFate(person, student)).by("Contact").at(x.where(c.Record)))
	}
	return reasons
}

// contactFate says whether a contact is written to the student's account.
func (x *Explainer) contactFate(person roster.Ref, student string) string {
	facts := x.Wanted.Facts(directory.User, student)
	at := slices.IndexFunc(facts, func(f flow.Fact) bool { return f.Name == directory.RelatedContacts })
	id := x.roster.Str(x.roster.People[person].ID)
	switch {
	case at < 0:
		return "is not written: nothing is written to the student"
	case facts[at].Out == flow.OptionOff:
		return "is not written to the student's account: allowStudentContactAssociation is off"
	case facts[at].Out != "":
		return "is not written to the student's account, because " + whyFact(facts[at])
	case !slices.ContainsFunc(x.Wanted.Contacts(student), func(c directory.Contact) bool { return c.ID == id }):
		return "is not written to the student's account: a contact needs a given name, a family name and an email address, and must be active"
	}
	return "is written to the student's account"
}
