package plan

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// TextOptions say how WriteText writes.
type TextOptions struct {
	Colour bool
	Limit  int // steps shown of each group; 0 for all
	Width  int // of a line, in characters; 0 for 100
}

const defaultWidth = 100

// WriteText writes a plan for the person who answers for the directory: counts
// first, then what changes and why, then what waits for a decision and what is
// left out. Lists are cut where they would be long; WriteJSON writes everything.
func WriteText(w io.Writer, p *Plan, o TextOptions) error {
	t := newText(w, o)
	t.outcome = p.Outcome
	if len(p.Only) > 0 {
		t.paragraph("", clean("This is only about "+strings.Join(p.Only, ", ")+": everything else stays as it is, and is planned again the next time."))
		t.line("")
	}
	if p.Of != 0 {
		t.paragraph("", fmt.Sprintf("This takes back what run %d did.", p.Of))
		t.line("")
	}
	t.counts(p.Summary())
	switch {
	case p.Len() == 0:
		t.line("\nNothing to do.")
	case p.Free() == 0:
		t.line("\nNothing to do before you decide: every step is held.")
	}
	free, held, err := t.divide(p.All())
	if err != nil {
		return err
	}
	for _, s := range free {
		t.section(s)
	}
	t.held(held)
	t.skipped(p.Skipped)
	return t.out.Flush()
}

// WriteCounts writes the counts of a plan alone.
func WriteCounts(w io.Writer, p *Plan) error {
	t := newText(w, TextOptions{})
	t.counts(p.Summary())
	return t.out.Flush()
}

// text writes lines. The writer below keeps the first error until Flush.
type text struct {
	out *bufio.Writer
	TextOptions
	outcome func(*Step) Outcome // nil for a plan that nobody carried out
}

func newText(w io.Writer, o TextOptions) *text {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	return &text{out: bufio.NewWriter(w), TextOptions: o}
}

func (t *text) line(format string, args ...any) {
	fmt.Fprintf(t.out, format+"\n", args...)
}

func (t *text) heading(title string, n int, after string) {
	t.line("\n%s (%s)%s", t.paint(bold, title), number(n), after)
}

// more says how many of a group are not shown, if any.
func (t *text) more(indent string, n int) {
	if hidden := n - t.shown(n); hidden > 0 {
		t.line("%s… and %s more", indent, number(hidden))
	}
}

// shown returns how many of n are shown.
func (t *text) shown(n int) int {
	if t.Limit == 0 {
		return n
	}
	return min(n, t.Limit)
}

// The colours of a terminal.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

func (t *text) paint(colour, s string) string {
	if !t.Colour {
		return s
	}
	return colour + s + plain
}

// paragraph writes a sentence in lines of the width, each after the indent.
func (t *text) paragraph(indent, sentence string) {
	line := indent
	for _, word := range strings.Fields(sentence) {
		switch {
		case line == indent:
			line += word
		case length(line)+1+length(word) > t.Width:
			t.line("%s", line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	t.line("%s", line)
}

// counts writes the summary as a table.
func (t *text) counts(s Summary) {
	row := func(name string, cells ...string) {
		fmt.Fprintf(t.out, "%-20s", name)
		for _, cell := range cells {
			fmt.Fprintf(t.out, "%11s", cell)
		}
		t.line("")
	}
	row("", "create", "update", "unchanged", "retired", "released")
	for _, kind := range directory.Kinds() {
		n := s.Objects[kind]
		row(plural(kind), number(n.Create), number(n.Update), number(n.Unchanged), number(n.Retired), number(n.Released))
	}
	row("Owners", "+"+number(s.Owner.Add), "−"+number(s.Owner.Remove))
	row("Members", "+"+number(s.Member.Add), "−"+number(s.Member.Remove))
	if s.Rewritten > 0 {
		row("Written again", number(s.Rewritten))
	}
	if s.Deleted > 0 {
		row("Deleted", number(s.Deleted))
	}
	row("Held", number(s.Held))
	row("Skipped", number(s.Skipped))
}

// section is a group of steps under one heading, of which only the first are
// kept.
type section struct {
	title string
	n     int // of steps
	first []Step
	sets  string // the flow sets that ask for every one of them
	mixed bool   // they are not the same for all
}

func (s *section) add(step Step, limit int) {
	sets := step.flowSets()
	if s.n == 0 {
		s.sets = sets
	}
	s.mixed = s.mixed || s.sets != sets
	if s.n++; limit == 0 || s.n <= limit {
		s.first = append(s.first, step)
	}
}

// divide groups the steps that are free, in the order of the plan, and apart from
// them those that are held, by the rule that holds them.
func (t *text) divide(steps iter.Seq2[Step, error]) (free, held []*section, err error) {
	byTitle := make(map[string]*section)
	byRule := make(map[string]*section)
	for step, err := range steps {
		if err != nil {
			return nil, nil, err
		}
		if step.Held == nil {
			title := step.title()
			if byTitle[title] == nil {
				byTitle[title] = &section{title: title}
			}
			byTitle[title].add(step, t.Limit)
			continue
		}
		rule := step.Held.Rule
		if byRule[rule] == nil {
			byRule[rule] = &section{title: rule}
			held = append(held, byRule[rule])
		}
		byRule[rule].add(step, t.Limit)
	}
	for _, title := range titles() {
		if s := byTitle[title]; s != nil {
			free = append(free, s)
		}
	}
	return free, held, nil
}

const (
	titleTeams    = "Class groups that become teams"
	titleRewrites = "Written again, since a flow was reset"
	titleRetired  = "No longer in the roster: left as they are"
	titleReleased = "No longer asked for: left as they are"
	titleDeleted  = "Deleted for good"
	titleCreated  = "Created by the run that is reverted: left as they are"
	titleExpiries = "Out of use: their names become free for others"
	titleNotes    = "Noted: the school years that class groups stand for"
)

func titleRemovals(k directory.Kind) string { return plural(k) + ": what is taken away" }

// titles returns all headings of steps that are free, in the order of the plan.
func titles() []string {
	all := []string{plural(directory.User), plural(directory.AdministrativeUnit), plural(directory.SecurityGroup), titleExpiries}
	all = append(all, plural(directory.ClassGroup), titleTeams, titleRewrites)
	for _, k := range directory.Kinds() {
		all = append(all, titleRemovals(k))
	}
	return append(all, titleDeleted, titleRetired, titleCreated, titleReleased, titleNotes)
}

func (s *Step) title() string {
	if s.Action == Rewrite {
		return titleRewrites
	}
	switch s.phase() {
	case phaseExpiries:
		return titleExpiries
	case phaseTeams:
		return titleTeams
	case phaseRemovals:
		return titleRemovals(s.Kind)
	case phaseDeletions:
		return titleDeleted
	case phaseLedger:
		switch {
		case s.Action == Retire && s.ruledBy(ruleCreated):
			return titleCreated
		case s.Action == Retire:
			return titleRetired
		case s.Action == Update:
			return titleNotes
		}
		return titleReleased
	}
	return plural(s.Kind)
}

// section writes a group of steps. The flow set is named once where one asks
// for all of them, else with every step.
func (t *text) section(s *section) {
	after := ""
	if !s.mixed && s.sets != "" {
		after = "  by flow set " + clean(s.sets)
	}
	t.heading(s.title, s.n, after)
	for i := range s.first {
		t.step("  ", &s.first[i], s.mixed)
	}
	t.more("  ", s.n)
}

// flowSets returns the names of the flow sets that ask for the step's object.
func (s *Step) flowSets() string {
	names := make([]string, len(s.Why))
	for i, why := range s.Why {
		names[i] = why.FlowSet
	}
	return strings.Join(names, ", ")
}

func plural(k directory.Kind) string {
	switch k {
	case directory.User:
		return "Users"
	case directory.AdministrativeUnit:
		return "Administrative units"
	case directory.SecurityGroup:
		return "Security groups"
	default:
		return "Class groups"
	}
}
