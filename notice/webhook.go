package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// Webhook sends notices to a program, signed.
type Webhook struct {
	URL    string // as CheckURL takes it
	Secret Secret
	Now    func() time.Time
	Client *http.Client // as NewClient makes it
}

// The limits of a call.
const (
	callTime    = 15 * time.Second
	maxResponse = 64 << 10 // bytes of which more are not read
)

// CheckURL refuses what no webhook can be. Notices go over a network encrypted alone,
// unless somebody says that they need not.
func CheckURL(text string, insecure bool) error {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return fault.New(fault.Invalid, "This is no address of a webhook. Write one as in https://hooks.school.example/homeroom.")
	case at.User != nil:
		return fault.New(fault.Invalid, "The address of a webhook must not have a user and a password in it.")
	case at.Scheme == "http" && !insecure && !IsLoopback(at.Hostname()):
		return fault.New(fault.Invalid, "The address of a webhook begins with https, or is one of this machine. With insecure: true notices go over the network in the clear.")
	}
	return nil
}

// IsLoopback reports whether a host is the machine itself.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// NewClient makes a client for webhooks. It follows no redirect, which could lead
// anywhere, and does not connect to addresses of the link, nor to Amazon's beside them,
// where machines of a cloud are told their credentials.
func NewClient() *http.Client {
	dialer := net.Dialer{Timeout: callTime, Control: refuseLink}
	return &http.Client{
		Timeout: callTime,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext,
			TLSHandshakeTimeout: callTime, MaxResponseHeaderBytes: maxResponse, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func refuseLink(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if ip == netip.MustParseAddr("fd00:ec2::254") || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return errors.New("the host has an address that no webhook has")
	}
	return nil
}

// payload is the body of a notice.
type payload struct {
	Type      Kind      `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the event
	Data      Event     `json:"data"`
}

func body(e Event) ([]byte, error) {
	p := payload{Type: e.Kind, Timestamp: e.Ended.UTC(), Data: e}
	p.Data.Kind = ""
	return json.Marshal(p)
}

// Send posts a notice. Whatever is not 2xx is no success (Standard Webhooks).
func (w *Webhook) Send(ctx context.Context, n Notice) (string, error) {
	request, err := w.request(ctx, n)
	if err != nil {
		return "", err
	}
	response, err := w.Client.Do(request)
	if err != nil {
		return "", withoutURL(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxResponse)) // what it says besides is for nobody
	answer := fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
	switch {
	case response.StatusCode/100 == 2:
		return answer, nil
	case response.StatusCode/100 == 3:
		return "", &Refusal{Answer: answer + ": it leads elsewhere, where nothing is sent to; configure the address that it leads to"}
	}
	return "", &Refusal{
		Answer: answer, Never: response.StatusCode == http.StatusGone,
		After: retryAfter(response.Header.Get("Retry-After"), w.Now()),
	}
}

func (w *Webhook) request(ctx context.Context, n Notice) (*http.Request, error) {
	secret, err := w.Secret.Read()
	if err != nil {
		return nil, err
	}
	keys, err := keys(secret)
	if err != nil {
		return nil, err
	}
	text, err := body(n.Event)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	at := w.Now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Homeroom")
	request.Header.Set("Webhook-Id", n.ID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("Webhook-Signature", signature(keys, n.ID, at, text))
	return request, nil
}

// withoutURL takes the address out of an error of the client: some receivers tell
// senders apart by a word in it that is secret.
func withoutURL(err error) error {
	if in, ok := errors.AsType[*url.Error](err); ok {
		return in.Err
	}
	return err
}

// retryAfter reads the header of that name, seconds or a date; 0 for none.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
