package notice

import (
	"fmt"
	"strings"
	"time"
)

// text is a notice as people read it: what happened, in numbers, and what to do.
type text struct {
	subject string
	lead    string   // a sentence
	todo    []string // sentences, and commands in lines of their own that begin with two spaces
}

// write writes a notice for people, with times of a zone.
func write(e Event, zone *time.Location) (subject, body string) {
	t := textOf(e)
	var b strings.Builder
	b.WriteString(t.lead + "\n\n")
	if e.Message != "" {
		b.WriteString("  " + e.Message + "\n\n")
	}
	if e.Kind != Test {
		b.WriteString(facts(e, zone) + "\n")
	}
	if len(t.todo) > 0 {
		b.WriteString("What to do\n\n" + strings.Join(t.todo, "\n") + "\n\n")
	}
	fmt.Fprintf(&b, "-- \nHomeroom, tenant %s, directory %s\n", e.Tenant, e.Target)
	return "Homeroom: " + t.subject, b.String()
}

func textOf(e Event) text {
	n := fmt.Sprint(e.Run)
	named := "run " + n
	if e.RunKind != "" {
		named = e.RunKind + " " + n
	}
	switch e.Kind {
	case Test:
		return text{"this is a test", "Somebody tries whether notices of Homeroom arrive here. They do.", nil}
	case RosterShrunk:
		return text{
			named + " stopped, the roster shrank",
			"The roster lacks so much of what it had that " + named + " stopped. Nothing was changed:\naccounts and groups are as they were.", acceptance(n),
		}
	case RunFailed:
		return text{named + " failed", upper(named) + " failed, so the directory may not be as the roster wants it.", afterFailure(e, n)}
	case StepsFailed:
		t := text{
			counted(e.Failed) + " of " + named + " failed", "Not all of " + named + " could be done.",
			[]string{"See why, and what helps:", "  homeroom runs " + n, "When the reason is gone, try once more; the next run does, too:", "  homeroom runs retry " + n},
		}
		if e.Held > 0 {
			t.lead += " Other steps wait for you."
			t.todo = append(t.todo, approval(n)...)
		}
		return t
	case StepsHeld:
		return text{waiting(e.Held) + " for you in " + named, "What looks like an accident is held in " + named + ", until somebody decides.\nAll else was done.", approval(n)}
	case RunFinished:
	}
	if e.Steps == 0 {
		return text{named + " changed nothing", "The directory was true to the roster already.", nil}
	}
	return text{named + " is done", "All that " + named + " had planned is done.", nil}
}

// counted counts steps, as in "1 step".
func counted(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

// waiting says how many steps wait.
func waiting(n int) string {
	if n == 1 {
		return "1 step waits"
	}
	return counted(n) + " wait"
}

// upper begins a sentence.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// acceptance says what to do about a roster that is held.
func acceptance(run string) []string {
	return []string{
		"If the roster is wrong, have it made again. The next run takes it.",
		"If it is right as it is, say so, and run the same again:",
		"  homeroom accept " + run + ` --reason "..."`,
	}
}

func approval(run string) []string {
	return []string{
		"Look at what is held, and at what helps with it:",
		"  homeroom plans " + run,
		"  homeroom runs " + run,
		"If it is right, approve it, and run the same again:",
		"  homeroom approve " + run,
		"If it is wrong, have the roster set right. What is held is not done until somebody decides.",
	}
}

// afterFailure says what to do about a run that failed.
func afterFailure(e Event, run string) []string {
	switch e.Code {
	case "FileSetChanged", "RosterRejected":
		return acceptance(run)
	case "OperationCanceled":
		return []string{"Nothing, if somebody canceled it or another roster took its place. The next run goes on from here."}
	}
	return []string{"See what is known of it. The next run tries again:", "  homeroom runs " + run}
}

// facts tells an event in numbers.
func facts(e Event, zone *time.Location) string {
	var b strings.Builder
	status := e.Status
	if e.Code != "" {
		status += " (" + e.Code + ")"
	}
	fmt.Fprintf(&b, "  status   %s\n", status)
	fmt.Fprintf(&b, "  began    %s\n", e.Started.In(zone).Format("Monday 2 January 2006, 15:04 MST"))
	fmt.Fprintf(&b, "  took     %s\n", e.Ended.Sub(e.Started).Round(time.Second))
	fmt.Fprintf(&b, "  steps    %d: %d done, %d held, %d failed\n", e.Steps, e.Done, e.Held, e.Failed)
	return b.String()
}
