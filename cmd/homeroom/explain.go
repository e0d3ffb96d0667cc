package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/explain"
	"github.com/homeroomhq/homeroom/fault"
)

func newExplain(a *app) *cobra.Command {
	q := question{app: a}
	cmd := &cobra.Command{
		Use:   "explain WHAT [WHAT2] [PATH] -c homeroom.yaml",
		Short: "Say why somebody or something is as it is, or is not",
		Long: `Answers why, and why not, down to file, line and rule. WHAT is a person
(User_114001, the bare id, or a username), a class (Section_112001) or a group
(School_110001, RoleGroup_students_110001). A person and a class, or a person and
a group, ask why the one is in the other, or why not.

PATH is the roster to explain from. Without it, it is that of the last run, as long
as it has not changed since. Nothing is written.`,
		Example: `  homeroom explain User_114001
  homeroom explain jdiaz2 Section_112001
  homeroom explain User_114001 --attribute education.grade
  homeroom explain Section_112001 path/to/roster -o json`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkOutput(); err != nil {
				return err
			}
			q.understand(args)
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
	cmd.Flags().StringVarP(&q.options.config, "config", "c", "homeroom.yaml", "the configuration")
	cmd.Flags().StringVar(&q.options.acceptRoster, "accept-roster", "", "take the roster with this SHA-256 however much it shrank")
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
}

// understand tells the path from what is asked about.
func (q *question) understand(args []string) {
	last := len(args) - 1
	if last == 2 || last == 1 && exists(args[1]) {
		q.path, args = args[last], args[:last]
	}
	q.what = args
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
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
	x := explain.New(explain.Input{
		Wanted: prepared.Wanted(), Problems: q.options.problems,
		Steps: prepared.Plan.All(), Skipped: prepared.Plan.Skipped,
	})
	var asked [][]explain.Subject
	for _, what := range q.what {
		subjects, err := q.subjects(ctx, prepared, what)
		if err != nil {
			return nil, err
		}
		asked = append(asked, subjects)
	}
	if len(asked) == 2 {
		return q.pairs(x, asked[0], asked[1])
	}
	for _, s := range asked[0] {
		a, err := q.one(x, s)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

func (q *question) one(x *explain.Explainer, s explain.Subject) (explain.Answer, error) {
	if q.attribute != "" {
		return x.Attribute(s, q.attribute)
	}
	return x.Object(s)
}

// pairs explains a person in every object that the other name stands for.
func (q *question) pairs(x *explain.Explainer, a, b []explain.Subject) (answers []explain.Answer, err error) {
	if b[0].Kind == directory.User {
		a, b = b, a
	}
	if q.attribute != "" || a[0].Kind != directory.User || b[0].Kind == directory.User {
		return nil, fault.New(fault.Invalid, "Of two names one is a person, and the other a class or a group; --attribute goes with one name alone.")
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

// prepare works out what a run would do.
func (q *question) prepare(ctx context.Context) (*engine.Prepared, error) {
	c, err := loadConfig(q.options.config)
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
	request, _, err := q.options.request(ctx, path)
	switch {
	case err != nil && sha256 != "":
		return nil, fault.Wrap(err, fault.KindOf(err), "The roster of the last run cannot be read any more; name one after what you ask about")
	case err != nil:
		return nil, err
	case sha256 != "" && request.Roster.SHA256 != sha256:
		return nil, fault.New(fault.Invalid, "%s is not what the last run read any more. To explain from what it is now, name it: homeroom explain %s %s", path, q.what[0], path)
	}
	if q.target, err = openTarget(ctx, c.Target, q.memory, c.Settings.Domains); err != nil {
		return nil, err
	}
	preparer := engine.Preparer{Store: q.memory.Store, Target: q.target, Scope: q.memory.scope(c.Target), Now: time.Now}
	prepared, err := preparer.Prepare(ctx, request)
	return prepared, describeHeld(err, 0)
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

// subjects returns what a name may stand for, with what ledger and directory
// know of it.
func (q *question) subjects(ctx context.Context, prepared *engine.Prepared, what string) ([]explain.Subject, error) {
	var failed error
	names, err := explain.Find(prepared.Wanted(), what, func(name explain.Name) bool {
		have, err := q.have(ctx, name)
		if err != nil {
			failed = err
		}
		return have != nil
	})
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	var subjects []explain.Subject
	for _, name := range names {
		s, err := q.subject(ctx, name)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}

func (q *question) subject(ctx context.Context, name explain.Name) (explain.Subject, error) {
	s := explain.Subject{Kind: name.Kind, Key: name.Key}
	scope := q.memory.scope(q.scope)
	var err error
	if s.Have, err = q.have(ctx, name); err != nil {
		return s, err
	}
	if s.Found, err = q.find(ctx, name); err != nil {
		return s, err
	}
	if name.Kind != directory.User {
		s.Released, err = q.memory.Released(ctx, scope, name.Kind, name.Key)
		return s, err
	}
	link, err := q.memory.Link(ctx, scope, name.Key)
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	s.Via = link.Via
	return s, err
}

// have returns what the ledger knows of an object, or nil.
func (q *question) have(ctx context.Context, name explain.Name) (*directory.Have, error) {
	have, err := q.memory.Have(ctx, q.memory.scope(q.scope), name.Kind, name.Key)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return &have, err
}

// find returns the object that bears a key in the directory, or nil.
func (q *question) find(ctx context.Context, name explain.Name) (*directory.Object, error) {
	objects, err := q.target.Find(ctx, name.Kind, []string{name.Key})
	for i := range objects {
		if !objects[i].Deleted {
			return &objects[i], err
		}
	}
	return nil, err
}
