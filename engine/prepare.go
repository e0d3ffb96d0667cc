package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// Request is what a run starts from. It is frozen: nothing of it changes while
// the run lasts.
type Request struct {
	Roster       *roster.Roster
	RosterPath   string
	Problems     []roster.Problem // that were found when the roster was read; they are counted
	Codes        *roster.Codes
	Settings     flow.Settings
	Limits       plan.Limits
	AsOf         roster.Date // the day of landing, in the tenant's zone
	Reused       plan.Choice // what is done with class groups whose ids other classes have; "" is plan.HoldReused
	Rollover     bool        // between two school years: classes and enrollments may be missing
	Only         []string    // keys that the run is limited to; see flow.Wanted.Select
	AcceptRoster string      // SHA-256 of a roster that is taken however much it shrank; "" for none
	Begun        ledger.Run  // the run that was begun for this already; the zero Run for none

	forgotten []string // ids of people; see Preparer.forgotten
}

// Prepared is a run that is ready to be committed.
type Prepared struct {
	Plan     *plan.Plan
	Problems []roster.Problem

	request  Request
	wanted   *flow.Wanted
	part     *flow.Selection                     // what the run is limited to; nil for everything
	still    map[directory.Kind][]directory.Span // the stretches that were not compared
	links    []ledger.Link
	accepted ledger.Accepted
	absent   *ledger.Absent
	counts   ledger.Statistics
	settings []byte
	run      ledger.Run        // as it is to begin
	rejected *ledger.Rejection // of the roster of a run that is reverted
	used     []string          // approvals that let something pass
	lapsed   []string          // approvals whose reason is gone
	settled  []string          // keys that were decided of, and about which there is no doubt any more
}

// Changes reports how many steps would be carried out.
func (p *Prepared) Changes() int { return p.Plan.Free() }

// Preparer prepares runs. It only reads.
type Preparer struct {
	Store  Reader
	Target directory.Target
	Scope  ledger.Scope
	Now    func() time.Time
	// Wait is that of an Engine.
	Wait func(ctx context.Context, d time.Duration) error
	// Progress is told how far preparing is. It may be nil.
	Progress Progress
}

// Prepare works out what a run would do. A roster that lacks too much of an
// earlier one gives a *HeldRoster.
func (p *Preparer) Prepare(ctx context.Context, request Request) (*Prepared, error) {
	out := &Prepared{request: request, still: make(map[directory.Kind][]directory.Span)}
	var err error
	if out.settings, err = json.Marshal(request.Settings); err != nil {
		return nil, err
	}
	out.run = ledger.Run{
		RosterPath: request.RosterPath, RosterSHA256: request.Roster.SHA256, Settings: out.settings, Only: request.Only,
	}
	if request.forgotten, err = p.forgotten(ctx, request.Roster); err != nil {
		return nil, err
	}
	out.request = request
	p.Progress.tell(Comparing, 0, 0)
	if err = p.compare(ctx, out); err != nil {
		return nil, err
	}
	approvals, err := p.approvals(ctx)
	if err != nil {
		return nil, err
	}
	in := p.input(request, request.Settings)
	if in.Honoured, err = p.Store.Honoured(ctx, p.Scope); err != nil {
		return nil, err
	}
	census := flow.NewCensus(in)
	matches, err := p.match(ctx, census, approvals)
	if err != nil {
		return nil, err
	}
	out.wanted, out.links = census.Want(matches), matches.Links()
	out.counts.Matched, out.counts.Unmatched = out.wanted.MatchedByRole()
	if len(request.Only) > 0 {
		out.part = out.wanted.Select(request.Only)
	}
	var others sync.WaitGroup
	others.Go(func() { out.Problems = out.wanted.Problems() })
	out.Plan, err = p.plan(ctx, out, matches)
	others.Wait()
	if err != nil {
		return nil, err
	}
	if err := out.limit(approvals); err != nil {
		return nil, err
	}
	privileged := matches.Privileged
	if len(request.Settings.Authoritative) > 0 { // strangers may be removed
		known, err := p.privileged(ctx)
		if err != nil {
			return nil, err
		}
		privileged = func(user string) bool { return matches.Privileged(user) || known(user) }
	}
	if err := p.guard(ctx, out, privileged, approvals); err != nil {
		return nil, err
	}
	out.used, out.lapsed = approvals.split()
	out.Problems = append(out.Problems, planProblems(out.Plan)...)
	return out, nil
}

// compare compares the roster with earlier ones and counts its records.
func (p *Preparer) compare(ctx context.Context, out *Prepared) error {
	at := sync.OnceValue(func() present { return presentIn(out.request.Roster) })
	var err error
	if out.accepted, err = p.compareRosters(ctx, out.request, at); err != nil {
		return err
	}
	absent, err := p.absentIn(ctx, out.request, at)
	out.absent, out.counts = absent.remembered(), count(out.request, absent)
	return err
}

func (p *Preparer) input(request Request, settings flow.Settings) flow.Input {
	return flow.Input{
		Roster: request.Roster, Codes: request.Codes, Settings: settings,
		Abilities: p.Target.Abilities(), AsOf: request.AsOf, Forgotten: request.forgotten,
	}
}

// match pairs people with directory users. The users are gone through once,
// however many there are, or not at all where nothing can have happened to them.
func (p *Preparer) match(ctx context.Context, census *flow.Census, approvals *approvals) (*flow.Matches, error) {
	doubt := func(rule, person, id string) bool {
		content := plan.DoubtContent(rule, person, id)
		approvals.people[content] = person
		return approvals.use(content)
	}
	matcher, err := census.Matcher(readAhead(p.Store.Links(ctx, p.Scope)), doubt)
	if err != nil {
		return nil, fmt.Errorf("reading the links: %w", err)
	}
	p.Progress.tell(Matching, 0, 0)
	if there, err := p.usersThere(ctx, matcher); err != nil {
		return nil, err
	} else if there {
		matcher.SeeLinked()
		return matcher.Resolve(), nil
	}
	seen := 0
	for user, err := range readAhead(p.Target.Observe(ctx, directory.User, matcher.View())) {
		if err != nil {
			return nil, fmt.Errorf("reading the directory's users: %w", err)
		}
		matcher.See(user)
		if seen++; seen%countBetween == 0 {
			p.Progress.tell(Matching, seen, 0)
		}
	}
	if err := p.awaitUsers(ctx, matcher); err != nil {
		return nil, err
	}
	return matcher.Resolve(), nil
}

// plan compares what is wanted with the ledger, and where the settings changed
// since the last run also with what those would have asked for.
func (p *Preparer) plan(ctx context.Context, out *Prepared, matches *flow.Matches) (*plan.Plan, error) {
	if len(out.request.Settings.Authoritative) > 0 {
		if err := p.awaitShown(ctx); err != nil {
			return nil, err
		}
	}
	in := plan.Input{
		Want:     wantsAhead(p.watchWants(ctx, out.request.Roster, out.wanted.Objects)),
		HasRole:  out.wanted.HasRole,
		Excluded: out.wanted.Excluded,
		Moved:    matches.Moved,
		Widest:   p.widest(out.request, matches),
		Have:     p.haves(ctx, out.wanted, out.request.Settings.Authoritative),
	}
	if out.request.Settings.ReplaceLeavers {
		in.Successors = out.wanted.Successors
	}
	limit(&in, out.part)
	reuse, err := p.reuse(ctx, out.request)
	if err != nil {
		return nil, err
	}
	in.Reuse = &reuse.Reuse
	if err := p.before(ctx, out, matches, &in); err != nil {
		return nil, err
	}
	// The generation comes first: should the ledger change while it is read,
	// the plan is for an older one, and is refused.
	generation, err := p.Store.Generation(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	if out.part == nil && len(in.Before) == 0 && !matches.HasMoved() {
		in.Still = func(kind directory.Kind) ([]plan.Stretch, error) { return p.still(ctx, out, kind) }
	}
	p.Progress.tell(Planning, 0, 0) // before the first want there are fingerprints
	made, err := plan.Compute(in)
	if err = errors.Join(err, reuse.failed); err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	made.RosterSHA256, made.Generation, made.Only = out.request.Roster.SHA256, generation, out.request.Only
	made.Orgs = orgNames(out.request.Roster)
	out.settled = reuse.settled()
	return made, nil
}

// orgNames returns the names of a roster's organizations, by id.
func orgNames(r *roster.Roster) map[string]string {
	names := make(map[string]string, len(r.Orgs))
	for i := range r.Orgs {
		names[r.Str(r.Orgs[i].ID)] = r.Str(r.Orgs[i].Name)
	}
	return names
}

// before adds what earlier settings would ask for, where they are others.
func (p *Preparer) before(ctx context.Context, out *Prepared, matches *flow.Matches, in *plan.Input) error {
	baselines, err := p.Store.Baselines(ctx, p.Scope)
	if err != nil {
		return err
	}
	for _, baseline := range baselines {
		if bytes.Equal(baseline, out.settings) {
			continue
		}
		var settings flow.Settings
		if err := json.Unmarshal(baseline, &settings); err != nil {
			return fmt.Errorf("reading the settings of an earlier run: %w", err)
		}
		in.Before = append(in.Before, flow.NewCensus(p.input(out.request, settings)).Want(matches).Objects)
	}
	return nil
}

// widest returns what the roster can support of an object. It is worked out when
// it is first asked for, which is seldom.
func (p *Preparer) widest(request Request, matches *flow.Matches) func(directory.Kind, string) *directory.Want {
	wanted := sync.OnceValue(func() *flow.Wanted {
		return flow.NewCensus(p.input(request, request.Settings.Widest(request.Codes))).Want(matches)
	})
	return func(kind directory.Kind, key string) *directory.Want {
		if want, ok := wanted().Object(kind, key); ok {
			return &want
		}
		return nil
	}
}

// recentDays is how long unapproved changes count together (rules 4).
const recentDays = 7

func (p *Preparer) guard(ctx context.Context, out *Prepared, privileged func(user string) bool, approvals *approvals) error {
	settled, err := p.Store.Settled(ctx, p.Scope)
	if err != nil {
		return err
	}
	tallies, err := p.Store.Tallies(ctx, p.Scope, p.Now().AddDate(0, 0, -recentDays))
	if err != nil {
		return err
	}
	recent := make(plan.Tally)
	for _, t := range tallies {
		recent.Add(plan.Sort(t.Sort), t.Org, t.Count)
	}
	guard := plan.Guard{
		Limits: out.request.Limits, Recent: recent, Settled: settled, Rollover: out.request.Rollover,
		Approved: approvals.use, Privileged: privileged,
	}
	return guard.Hold(out.Plan)
}

// approvals notes which of them were used.
type approvals struct {
	known map[string]ledger.Approval
	taken map[string]bool
	// The people whom doubts were about, by content.
	people map[string]string
}

func (p *Preparer) approvals(ctx context.Context) (*approvals, error) {
	known, err := p.Store.Approvals(ctx, p.Scope, p.Now())
	return &approvals{known: known, taken: make(map[string]bool), people: make(map[string]string)}, err
}

// use reports whether somebody lets a step pass. One that was rejected stays held.
func (a *approvals) use(content string) bool {
	approval, ok := a.known[content]
	if ok {
		a.taken[content] = true
	}
	return ok && !approval.Rejected
}

// split returns the approvals that were used, and those and the rejections that had no
// use: the roster took their reason back.
func (a *approvals) split() (used, lapsed []string) {
	for _, content := range slices.Sorted(maps.Keys(a.known)) {
		switch {
		case !a.taken[content]:
			lapsed = append(lapsed, content)
		case !a.known[content].Rejected:
			used = append(used, content)
		}
	}
	return used, lapsed
}
