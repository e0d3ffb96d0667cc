package plan

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"html/template"
	"io"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// HTMLOptions say how WriteHTML writes.
type HTMLOptions struct {
	Title string   // of the page: what plan this is
	Notes []string // sentences that the person in charge should know
	// Names gives what objects are called, "" for those that it does not know; it may
	// be nil.
	Names func(directory.Kind, string) string
}

//go:embed page/page.html
var pageHTML string

//go:embed page/page.css
var pageCSS string

//go:embed page/page.js
var pageJS string

// WriteHTML writes a plan as one page that anybody can open and that needs nothing
// else: no network, no other file. It holds the steps as data and shows a part of them
// at a time, so that a plan of a hundred thousand steps can be searched in a browser.
// The steps are written one after the other. Of contacts it tells no more than their
// number, of passwords where they come from.
func WriteHTML(w io.Writer, p *Plan, o HTMLOptions) error {
	page, err := template.New("page").Funcs(template.FuncMap{"number": number}).Parse(pageHTML)
	if err != nil {
		return err
	}
	err = page.Execute(w, pageOf(p, o))
	if err != nil {
		return err
	}
	j := newJSONWriter(w)
	j.encoder.SetEscapeHTML(true) // so that nothing in it ends the script
	j.text("<script type=\"application/json\" id=\"plan\">\n{\"steps\":")
	h := &pageData{names: o.Names, people: make(map[string]string), because: newDictionary(), held: newDictionary()}
	if err := h.writeSteps(j, p); err != nil {
		return err
	}
	j.text(",\n\"skips\":")
	j.list(h.skips(p.Skipped))
	for _, part := range []struct {
		name  string
		value any
	}{
		{"because", h.because.texts}, {"held", h.held.texts}, {"people", h.people}, {"organizations", p.organizations()},
	} {
		j.text(",\n\"" + part.name + "\":")
		j.value(part.value)
	}
	j.text("}\n</script>\n<script>")
	j.text(pageJS)
	j.text("</script>\n</body>\n</html>\n")
	return j.flush()
}

// page is what stands in the page besides the steps.
type page struct {
	Title, Policy string
	Style         template.CSS
	Only, Notes   []string
	Kinds         []pageKind
	Summary       Summary
	Carried       bool // somebody carried the plan out
}

type pageKind struct {
	Name string
	ObjectSummary
}

func pageOf(p *Plan, o HTMLOptions) page {
	out := page{
		Title: o.Title, Style: template.CSS(pageCSS), //nolint:gosec // our own
		Policy: "default-src 'none'; style-src '" + digest(pageCSS) + "'; script-src '" + digest(pageJS) + "'; base-uri 'none'; form-action 'none'",
		Only:   p.Only, Notes: o.Notes, Summary: p.Summary(), Carried: p.Outcome != nil,
	}
	for _, kind := range directory.Kinds() {
		out.Kinds = append(out.Kinds, pageKind{plural(kind), p.summary.Objects[kind]})
	}
	return out
}

// digest returns the hash by which a content security policy names a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// organizations returns the names of organizations, never nil.
func (p *Plan) organizations() map[string]string {
	if p.Orgs == nil {
		return map[string]string{}
	}
	return p.Orgs
}

// dictionary numbers texts, so that each is written once.
type dictionary struct {
	texts []string
	at    map[string]int
}

func newDictionary() *dictionary {
	return &dictionary{texts: []string{}, at: make(map[string]int)}
}

func (d *dictionary) number(text string) int {
	at, known := d.at[text]
	if !known {
		at = len(d.texts)
		d.at[text] = at
		d.texts = append(d.texts, text)
	}
	return at
}

// pageData collects what the steps of a page refer to.
type pageData struct {
	names         func(directory.Kind, string) string
	people        map[string]string // names by key
	because, held *dictionary
}

// pageStep is a step for the page.
type pageStep struct {
	Seq     int         `json:"n"`
	Action  Action      `json:"a"`
	Kind    string      `json:"k"`
	Key     string      `json:"y"`
	Name    string      `json:"t,omitempty"`
	Org     string      `json:"o,omitempty"`
	Set     [][3]string `json:"s,omitempty"` // attribute, from, to
	Add     [2][]string `json:"p"`           // owners, members
	Remove  [2][]string `json:"m"`
	Release [2][]string `json:"r"`
	Because int         `json:"b"`
	Record  string      `json:"f,omitempty"`
	Rule    string      `json:"h,omitempty"` // held by it
	Held    int         `json:"d,omitempty"` // why, and what to do
	Passed  bool        `json:"v,omitempty"` // approved
	Outcome *Outcome    `json:"x,omitempty"`
}

func (h *pageData) writeSteps(j *jsonWriter, p *Plan) error {
	var failed error
	j.list(func(yield func(any) bool) {
		for step, err := range p.All() {
			if failed = err; err != nil || !yield(h.step(p, &step)) {
				return
			}
		}
	})
	return failed
}

func (h *pageData) step(p *Plan, s *Step) pageStep {
	out := pageStep{
		Seq: s.Seq, Action: s.Action, Kind: plural(s.Kind), Key: s.Key, Name: called(h.names, s), Org: s.Org,
		Add: h.pairs(s.Owners.Add, s.Members.Add), Remove: h.pairs(s.Owners.Remove, s.Members.Remove),
		Release: h.pairs(nil, nil), Because: h.because.number(s.because()), Passed: s.Approved,
	}
	if s.Released != nil {
		out.Release = h.pairs(s.Released.Owners, s.Released.Members)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		from, to := value(name, s.Set[name].From), value(name, s.Set[name].To)
		if from == to && s.Action != Rewrite {
			from, to = "", change(name, s.Set[name])
		}
		out.Set = append(out.Set, [3]string{name, from, to})
	}
	if len(s.Why) > 0 {
		out.Record = s.Why[0].Record
	}
	if s.Held != nil {
		out.Rule = s.Held.Rule
		out.Held = h.held.number(s.Held.Message + ". " + Decision(s.Held.Rule))
	}
	if p.Outcome != nil {
		outcome := p.Outcome(s)
		out.Outcome = &outcome
	}
	return out
}

// value returns a value for people, "" for none.
func value(name, text string) string {
	if text == "" {
		return ""
	}
	return shown(name, text)
}

// pairs returns owners and members, neither nil, and notes their names.
func (h *pageData) pairs(owners, members []string) [2][]string {
	for _, keys := range [][]string{owners, members} {
		for _, key := range keys {
			if h.names == nil || h.people[key] != "" {
				continue
			}
			if name := h.names(directory.User, key); name != "" {
				h.people[key] = name
			}
		}
	}
	return [2][]string{orEmpty(owners), orEmpty(members)}
}

// pageSkip is something left out, for the page.
type pageSkip struct {
	Kind   string `json:"k"`
	Key    string `json:"y"`
	Name   string `json:"t,omitempty"`
	Rule   string `json:"h"`
	Detail string `json:"e,omitempty"`
	Held   int    `json:"d"` // what it means, and what to do
	Record string `json:"f,omitempty"`
	Org    string `json:"o,omitempty"`
}

func (h *pageData) skips(all []Skip) func(func(any) bool) {
	return func(yield func(any) bool) {
		for _, s := range all {
			out := pageSkip{plural(s.Kind), s.Key, "", s.Reason, s.Detail, h.held.number(Meaning(s.Reason)), s.Record, s.Org}
			if h.names != nil {
				out.Name = h.names(s.Kind, s.Key)
			}
			if !yield(out) {
				return
			}
		}
	}
}
