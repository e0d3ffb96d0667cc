package roster

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

const reportedPerRule = 20

// Report writes problems for people: how many there are, then by severity and
// rule where they are and what to do, the first twenty of each rule. The error is
// that of the writer.
func Report(w io.Writer, problems []Problem) error {
	out := bufio.NewWriter(w)
	if len(problems) == 0 {
		fmt.Fprintln(out, "No problems.")
		return out.Flush()
	}
	sections := sectionsOf(problems)
	reportCounts(out, sections)
	var last Severity
	for _, s := range sections {
		if s.severity != last {
			fmt.Fprintf(out, "\n%s: %s\n", strings.ToUpper(string(s.severity)), s.severity.Effect())
			last = s.severity
		}
		s.report(out)
	}
	return out.Flush()
}

// section holds the problems of one severity and rule.
type section struct {
	severity Severity
	rule     Rule
	problems []Problem
	count    int // of findings
}

func sectionsOf(problems []Problem) []section {
	var sections []section
	for _, p := range problems {
		at := slices.IndexFunc(sections, func(s section) bool { return s.severity == p.Severity && s.rule == p.Rule })
		if at < 0 {
			at = len(sections)
			sections = append(sections, section{severity: p.Severity, rule: p.Rule})
		}
		sections[at].problems = append(sections[at].problems, p)
		sections[at].count += p.findings()
	}
	slices.SortStableFunc(sections, func(a, b section) int {
		return cmp.Or(cmp.Compare(a.severity.weight(), b.severity.weight()), cmp.Compare(a.rule, b.rule))
	})
	return sections
}

func reportCounts(w io.Writer, sections []section) {
	counts := make(map[Severity]int)
	for _, s := range sections {
		counts[s.severity] += s.count
	}
	fmt.Fprintf(w, "%d catastrophic, %s, %s\n",
		counts[Catastrophic], plural(counts[Error], "error"), plural(counts[Warning], "warning"))
}

func (s section) report(w io.Writer) {
	fmt.Fprintf(w, "\n  %s (%d)\n", s.rule, s.count)
	remedy := ""
	for i, p := range s.problems {
		if i == reportedPerRule {
			more := 0
			for _, p := range s.problems[i:] {
				more += p.findings()
			}
			fmt.Fprintf(w, "    ... and %d more\n", more)
			break
		}
		fmt.Fprintf(w, "    %s\n", p.line())
		remedy = cmp.Or(remedy, p.Remedy)
	}
	if remedy != "" {
		fmt.Fprintf(w, "    To do: %s\n", remedy)
	}
}

// line tells one problem in one line.
func (p Problem) line() string {
	var s strings.Builder
	s.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&s, ":%d", p.Line)
	}
	if p.Column > 0 {
		fmt.Fprintf(&s, ":%d", p.Column)
	}
	if p.Record != "" {
		fmt.Fprintf(&s, " %q", p.Record)
	}
	if p.Field != "" {
		fmt.Fprintf(&s, " %s", p.Field)
	}
	fmt.Fprintf(&s, ": %s", p.Message)
	if p.Count > 1 {
		fmt.Fprintf(&s, " (%d in all)", p.Count)
	}
	return s.String()
}

// findings returns how many findings a problem stands for.
func (p Problem) findings() int { return max(p.Count, 1) }

func (s Severity) weight() int {
	switch s {
	case Catastrophic:
		return 0
	case Error:
		return 1
	default:
		return 2
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
