package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/notice"
)

// Each mailbox is a channel of its own, which is tried, and fails, by itself.
func TestMailboxes(t *testing.T) {
	const text = `timeZone: Europe/Berlin
notices:
  - {email: [it@a.example, head@a.example], from: h@a.example, smtp: {host: mail.a.example}}
  - {email: [it@a.example, head@a.example], name: helpdesk, from: h@a.example, smtp: {host: mail.a.example}, events: [run.failed]}
  - {email: it@a.example, name: night, from: h@a.example, smtp: {host: mail.a.example}}
`
	c, err := parse(demoConfig + text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, channel := range c.Notices {
		m := channel.Sender.(*notice.Email)
		got = append(got, fmt.Sprintf("%s: %s by %s, %d kinds, %s", channel.Name, m.To, m.Host, len(channel.Asks), m.Zone))
	}
	want := []string{
		"email it@a.example: it@a.example by mail.a.example, 5 kinds, Europe/Berlin",
		"email head@a.example: head@a.example by mail.a.example, 5 kinds, Europe/Berlin",
		"helpdesk it@a.example: it@a.example by mail.a.example, 1 kinds, Europe/Berlin",
		"helpdesk head@a.example: head@a.example by mail.a.example, 1 kinds, Europe/Berlin",
		"night: it@a.example by mail.a.example, 5 kinds, Europe/Berlin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, count := range map[string]int{"helpdesk": 2, "helpdesk head@a.example": 1, "email": 2, "nigh": 0} {
		if found, err := named(c.Notices, name); len(found) != count || (err == nil) != (count > 0) {
			t.Errorf("%q names %d channels, want %d: %v", name, len(found), count, err)
		}
	}
}

// What is wrong with a channel is said with what to write instead, and no secret is repeated.
func TestChannelMistakes(t *testing.T) {
	const from, smtp = `from: h@a.example`, `smtp: {host: mail.a.example}`
	for item, want := range map[string]string{
		`{name: x}`: "either a webhook or an email",
		`{webhook: "https://a.example/s3cret", email: it@a.example, secret: "${S}"}`:                               "either a webhook or an email",
		`{webhook: "https://a.example/s3cret"}`:                                                                    "needs a secret to sign with",
		`{webhook: "https://a.example/s3cret", secret: "${S}", secretFile: s}`:                                     "needs a secret to sign with",
		`{webhook: "https://a.example/s3cret", secret: s3cret}`:                                                    "secret must not stand in this file",
		`{webhook: "http://a.example/s3cret", secret: "${S}"}`:                                                     "begins with https",
		`{webhook: "https://ada:s3cret@a.example", secret: "${S}"}`:                                                "must not have a user and a password",
		`{webhook: "https://a.example/s3cret", secret: "${S}", events: [run.done]}`:                                "run.done",
		`{email: it@a.example, ` + smtp + `}`:                                                                      "needs a from",
		`{email: it@a.example, ` + from + `}`:                                                                      "needs a mail server",
		`{email: "it@a.example\r\nBcc: x@b.example", ` + from + `, ` + smtp + `}`:                                  "is no mail address",
		`{email: it@a.example, from: "IT <h@a.example>", ` + smtp + `}`:                                            "is no mail address",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, port: 70000}}`:                                "at most 65535",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, user: h}}`:                                    "user and password together",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, password: "${S}"}}`:                           "user and password together",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, user: h, password: s3cret}}`:                  "password must not stand in this file",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, user: h, password: "${S}", passwordFile: s}}`: "Keep one of the two",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, security: none, user: h, password: "${S}"}}`:  "in the clear",
		`{email: it@a.example, ` + from + `, smtp: {host: a.example, security: ssl}}`:                              "ssl",
		"{email: it@a.example, " + from + ", " + smtp + "}\n  - {email: it@a.example, " + from + ", " + smtp + "}": "a channel email it@a.example already",
	} {
		_, err := parse("notices:\n  - " + item + "\n" + demoConfig)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "homeroom.yaml:") {
			t.Errorf("%s: %v", item, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the secret is told: %v", item, err)
		}
	}
}
