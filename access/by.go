package access

import "time"

// CommandLine is the kind of what nobody asked for with a token: somebody has the data
// folder at hand.
const CommandLine Kind = "commandLine"

// Schedule is the kind of runs that start by themselves.
const Schedule Kind = "schedule"

// By says who changes what an app or a person may do, for those who audit.
type By struct {
	At     time.Time
	Kind   Kind   // Delegated: on the page to sign in; Application: with a client secret; CommandLine
	App    string // that it was done for; "" for none
	Person string // id of who signed in, or the account that ran a command; "" where nobody is known
}
