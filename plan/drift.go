package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// DriftInput is what is compared to find what others changed in the directory.
type DriftInput struct {
	Known
	// Keys returns the keys of the users with the directory ids, by id; those whom
	// nobody is linked to are absent.
	Keys func(ids []string) (map[string]string, error)
	// Authoritative are the kinds of which others are removed whom others added.
	Authoritative []directory.Kind
}

// ruleDrift is the rule of steps that put back what others changed.
const ruleDrift = "drift"

// The reasons why something that differs is left as it is.
const (
	addedByOthers   = "AddedByOthers"
	accountDisabled = "AccountDisabled"
	linkBroken      = "LinkBroken"
	anchorTaken     = "AnchorTaken"
)

// Drift returns the plan that makes the directory again what the ledger says that it was
// made to be. Nothing is held yet: see Guard. The ledger is what is wanted, what the
// directory shows is had, and the two are compared as in any plan. What is retired or
// released is left as it is, and so is what others added (rules 3, "By hand").
//
// Objects are looked up by their anchors, in the order of the ledger: strangers are never
// seen, and no more is held than a few hundred objects and what differs.
func Drift(in DriftInput) (*Plan, error) {
	d := drifting{DriftInput: in, Plan: newPlan(Input{}), gone: make(map[string]bool)}
	d.Kind = "repair"
	for _, kind := range directory.Kinds() {
		if err := d.compareKind(kind); err != nil {
			return nil, fmt.Errorf("comparing %ss with the directory: %w", kind, err)
		}
	}
	d.sortSkipped()
	return d.Plan, nil
}

// drifting is a comparison on its way to a plan.
type drifting struct {
	DriftInput
	*Plan
	gone map[string]bool // keys of users who are no longer there
}

func (d *drifting) compareKind(kind directory.Kind) error {
	values := make(map[string]int) // in the ledger, by attribute
	some := make([]directory.Have, 0, lookedUp)
	for have, err := range d.Have(kind, directory.Span{}) {
		if err != nil {
			return err
		}
		d.ledger.countHave(&have, values)
		if have.State != directory.Managed {
			continue
		}
		if some = append(some, have); len(some) == lookedUp {
			if err := d.compareSome(kind, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	d.countValues(kind, values)
	return d.compareSome(kind, some)
}

// matches reports whether objects of a kind are made to match, whatever others added.
func (d *drifting) matches(kind directory.Kind) bool { return slices.Contains(d.Authoritative, kind) }

// compareSome compares objects in the order of their keys.
func (d *drifting) compareSome(kind directory.Kind, haves []directory.Have) error {
	if len(haves) == 0 {
		return nil
	}
	w := Witness{Find: d.Find, IDs: d.IDs, Keys: d.Keys}
	shown, err := w.See(kind, haves)
	if err != nil {
		return err
	}
	for i := range haves {
		d.compareOne(&haves[i], &shown[i])
	}
	return nil
}

// compareOne plans what is to be done about one object.
func (d *drifting) compareOne(h *directory.Have, s *Sight) {
	switch w := d.wants(h, s); {
	case s.There:
		d.tell(h, s)
		d.compare(h.Kind, object{want: w, have: s.asHad(h, w, d.matches(h.Kind))})
	case h.Kind == directory.User:
		d.gone[h.Key] = true // a run of a roster holds what is to be done about it
		d.skip(Skip{Kind: h.Kind, Key: h.Key, Reason: linkBroken, Org: h.Org, Detail: "the account is no longer there"})
	case s.Another != "":
		d.skip(Skip{Kind: h.Kind, Key: h.Key, Reason: anchorTaken, Org: h.Org, Detail: s.Another + " is another object, and bears its anchor"})
	default:
		d.compare(h.Kind, object{want: w})
	}
}

// wants returns what the ledger asks of an object: what it says was written. What is not
// written again by itself, and who is no longer there, is left out.
func (d *drifting) wants(h *directory.Have, s *Sight) *directory.Want {
	w := &directory.Want{
		Kind: h.Kind, Key: h.Key, Org: h.Org, Attributes: make(directory.Attributes, len(h.Attributes)),
		Owners: h.Owners, Members: h.Members, Why: []directory.Why{{Rule: ruleDrift}},
	}
	if len(d.gone) > 0 {
		there := func(user string) bool { return !d.gone[user] }
		w.Owners, w.Members = filter(h.Owners, there), filter(h.Members, there)
	}
	for name, value := range h.Attributes {
		switch {
		case slices.Contains([]string{directory.PasswordFrom, directory.RelatedContacts, directory.AccountEnabled}, name):
		case name == directory.SchoolYears && s.There: // of which the ledger alone knows
		case name == directory.LicenseSKUs: // others may have given more
			w.Attributes[name] = directory.List(append(directory.Items(value), directory.Items(s.Attributes[name])...))
		default:
			w.Attributes[name] = value
		}
	}
	return w
}

// tell lists what differs and is left as it is.
func (d *drifting) tell(h *directory.Have, s *Sight) {
	skip := func(reason, detail string) {
		d.skip(Skip{Kind: h.Kind, Key: h.Key, Reason: reason, Org: h.Org, Detail: detail})
	}
	if on := h.Attributes[directory.AccountEnabled]; on == directory.Bool(true) && s.Attributes[directory.AccountEnabled] != on {
		skip(accountDisabled, "somebody disabled the account")
	}
	if contacts := h.Attributes[directory.RelatedContacts]; contacts != s.Attributes[directory.RelatedContacts] {
		skip(notInPlans, directory.RelatedContacts)
	}
	var added []string
	if len(s.OtherOwners) > 0 {
		added = append(added, "owners: "+strings.Join(s.OtherOwners, ", "))
	}
	if len(s.OtherMembers) > 0 {
		added = append(added, "members: "+strings.Join(s.OtherMembers, ", "))
	}
	if len(added) > 0 && !d.matches(h.Kind) {
		skip(addedByOthers, strings.Join(added, "; "))
	}
}
