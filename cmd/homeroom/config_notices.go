package main

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/notice"
)

// notices reads where notices go.
func (r *configReader) notices(v value) error { return v.items(r.notice) }

func (r *configReader) notice(v value) error {
	var kinds []string
	var hook, from string
	var to []string
	var webhook notice.Webhook
	var mail notice.Email
	var insecure bool
	var c notice.Channel
	err := v.object(fields{
		"name":       textTo(&c.Name),
		"events":     listTo(&kinds, func(v value) (string, error) { return v.oneOf(kindNames()...) }),
		"webhook":    textTo(&hook),
		"secret":     variableTo(&webhook.Secret),
		"secretFile": textTo(&webhook.Secret.File),
		"insecure":   boolTo(&insecure),
		"email":      addressesTo(&to),
		"from":       addressTo(&from),
		"smtp":       func(v value) error { return readServer(v, &mail) },
	})
	switch {
	case err != nil:
		return err
	case (hook == "") == (len(to) == 0):
		return v.fail("An item of notices has either a webhook or an email.")
	}
	c.Asks = asked(kinds)
	if hook != "" {
		webhook.URL = hook
		return r.webhook(v, c, &webhook, insecure)
	}
	mail.From = from
	return r.mail(v, c, mail, to)
}

// asked returns the kinds of notices with names; without names, all.
func asked(names []string) []notice.Kind {
	if len(names) == 0 {
		return notice.Kinds()
	}
	var kinds []notice.Kind
	for _, name := range names {
		kinds = append(kinds, notice.Kind(name))
	}
	return kinds
}

// channel adds a channel.
func (r *configReader) channel(v value, c notice.Channel) error {
	if slices.ContainsFunc(r.Notices, func(other notice.Channel) bool { return other.Name == c.Name }) {
		return v.fail("There is a channel %s already. Give each a name of its own, as in name: helpdesk.", c.Name)
	}
	r.Notices = append(r.Notices, c)
	return nil
}

func kindNames() []string {
	var names []string
	for _, kind := range notice.Kinds() {
		names = append(names, string(kind))
	}
	return names
}

func (r *configReader) webhook(v value, c notice.Channel, w *notice.Webhook, insecure bool) error {
	if (w.Secret.Variable == "") == (w.Secret.File == "") {
		return v.fail("A webhook needs a secret to sign with, either as secret: ${NAME}, an environment variable, or as secretFile: PATH.")
	}
	if err := notice.CheckURL(w.URL, insecure); err != nil {
		return v.fail("%s", err)
	}
	w.Client, w.Now = notice.NewClient(), time.Now
	if at, err := url.Parse(w.URL); err == nil && c.Name == "" {
		c.Name = "webhook " + at.Host // the rest of the address may be a secret
	}
	c.Sender = w
	return r.channel(v, c)
}

// mail makes a channel of each mailbox: one that a server refuses takes nothing away from
// the others, and what it took is not sent again for the sake of another one.
func (r *configReader) mail(v value, c notice.Channel, m notice.Email, to []string) error {
	switch signs := m.Password.Variable != "" || m.Password.File != ""; {
	case m.From == "":
		return v.fail("An email needs a from, the address that it comes from.")
	case m.Host == "":
		return v.fail("An email needs a mail server, as in smtp: {host: mail.school.example}.")
	case m.Password.Variable != "" && m.Password.File != "":
		return v.fail("smtp has a password and a passwordFile. Keep one of the two.")
	case signs != (m.User != ""):
		return v.fail("smtp takes user and password together, or neither.")
	case m.User != "" && m.Security == notice.Clear && !notice.IsLoopback(m.Host):
		return v.fail("A password must not go over the network in the clear: smtp takes security: starttls or tls.")
	}
	for _, address := range to {
		name := cmp.Or(c.Name, "email")
		if c.Name == "" || len(to) > 1 {
			name += " " + address
		}
		one := m
		one.To = address
		r.mails = append(r.mails, &one)
		if err := r.channel(v, notice.Channel{Name: name, Asks: c.Asks, Sender: &one}); err != nil {
			return err
		}
	}
	return nil
}

// readServer reads a mail server.
func readServer(v value, m *notice.Email) error {
	security := string(notice.StartTLS)
	err := v.object(fields{
		"host":         textTo(&m.Host),
		"port":         numberTo(&m.Port),
		"security":     oneOfTo(&security, string(notice.StartTLS), string(notice.TLS), string(notice.Clear)),
		"user":         textTo(&m.User),
		"password":     variableTo(&m.Password),
		"passwordFile": textTo(&m.Password.File),
	})
	if m.Port > 65535 {
		return v.fail("port must be at most 65535.")
	}
	m.Security = notice.Security(security)
	return err
}

// variableTo reads the name of an environment variable that holds a secret, as in
// ${NAME}. The secret itself must not stand in the file.
func variableTo(to *notice.Secret) func(value) error {
	return func(v value) error {
		v.secret = true
		text, err := v.text()
		if err != nil {
			return err
		}
		m := regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`).FindStringSubmatch(text)
		if m == nil {
			return v.fail("%s must not stand in this file. Write ${NAME} to take it from the environment variable NAME, or name a file with %[1]sFile.", v.name)
		}
		to.Variable = m[1]
		return nil
	}
}

func addressTo(to *string) func(value) error {
	return func(v value) (err error) {
		*to, err = readAddress(v)
		return err
	}
}

func readAddress(v value) (string, error) {
	text, err := v.text()
	if err != nil {
		return "", err
	}
	if err := notice.CheckAddress(text); err != nil {
		return "", v.fail("%s", err)
	}
	return text, nil
}

// addressesTo reads one mail address, or a list of them.
func addressesTo(to *[]string) func(value) error {
	return func(v value) error {
		if v.isList() {
			return listTo(to, readAddress)(v)
		}
		address, err := readAddress(v)
		*to = []string{address}
		return err
	}
}
