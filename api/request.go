package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// request is what a handler gets: it was routed, and its caller may ask for it.
type request struct {
	ctx    context.Context
	caller access.Caller
	route  *route
	keys   map[string]string // by the names of the pattern: set, flow, run, ...
	cast   *odata.Type       // the type of a cast segment; nil for none
	query  *odata.Query      // never nil; empty for anything but GET
	body   []byte            // nil where the route takes none; "" when the client sent none
	header http.Header
	base   string // https://host/beta, without a slash at the end
	id     string // request-id
	prefer prefer

	expanded int // bytes of the flows that were expanded so far

	// Of what Homeroom adds alone.
	options url.Values // of the query, as the route has them
	offer   string     // the type of media that is answered
}

// prefer is what the header Prefer asks for (contract E.4).
type prefer struct {
	representation bool // return=representation
	minimal        bool // return=minimal
	pageSize       int  // odata.maxpagesize, or the longest page; 0 for none
}

// preferences reads the header Prefer. What is not known is ignored, as RFC 7240 says.
func preferences(header http.Header) prefer {
	var p prefer
	for _, line := range header["Prefer"] {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
			value = strings.Trim(value, `"`)
			switch strings.TrimPrefix(name, "odata.") {
			case "return":
				p.representation = value == "representation"
				p.minimal = value == "minimal"
			case "maxpagesize":
				if n, err := strconv.Atoi(value); err == nil && n > 0 {
					p.pageSize = min(n, longestPage)
				}
			}
		}
	}
	return p
}

// match refuses with 412 a change of an entity that If-Match does not name. Handlers
// that change or delete call it with the entity's ETag before they do.
func (r *request) match(etag string) error {
	tags := r.header.Values("If-Match")
	if len(tags) == 0 || names(tags, etag) {
		return nil
	}
	return odata.PreconditionFailed("The object was changed since you read it: its ETag is %s. Read it again, and send that in If-Match.", etag)
}

// names reports whether one of the ETags of a header is an entity's, by the weak
// comparison of RFC 9110, 8.8.3.2: OData's ETags say that an entity is the same, not
// that its bytes are.
func names(tags []string, etag string) bool {
	opaque := strings.TrimPrefix(etag, "W/")
	for _, line := range tags {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == opaque {
				return true
			}
		}
	}
	return false
}
