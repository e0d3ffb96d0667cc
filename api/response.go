package api

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// response is what a handler answers. One of entity, list and text is set, by the
// route; none of them where the route answers without a body.
//
// A handler that creates or changes gives the entity as it is then: whether it is
// written is decided by Prefer. It need not say what follows from the route: the
// status, @odata.context, Location.
type response struct {
	entity *odata.Entity   // one
	list   []*odata.Entity // of a route with list; nil for none
	count  *int            // @odata.count, where it was asked for
	more   bool            // there is a page after this one: @odata.nextLink
	text   string          // text/plain, of $count
	etag   string          // of entity, see etag; "" for none

	// Of what Homeroom adds alone, one of the two.
	value  any     // is written as JSON
	stream *stream // is written piece by piece
}

// etag returns the weak ETag of a revision: W/"7".
func etag(revision int64) string {
	return `W/"` + strconv.FormatInt(revision, 10) + `"`
}

// The media types of answers.
const (
	jsonType  = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	errorType = "application/json"
)

// write makes the answer of what a handler gave.
func (s *Server) write(c *call, r *request, where *place, given *response, b *buffer) (answer, error) {
	switch {
	case c.route.counts():
		c.out["Content-Type"] = []string{"text/plain"}
		return answer{status: c.route.status, body: []byte(given.text)}, nil
	case c.route.list:
		return s.writeList(c, r, where, given, b), nil
	case given.entity == nil:
		return answer{status: c.route.status}, nil
	case where.cast != nil && !s.model.Is(given.entity.Type, where.cast):
		return answer{}, odata.NotFound("There is no %s with the id '%s'.", where.cast.Name, id(given.entity))
	}
	return s.writeEntity(c, r, where, given, b), nil
}

// writeEntity answers with one entity, or, as Prefer says, without it.
func (s *Server) writeEntity(c *call, r *request, where *place, given *response, b *buffer) answer {
	if given.etag != "" && len(r.query.Expand) == 0 {
		c.out["Etag"] = []string{given.etag}
		if tags := c.header["If-None-Match"]; c.route.method == http.MethodGet && len(tags) > 0 && names(tags, given.etag) {
			return answer{status: http.StatusNotModified}
		}
	}
	status := c.route.status
	switch status {
	case http.StatusCreated:
		location := c.base + "/" + where.path() + "/" + url.PathEscape(id(given.entity))
		c.out["Location"] = []string{location}
		if r.prefer.minimal {
			c.out["Preference-Applied"] = []string{"return=minimal"}
			c.out["Odata-Entityid"] = []string{location}
			return answer{status: http.StatusNoContent}
		}
	case http.StatusNoContent:
		if !r.prefer.representation {
			return answer{status: status}
		}
		status = http.StatusOK
	}
	if r.prefer.representation && c.route.method != http.MethodGet {
		c.out["Preference-Applied"] = []string{"return=representation"}
	}
	level := levelOf(c, r.query)
	form := odata.Form{Context: s.context(c, r, where, true), Level: level, Select: r.query.Select, Expand: r.query.Expand}
	form.InlineContext = func(path string) string {
		return c.base + "/$metadata#" + where.object(s.model, given.entity) + "/" + path
	}
	body := s.model.Append(b.empty(), given.entity, c.declared(where), &form)
	b.keep(body)
	return answer{status: status, body: body}
}

// writeList answers with a page of a collection.
func (s *Server) writeList(c *call, r *request, where *place, given *response, b *buffer) answer {
	level := levelOf(c, r.query)
	body := b.empty()
	body = append(body, '{')
	if level != odata.None {
		body = append(odata.AppendString(append(body, `"@odata.context":`...), s.context(c, r, where, false)), ',')
	}
	if given.count != nil {
		body = append(body, `"@odata.count":`...)
		body = append(strconv.AppendInt(body, int64(*given.count), 10), ',')
	}
	if n := len(given.list); given.more && n > 0 {
		link := s.model.NextLink(c.base+"/"+where.path(), r.query, given.list[n-1])
		body = append(odata.AppendString(append(body, `"@odata.nextLink":`...), link), ',')
	}
	if r.prefer.pageSize > 0 {
		c.out["Preference-Applied"] = []string{"odata.maxpagesize=" + strconv.Itoa(r.prefer.pageSize)}
	}
	body = append(body, `"value":[`...)
	var current *odata.Entity
	form := odata.Form{Level: level, Select: r.query.Select, Expand: r.query.Expand}
	form.InlineContext = func(path string) string {
		return c.base + "/$metadata#" + where.object(s.model, current) + "/" + path
	}
	declared := c.declared(where)
	for i, e := range given.list {
		if i > 0 {
			body = append(body, ',')
		}
		current = e
		body = s.model.Append(body, e, declared, &form)
	}
	body = append(body, "]}"...)
	b.keep(body)
	return answer{status: http.StatusOK, body: body}
}

// declared returns the type that the context of an answer names.
func (c *call) declared(where *place) *odata.Type {
	if where.cast != nil {
		return where.cast
	}
	return c.route.declared
}

// levelOf returns how much of its types an answer tells, which $format or else Accept
// asks for, and says so in the answer.
func levelOf(c *call, q *odata.Query) odata.Level {
	asked := strings.ToLower(cmp.Or(q.Format, c.header.Get("Accept")))
	level, kind := odata.Minimal, jsonType
	switch {
	case strings.Contains(asked, "metadata=none"):
		level, kind = odata.None, strings.Replace(jsonType, "minimal", "none", 1)
	case strings.Contains(asked, "metadata=full"):
		level, kind = odata.Full, strings.Replace(jsonType, "minimal", "full", 1)
	}
	c.out["Content-Type"] = []string{kind}
	return level
}
