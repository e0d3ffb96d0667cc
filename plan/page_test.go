package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// browser starts a browser, which closes with the test. Only where the tests are not
// the ones that count, a browser that is not there is no failure.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no chromium; scripts/setup chromium=chromium installs it")
		}
		t.Skip("there is no chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1100, 1400),
	}
	for _, flag := range []string{"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// tab is an open page.
type tab struct {
	*testing.T
	ctx context.Context
}

// open opens a plan in the browser, and fails when the page's script does.
func open(t *testing.T, p *plan.Plan, o plan.HTMLOptions) tab {
	t.Helper()
	var page bytes.Buffer
	if err := plan.WriteHTML(&page, p, o); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := tab{t, browser(t)}
	b.do(chromedp.Navigate("about:blank"))
	err := chromedp.Listen(b.ctx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the page's script fails: %v", thrown.ExceptionDetails)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate("file://" + path))
	return b
}

func (b tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// script returns what an expression gives.
func (b tab) script(expression string) string {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.Fatal(err)
	}
	return value
}

func (b tab) want(what, expression, want string) {
	b.Helper()
	if got := b.script(expression); got != want {
		b.Errorf("%s: %s, want %s", what, got, want)
	}
}

// choose chooses an option of a filter by its text, and search looks for a text.
func (b tab) choose(filter, text string) {
	b.Helper()
	b.want("choosing "+text, fmt.Sprintf(`(() => {
		const select = document.getElementById(%q);
		select.value = [...select.options].find(o => o.text === %q).value;
		select.dispatchEvent(new Event("change"));
		return select.selectedOptions[0].text;
	})()`, filter, text), text)
}

func (b tab) search(text string) {
	b.Helper()
	b.script(`document.getElementById("search").value = ""`)
	b.do(chromedp.SendKeys("#search", text+"\r"))
}

const (
	counted = `document.getElementById("count").textContent`
	keys    = `[...document.querySelectorAll("#list .top .key")].map(e => e.textContent).join(" ")`
)

// A person opens the page, searches and filters.
func TestPage(t *testing.T) {
	p := everything(t)
	p.Orgs = map[string]string{"110001": "مدرسة النور & <b>Söhne</b>"}
	b := open(t, p, plan.HTMLOptions{Title: "What a <sync> would do", Names: calledSo, Notes: []string{"<i>A</i> & B overlap."}})

	entries := p.Len() + len(p.Skipped)
	b.want("all", counted, fmt.Sprintf("%d entries", entries))
	b.want("shown", `document.querySelectorAll("#list > li").length`, fmt.Sprint(entries))
	b.want("what else was loaded", `performance.getEntriesByType("resource").length`, "0")
	b.want("markup from names", `document.querySelectorAll("img, main i, main b b, li b").length`, "0")
	b.want("title", `document.querySelector("h1").textContent`, "What a <sync> would do")
	b.want("note", `document.querySelector(".notes bdi").textContent`, "<i>A</i> & B overlap.")

	b.search("שרה")
	b.want("found by the Hebrew name of a member", keys, "Section_112002 Section_112005 Section_112010")
	b.search("onerror")
	b.want("a name is text", `document.querySelector("#list bdi[title=User_200002]").textContent`, "</script><img src=x onerror=alert(1)>")
	b.search("sohne")
	b.want("found by the school, whatever the accent", counted, fmt.Sprintf("%d entries", entries))
	b.search("nobody at all")
	b.want("nothing found", counted, fmt.Sprintf("0 of %d entries", entries))
	b.search("")

	b.choose("kind", "Class groups")
	b.choose("how", "Waits for a decision")
	b.want("held class groups", keys, "Section_112005 Section_112010")
	b.choose("how", "Skipped")
	b.want("skipped class groups", keys, "Section_112004 Section_112006")
	b.choose("how", "all")
	b.choose("kind", "all")
	b.choose("school", "مدرسة النور & <b>Söhne</b>")
	b.want("of the school", counted, fmt.Sprintf("%d entries", entries))
	b.picture("plan.png")
}

// A plan that was carried out can be filtered by what became of it.
func TestPageOfRun(t *testing.T) {
	b := open(t, carriedOut(t), plan.HTMLOptions{Title: "Run 1: completedWithErrors"})
	b.choose("how", "Failed")
	b.want("failed", keys, "Section_112002")
	b.want("why", `document.querySelector("#list .ask").textContent`, "The name is taken by a <group>.")
	b.choose("how", "Done in part")
	b.want("done in part", keys, "Section_112001")
	b.picture("run.png")
}

// However large a plan is, the page holds a part of it at a time.
func TestPageOfManySteps(t *testing.T) {
	const n = 20000
	steps := func(yield func(plan.Step, error) bool) {
		for i := range n {
			s := plan.Step{
				Seq: i + 1, Action: plan.Create, Kind: directory.ClassGroup, Key: fmt.Sprintf("Section_%05d", i), Org: fmt.Sprint(i % 7),
				Members: plan.Pairs{Add: users(30)}, Set: map[string]plan.Delta{directory.DisplayName: {To: fmt.Sprint("Class ", i)}},
			}
			if !yield(s, nil) {
				return
			}
		}
	}
	p, err := plan.Stored([]byte("{}"), n, iter.Seq2[plan.Step, error](steps), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, p, plan.HTMLOptions{Title: "Many", Names: calledSo})
	items := `document.querySelectorAll("#list > li").length`
	b.want("all", counted, "20,000 entries")
	b.want("shown at first", items, "50")
	b.do(chromedp.Click("#more"))
	b.want("shown then", items, "100")
	b.want("members shown", `document.querySelectorAll("#list > li:first-child bdi[title]").length`, "8")
	b.do(chromedp.Click("#list > li:first-child summary"), chromedp.WaitVisible("#list > li:first-child details > span"))
	b.want("members then", `document.querySelectorAll("#list > li:first-child bdi[title]").length`, "30")
	b.search("section_19999")
	b.want("the last one", keys, "Section_19999")
	b.search("")
	b.choose("school", "3")
	b.want("of one school", counted, "2,857 of 20,000 entries")
}

// picture keeps a picture of the page where PLAN_PICTURES says.
func (b tab) picture(name string) {
	b.Helper()
	folder := os.Getenv("PLAN_PICTURES")
	if folder == "" {
		return
	}
	for _, filter := range []string{"how", "kind", "school"} {
		b.choose(filter, "all")
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), png, 0o600); err != nil {
		b.Fatal(err)
	}
}
