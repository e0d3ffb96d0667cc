package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/explain"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
)

func newExplain(a *app) *cobra.Command {
	q := question{app: a}
	cmd := &cobra.Command{
		Use:   "explain WHAT [WHAT2] [PATH] -c homeroom.yaml",
		Short: "Say why somebody or something is as it is, or is not",
		Long: `Answers why, and why not, down to file, line and rule. WHAT is a person
(User_114001, the bare id, a username, a name), a class (Section_112001, the id or
the title) or a school or group (School_110001, RoleGroup_students_110001, a name).
A person and a class, or a person and a group, ask why the one is in the other, or
why not. An attribute goes by its name, by the option that asks for it, or by the
column of the roster.

PATH is the roster to explain from. Without it, it is that of the last run, as long
as it has not changed since. Nothing is written.`,
		Example: `  homeroom explain User_114001
  homeroom explain jdiaz2 Section_112001
  homeroom explain "Ana Diaz" "Lincoln High"
  homeroom explain User_114001 --attribute education.grade
  homeroom explain Section_112001 path/to/roster -o json`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			if err := q.understand(args); err != nil {
				return err
			}
			answers, err := q.answer(cmd.Context())
			if err != nil {
				return err
			}
			if a.output == "json" {
				return writeJSON(cmd.OutOrStdout(), answers)
			}
			return explain.WriteText(cmd.OutOrStdout(), answers)
		},
	}
	a.outputFlag(cmd)
	q.options.configFlag(cmd)
	cmd.Flags().StringVar(&q.options.acceptRoster, "accept-roster", "", "take the roster with this SHA-256 however much it shrank")
	strictFlag(cmd, &q.options.strict)
	cmd.Flags().StringVar(&q.attribute, "attribute", "", "explain the value of one attribute, such as education.grade")
	return cmd
}

// question is one call of explain.
type question struct {
	*app
	options   runOptions
	attribute string
	what      []string // one or two
	path      string   // of the roster; "" for that of the last run

	memory *memory
	target directory.Target
	scope  string
	wanted *flow.Wanted
}

// understand tells the path from what is asked about.
func (q *question) understand(args []string) error {
	last := len(args) - 1
	switch {
	case last == 0:
	case exists(args[last]):
		q.path, args = args[last], args[:last]
	case last == 2 || isPath(args[last]):
		return fault.New(fault.NotFound, "There is no roster at %q. Ask about one or two names, and name the roster last; a name with blanks goes in quotes.", args[last])
	}
	if slices.ContainsFunc(args, func(what string) bool { return strings.TrimSpace(what) == "" }) {
		return fault.New(fault.Invalid, "One of the names is empty. Name a person, a class, a school or a group.")
	}
	q.what = args
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isPath reports whether a text can only be the path of a roster.
func isPath(text string) bool {
	return strings.ContainsRune(text, filepath.Separator) || strings.EqualFold(filepath.Ext(text), ".zip")
}

func (q *question) answer(ctx context.Context) (answers []explain.Answer, err error) {
	if q.memory, err = q.look(ctx); err != nil {
		return nil, err
	}
	defer closing(q.memory, &err)
	prepared, err := q.prepare(ctx)
	if err != nil {
		return nil, err
	}
	q.wanted = prepared.Wanted()
	x, err := q.explainer(ctx, prepared)
	if err != nil {
		return nil, err
	}
	first, err := q.subjects(ctx, q.what[0])
	if err != nil {
		return nil, err
	}
	if len(q.what) == 1 {
		return q.each(x, first)
	}
	second, err := q.subjects(ctx, q.what[1])
	switch {
	case fault.KindOf(err) == fault.NotFound && q.attribute == "" && x.HasAttribute(first[0], q.what[1]):
		q.attribute = q.what[1]
		return q.each(x, first)
	case err != nil:
		return nil, err
	case first[0].Kind == directory.User && first[0].Key == second[0].Key: // given name and family name
		return q.each(x, first)
	}
	return q.pairs(ctx, x, first, second)
}

// explainer gathers what answers are made of.
func (q *question) explainer(ctx context.Context, prepared *engine.Prepared) (*explain.Explainer, error) {
	last, err := q.lastRun(ctx)
	return explain.New(explain.Input{
		Wanted: q.wanted, Problems: q.options.problems,
		Steps: prepared.Plan.All(), Skipped: prepared.Plan.Skipped,
		Last: last, Approval: q.approval(ctx),
	}), err
}

// each explains every object that a name stands for.
func (q *question) each(x *explain.Explainer, subjects []explain.Subject) (answers []explain.Answer, err error) {
	ask := x.Object
	if q.attribute != "" {
		ask = func(s explain.Subject) (explain.Answer, error) { return x.Attribute(s, q.attribute) }
	}
	for _, s := range subjects {
		answer, err := ask(s)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// pairs explains a person in every object that the other name stands for.
func (q *question) pairs(ctx context.Context, x *explain.Explainer, a, b []explain.Subject) (answers []explain.Answer, err error) {
	aPerson, bPerson := a[0].Kind == directory.User, b[0].Kind == directory.User
	switch {
	case q.attribute != "":
		return nil, fault.New(fault.Invalid, "--attribute goes with one name alone, and there are two: %s and %s.", a[0].Key, b[0].Key)
	case aPerson == bPerson:
		return nil, fault.New(fault.Invalid, "Of two names one must be a person, and the other a class or a group; these are %s and %s.", a[0].Key, b[0].Key)
	case bPerson:
		a, b = b, a
	}
	if b, err = q.insteadOf(ctx, x, b); err != nil {
		return nil, err
	}
	for _, object := range x.Concerned(b) {
		answer, err := x.Pair(a[0], object)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// insteadOf returns, for an organization of which no unit is made, the groups
// that are made of it.
func (q *question) insteadOf(ctx context.Context, x *explain.Explainer, subjects []explain.Subject) ([]explain.Subject, error) {
	groups := x.InsteadOf(subjects)
	if len(groups) == 0 {
		return subjects, nil
	}
	return q.know(ctx, groups)
}

// prepare works out what a run would do.
func (q *question) prepare(ctx context.Context) (*engine.Prepared, error) {
	c, err := q.configuration(ctx, &q.options)
	if err != nil {
		return nil, err
	}
	q.scope = c.Target
	path, sha256 := q.path, ""
	if path == "" {
		if path, sha256, err = q.lastRoster(ctx); err != nil {
			return nil, err
		}
	}
	request, _, err := q.request(ctx, &q.options, path)
	switch {
	case err != nil && sha256 != "":
		return nil, fault.Wrap(err, fault.KindOf(err), "The roster of the last run cannot be read any more; name one after what you ask about")
	case err != nil:
		return nil, err
	case sha256 != "" && request.Roster.SHA256 != sha256:
		return nil, fault.New(fault.Invalid, "%s is not what the last run read any more. To explain from what it is now, name it: homeroom explain %s %s", path, q.what[0], path)
	}
	if q.target, err = openTarget(ctx, q.memory, c); err != nil {
		return nil, err
	}
	preparer := engine.Preparer{Store: q.memory.Store, Target: q.target, Scope: q.memory.scope(c.Target), Now: time.Now, Wait: wait, Progress: q.progress.running}
	prepared, err := preparer.Prepare(ctx, request)
	return prepared, describeHeld(err, 0)
}

// lastRun returns what the last run did, nil when there was none.
func (q *question) lastRun(ctx context.Context) (*explain.LastRun, error) {
	runs, err := q.memory.Runs(ctx, q.memory.scope(q.scope), 1)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	run := runs[0]
	if run.Reduced {
		return nil, nil //nolint:nilnil // nobody knows what it did
	}
	last := &explain.LastRun{ID: run.ID, Only: run.Only}
	if !run.Planned {
		last.Stopped, last.Code = cmp.Or(run.Message, "It has not ended"), run.Code
		return last, nil
	}
	last.Steps = q.memory.Steps(ctx, q.memory.tenant, run.ID, 1)
	last.Outcome, err = q.memory.outcomes(ctx, run)
	return last, err
}

// approval finds out who let a step pass. What cannot be read is as if nobody had.
func (q *question) approval(ctx context.Context) func(string) (explain.Approval, bool) {
	return func(content string) (explain.Approval, bool) {
		a, err := q.memory.Approval(ctx, q.memory.scope(q.scope), content)
		return explain.Approval{By: a.By, At: a.Expires.Add(-approvalTime).Local(), Run: a.Run}, err == nil
	}
}

// lastRoster returns where the last run read its roster, and the hash of it.
func (q *question) lastRoster(ctx context.Context) (path, sha256 string, err error) {
	runs, err := q.memory.Runs(ctx, q.memory.scope(q.scope), 1)
	if err != nil {
		return "", "", err
	}
	if len(runs) == 0 {
		return "", "", fault.New(fault.NotFound, "There was no run yet whose roster could be looked at. Name one: homeroom explain %s PATH", q.what[0])
	}
	return runs[0].RosterPath, runs[0].RosterSHA256, nil
}
