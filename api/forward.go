package api

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Origin returns the root URL of the server as the client addressed it, without a slash
// at the end. What a proxy says of that counts only when the proxy is a configured one.
func (s *Server) Origin(r *http.Request) string {
	if s.BaseURL != "" {
		return strings.TrimSuffix(s.BaseURL, "/")
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if s.trusts(r.RemoteAddr) {
		if proto, by := forwarded(r.Header); by != "" || proto != "" {
			scheme, host = cmp.Or(proto, scheme), cmp.Or(by, host)
		}
	}
	return scheme + "://" + host
}

// forwarded returns the scheme and the host that a proxy was asked for: of Forwarded
// (RFC 7239), or else of X-Forwarded-Proto and X-Forwarded-Host. Of several values the
// last one counts: the nearest proxy wrote it, the others came with the request.
func forwarded(header http.Header) (proto, host string) {
	if lines := header["Forwarded"]; len(lines) > 0 {
		for pair := range strings.SplitSeq(last(lines), ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			switch strings.ToLower(name) {
			case "proto":
				proto = strings.Trim(value, `"`)
			case "host":
				host = strings.Trim(value, `"`)
			}
		}
	} else {
		proto, host = last(header["X-Forwarded-Proto"]), last(header["X-Forwarded-Host"])
	}
	proto = strings.ToLower(proto)
	if proto != "http" && proto != "https" {
		proto = ""
	}
	if !isHost(host) {
		host = ""
	}
	return proto, host
}

// last returns the last value of a header that is a list.
func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	line := lines[len(lines)-1]
	return strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:])
}

// isHost reports whether a text is a host with or without a port, and nothing that
// would lead elsewhere in a URL.
func isHost(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._:[]", c)
	})
}

// Address returns the client's, past the configured proxies.
func (s *Server) Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if len(s.Proxies) == 0 || !s.trusts(r.RemoteAddr) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		at, err := netip.ParseAddr(hop)
		if err != nil {
			break
		}
		host = hop
		if !s.isProxy(at) {
			break
		}
	}
	return host
}

// trusts reports whether a remote address, with a port, is a configured proxy's.
func (s *Server) trusts(remote string) bool {
	if len(s.Proxies) == 0 {
		return false
	}
	at, err := netip.ParseAddrPort(remote)
	return err == nil && s.isProxy(at.Addr())
}

func (s *Server) isProxy(at netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) })
}
