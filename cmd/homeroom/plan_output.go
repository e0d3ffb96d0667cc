package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// planForms returns the forms, besides text and JSON, in which a plan can be written.
func planForms() []string { return []string{"csv", "html"} }

// shownSteps is how many steps of a group are shown unless all are asked for.
const shownSteps = 50

// shownPlan is a plan with what people want to know of it besides.
type shownPlan struct {
	*plan.Plan
	title string
	notes []roster.Problem
	names func(directory.Kind, string) string // what objects are called, by key
}

func (a *app) printPlan(w io.Writer, p *engine.Prepared, limit int) error {
	return a.writePlan(w, shownPlan{Plan: p.Plan, title: "What a sync would do", notes: p.Problems, names: p.Wanted().Called}, limit)
}

// writePlan writes a plan in the form that was asked for; as text, so many steps of
// each group, or all with 0.
func (a *app) writePlan(w io.Writer, p shownPlan, limit int) error {
	switch a.output {
	case "json":
		return plan.WriteJSON(w, p.Plan)
	case "csv":
		return plan.WriteCSV(w, p.Plan, p.names)
	case "html":
		return plan.WriteHTML(w, p.Plan, plan.HTMLOptions{Title: p.title, Notes: p.sentences(), Names: p.names})
	}
	if err := writeNotes(w, p.notes); err != nil {
		return err
	}
	options := plan.TextOptions{Limit: limit}
	if t := terminal(w); t != nil {
		options.Colour, options.Width = !plain(), columns(t)
	}
	return plan.WriteText(w, p.Plan, options)
}

// sentences returns the notes as sentences.
func (p shownPlan) sentences() []string {
	var all []string
	for _, note := range p.notes {
		all = append(all, strings.TrimSpace(note.Message+" "+note.Remedy))
	}
	return all
}

// writeNotes writes what the person in charge should know about a plan.
func writeNotes(w io.Writer, problems []roster.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("Worth knowing\n")
	for i, p := range problems {
		fmt.Fprintf(&b, "  %s: %s", p.Rule, p.Message)
		if p.Count > 1 {
			fmt.Fprintf(&b, " (%d)", p.Count)
		}
		if p.File != "" {
			fmt.Fprintf(&b, " (%s:%d)", p.File, p.Line)
		}
		b.WriteByte('\n')
		if last := i == len(problems)-1; p.Remedy != "" && (last || problems[i+1].Remedy != p.Remedy) {
			fmt.Fprintf(&b, "    %s\n", p.Remedy)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}
