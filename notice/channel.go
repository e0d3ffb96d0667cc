package notice

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// Channel is where notices go.
type Channel struct {
	Name   string // by which the outbox knows it; it tells no secret
	Asks   []Kind
	Sender Sender
}

// Sender sends one notice and returns what came back, in a few words. A notice that did
// not arrive is an error, and what it says is kept: it repeats no secret. A *Refusal says
// more about it.
type Sender interface {
	Send(ctx context.Context, n Notice) (answer string, err error)
}

// Refusal is what a receiver said that took a notice not now, or never.
type Refusal struct {
	Answer string
	After  time.Duration // the receiver wants to be left alone for that long; 0 when it did not say
	Never  bool          // no other try is wanted
}

func (r *Refusal) Error() string { return r.Answer }

// Secret is where a secret is found: it stands in no configuration, which is shown, and
// stored as it is.
type Secret struct {
	Variable string // of the environment
	File     string // path
}

// maxSecret is how long the file of a secret can be, in bytes.
const maxSecret = 4 << 10

// Read returns the secret as it is now, so that it can be changed while a server runs.
func (s Secret) Read() (string, error) {
	if s.Variable != "" {
		secret := os.Getenv(s.Variable)
		if secret == "" {
			return "", fault.New(fault.Invalid, "The environment variable %s is not set, which is to hold a secret. Set it.", s.Variable)
		}
		return secret, nil
	}
	file, err := os.Open(s.File)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "The file of a secret cannot be read")
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "The file of a secret cannot be read")
	}
	if len(text) > maxSecret {
		return "", fault.New(fault.Invalid, "The file %s is too long for a secret. Name another one.", s.File)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fault.New(fault.Invalid, "The file %s is empty, which is to hold a secret. Write it there.", s.File)
	}
	return secret, nil
}
