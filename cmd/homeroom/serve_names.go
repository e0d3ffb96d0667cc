package main

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// base returns the URL of the server's root.
func (o *serveOptions) base() string {
	switch {
	case o.publicURL != "":
		return o.publicURL
	case o.tls != nil:
		return "https://" + o.addr
	}
	return "http://" + o.addr
}

// public reports whether others than this machine reach the server, by itself or through
// what stands in front of it.
func (o *serveOptions) public() bool {
	return !o.address.IP.IsLoopback() || o.publicURL != "" || len(o.networks) > 0
}

// goesBy reports whether a host, with or without a port, is the server's: one that it was
// told, or one that its certificate is for. Anybody can write another one into a request.
func (o *serveOptions) goesBy(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	}
	host = strings.Trim(host, "[]")
	return slices.ContainsFunc(o.names, func(name string) bool { return strings.EqualFold(name, host) }) ||
		o.files != nil && o.files.isFor(host)
}

// checkNames reads what the server is called.
func (o *serveOptions) checkNames(host string) error {
	o.names = []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		o.names = append(o.names, name)
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		o.names = append(o.names, host)
	}
	if o.publicURL == "" {
		return nil
	}
	u, err := url.Parse(o.publicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fault.New(fault.Invalid, "--public-url is a scheme and a host, as in https://graph.school.example; %q is none.", o.publicURL)
	}
	if u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return fault.New(fault.Invalid, "Tokens must not go over a network in the clear: --public-url begins with https, as in https://%s.", u.Host)
	}
	o.publicURL = strings.TrimSuffix(o.publicURL, "/")
	o.names = append(o.names, u.Hostname())
	return nil
}
