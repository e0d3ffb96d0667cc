package notice

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	smtp "github.com/wneessen/go-mail"

	"github.com/homeroomhq/homeroom/fault"
)

// Email sends notices to a mailbox, through one server.
type Email struct {
	To       string
	From     string
	Host     string // of the server
	Port     int    // 0 for the usual one of the security
	Security Security
	User     string // "" to send without signing in
	Password Secret
	Zone     *time.Location // of times in the text
	TLS      *tls.Config    // nil for the system's authorities
}

// Security is how a connection to a mail server is protected.
type Security string

// The ways to protect a connection.
const (
	StartTLS Security = "starttls" // it begins in the clear, and goes on encrypted or not at all
	TLS      Security = "tls"      // it is encrypted from the beginning
	Clear    Security = "none"     // it is not
)

// The usual ports of mail servers.
const (
	portStartTLS = 587
	portTLS      = 465
	portClear    = 25
)

// CheckAddress refuses what is no mail address.
func CheckAddress(text string) error {
	at, err := mail.ParseAddress(text)
	if err != nil || at.Address != text {
		return fault.New(fault.Invalid, "%q is no mail address. Write one as in it@school.example.", text)
	}
	return nil
}

// Send hands a notice to the mail server.
func (m *Email) Send(ctx context.Context, n Notice) (string, error) {
	message, err := m.message(n)
	if err != nil {
		return "", err
	}
	client, err := m.client()
	if err != nil {
		return "", err
	}
	err = client.DialAndSendWithContext(ctx, message)
	if failure, ok := errors.AsType[*smtp.SendError](err); ok {
		answer, _, _ := strings.Cut(failure.Error(), ", affected message")
		return "", fmt.Errorf("the mail server %s did not take it: %s", m.Host, withoutBreaks(answer))
	}
	if err != nil {
		return "", errors.New(withoutBreaks(err.Error()))
	}
	return "taken by " + m.Host, nil
}

// withoutBreaks makes one line of a server's answer.
func withoutBreaks(text string) string { return strings.Join(strings.Fields(text), " ") }

// message writes the mail. Sent again it is the same one, with the same Message-ID.
func (m *Email) message(n Notice) (*smtp.Msg, error) {
	message := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	if err := message.From(m.From); err != nil {
		return nil, err
	}
	if err := message.To(m.To); err != nil {
		return nil, err
	}
	subject, body := write(n.Event, m.Zone)
	message.Subject(subject)
	message.SetDateWithValue(n.Event.Ended.In(m.Zone))
	_, domain, _ := strings.Cut(m.From, "@")
	message.SetMessageIDWithValue(n.ID + "@" + domain)
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation answers this
	message.SetBodyString(smtp.TypeTextPlain, body)
	return message, nil
}

func (m *Email) client() (*smtp.Client, error) {
	options := []smtp.Option{smtp.WithTimeout(callTime), smtp.WithoutNoop()}
	usual := portStartTLS
	switch m.Security {
	case TLS:
		options, usual = append(options, smtp.WithSSL()), portTLS
	case Clear:
		options, usual = append(options, smtp.WithTLSPolicy(smtp.NoTLS)), portClear
	case StartTLS:
		options = append(options, smtp.WithTLSPolicy(smtp.TLSMandatory))
	}
	options = append(options, smtp.WithPort(cmp.Or(m.Port, usual)))
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.TLS != nil {
		config = m.TLS.Clone()
	}
	config.ServerName = m.Host
	options = append(options, smtp.WithTLSConfig(config))
	if m.User != "" {
		password, err := m.Password.Read()
		if err != nil {
			return nil, err
		}
		options = append(options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover), smtp.WithUsername(m.User), smtp.WithPassword(password))
	}
	return smtp.NewClient(m.Host, options...)
}
