package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/odata"
)

// The types of what Homeroom adds.
const (
	ownRunType     = "run"
	planType       = "plan"
	stepType       = "step"
	heldType       = "heldByRule"
	heldStepType   = "heldStep"
	verdictType    = "verdict"
	failureType    = "failure"
	progressType   = "progress"
	countsType     = "outboundCounts"
	kindCountType  = "countOfKind"
	decisionType   = "decision"
	decidedType    = "decided"
	acceptanceType = "acceptance"
	reversalType   = "reversal"
	cleanupType    = "cleanup"
)

// untyped is an object whose members differ.
const untyped = "Edm.Untyped"

// ownTypes returns the types of what Homeroom adds, which documentation is made from. A
// test holds them to what is written.
func ownTypes() *odata.Model {
	return &odata.Model{Namespace: "homeroom", Types: slices.Concat(ownRunTypes(), ownStepTypes(), ownDecisionTypes())}
}

func field(name, of, doc string) odata.Property {
	return odata.Property{Name: name, Type: of, Doc: doc}
}

func maybe(name, of, doc string) odata.Property {
	return odata.Property{Name: name, Type: of, Doc: doc, Nullable: true}
}

func several(name, of, doc string) odata.Property {
	return odata.Property{Name: name, Type: of, Doc: doc, Collection: true}
}

func ownRunTypes() []*odata.Type {
	return []*odata.Type{{
		Name: ownRunType, Doc: "One pass, with its counts.",
		Properties: []odata.Property{
			field("id", text, "The id of the run, the same as under /beta."),
			field("number", integer, "What the command line calls the run."),
			field("kind", text, "What it is made from: `roster`, or what another run did: `revert`, `cleanup`, `repair`."),
			maybe("reverts", text, "The id of the run that a revert takes back."),
			field("status", text, "`running`, `completed`, `completedWithWarnings`, `completedWithErrors` or `failed`."),
			field("startDateTime", instant, "When the run began, in UTC."),
			maybe("endDateTime", instant, "When the run ended, in UTC; null while it runs."),
			field("roster", text, "The name of the roster, without its folder."),
			field("rosterSha256", text, "The hash of the roster."),
			several("only", text, "The keys that the run was limited to; empty for everything."),
			field("planned", boolean, "It has a plan, or had one."),
			field("reduced", boolean, "It ended long ago, and only its counts are kept: no plan, no steps, no failures."),
			field("steps", integer, "How many steps the plan has."),
			field("done", integer, "How many of them were carried out."),
			field("held", integer, "How many wait for approval."),
			field("failed", integer, "How many failed."),
			field("code", text, "What stopped the run, for programs; empty for nothing."),
			field("message", text, "The same for people."),
		},
	}, {
		Name: progressType, Doc: "How far a run is: the data of an event `progress`.",
		Properties: []odata.Property{
			field("stage", text, "`waiting` while as many other runs are made as may be at once, `reading`, `comparing`, `matching`, `planning`, `committing`, `applying` or `verifying`."),
			field("done", integer, "How many users, objects or steps are behind it."),
			field("total", integer, "Of about how many; 0 where nobody knows."),
		},
	}, {
		Name: countsType, Doc: "What Homeroom has in the directory.",
		Properties: []odata.Property{
			field("generation", integer, "How often the ledger has changed."),
			several("kinds", kindCountType, "The counts by kind."),
		},
	}, {
		Name: kindCountType, Doc: "Objects of a kind, and who is in those that are managed.",
		Properties: []odata.Property{
			field("kind", text, "`user`, `administrativeUnit`, `securityGroup` or `classGroup`."),
			field("managed", integer, "Objects that flows ask for."),
			field("retired", integer, "Objects that the roster no longer has; left as they are."),
			field("released", integer, "Objects that no flow asks for any longer; left as they are."),
			field("created", integer, "Objects of all of these that Homeroom created."),
			field("owners", integer, "Owners whom Homeroom added."),
			field("members", integer, "Members whom Homeroom added."),
		},
	}}
}

func ownStepTypes() []*odata.Type {
	step := []odata.Property{
		field("seq", integer, "Its place in the plan, counted from 1."),
		field("action", text, "`create`, `update`, `rewrite`, `remove`, `delete`, `retire` or `release`."),
		field("kind", text, "Of the object: `user`, `administrativeUnit`, `securityGroup` or `classGroup`."),
		field("key", text, "Homeroom's name of the object, as in Section_112001."),
	}
	return []*odata.Type{{
		Name: planType, Doc: "The plan of a run, as homeroom plans writes it.",
		Properties: []odata.Property{
			field("version", integer, "Of this form."),
			field("kind", text, "Of the run, where no roster asked for it."),
			field("of", integer, "The number of the run that is reverted."),
			field("roster", untyped, "The hash of the roster."),
			several("only", text, "The keys that the plan is limited to."),
			field("generation", integer, "Of the ledger that the plan was made from."),
			field("summary", untyped, "Counts by kind."),
			several("steps", stepType, "The steps in the order in which they are carried out."),
			several("skipped", untyped, "What the flows ask for and no step does."),
		},
	}, {
		Name: stepType, Doc: "One change to one object.",
		Properties: append(slices.Clone(step),
			maybe("id", text, "The directory's id of the object; null for one that is to be created."),
			field("set", untyped, "Attributes by name, each with `from` and `to`."),
			field("owners", untyped, "Keys of people to `add` and to `remove`."),
			field("members", untyped, "Likewise."),
			field("released", untyped, "Owners and members whom no flow asks for any longer."),
			field("again", untyped, "What of it Homeroom had let go of before."),
			field("state", text, "How Homeroom stands to the object after the step, where that changes."),
			several("why", untyped, "The flows that ask for it, with the record of the roster."),
			maybe("held", untyped, "The rule that holds it, a message, and the content, which approvals name."),
			field("outcome", untyped, "What became of it."),
		),
	}, {
		Name: heldType, Doc: "The steps that a rule holds.",
		Properties: []odata.Property{
			field("rule", text, "The rule."),
			field("remedy", text, "What can be done about it."),
			field("count", integer, "How many steps it holds."),
			several("steps", heldStepType, "The steps."),
		},
	}, {
		Name: heldStepType, Doc: "A step that waits.",
		Properties: append(slices.Clone(step),
			field("content", text, "The SHA-256 of what it would do, which approvals name."),
			field("message", text, "Why it is held."),
			maybe("decision", verdictType, "What was decided about it; null for nothing."),
		),
	}, {
		Name: failureType, Doc: "A step that was not, or not wholly, carried out.",
		Properties: append(slices.Clone(step),
			field("record", text, "The record of the roster: file and line."),
			field("rule", text, "Why, for programs."),
			field("message", text, "The same for people."),
			field("remedy", text, "What to do about it."),
			field("outcome", text, "`failed`, or `waiting` for another step."),
		),
	}}
}

func ownDecisionTypes() []*odata.Type {
	return []*odata.Type{{
		Name: verdictType, Doc: "What was decided about a held step.",
		Properties: []odata.Property{
			field("verdict", text, "`approved`, `rejected`, or `used` and `expired` of approvals that hold no longer."),
			field("by", text, "Who decided."),
			maybe("expirationDateTime", instant, "Until when an approval holds."),
		},
	}, {
		Name: decisionType, Doc: "Which held steps are meant: either of the two.",
		Properties: []odata.Property{
			several("steps", text, "The contents of steps, as `held` shows them."),
			field("all", boolean, "All steps that can be approved, but for those that were rejected."),
		},
	}, {
		Name: decidedType, Doc: "What a decision was about.",
		Properties: []odata.Property{
			field("steps", integer, "How many steps."),
			maybe("expirationDateTime", instant, "Until when it holds; null for a rejection."),
		},
	}, {
		Name: acceptanceType, Doc: "Why a roster is right as it is.",
		Properties: []odata.Property{
			{Name: "reason", Type: text, Required: true, Doc: "The reason, in at most 1,000 characters."},
		},
	}, {
		Name: reversalType, Doc: "How a run is taken back. The body may be left out.",
		Properties: []odata.Property{
			field("deleteCreated", boolean, "Groups and units that the run created are deleted, and not only emptied. Users never are."),
		},
	}, {
		Name: cleanupType, Doc: "What a cleanup takes away: at least one of these.",
		Properties: []odata.Property{
			field("released", boolean, "Owners and members whom Homeroom put in and no flow asks for any longer."),
			field("delete", boolean, "Of groups and units that no flow asks for, those are deleted in which there is nobody else. It goes with `released`."),
			field("retired", text, "What becomes of groups of classes and schools that are gone: `empty` removes those whom Homeroom put in, `archive` gives the groups names that begin with the month."),
			field("leavers", boolean, "Accounts that Homeroom created are disabled of people who have had no role for as long as *leavers* says."),
		},
	}}
}
