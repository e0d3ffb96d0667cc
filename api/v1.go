package api

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// readOwn reads what the request of an own route says besides its path.
func (s *Server) readOwn(c *call, r *request) error {
	var err error
	if r.options, err = optionsOf(c); err != nil {
		return err
	}
	if r.offer, err = offer(c); err != nil {
		return err
	}
	if c.route.body != "" {
		r.body, err = s.readBody(c)
	}
	return err
}

// optionsOf reads the query. An option that the route does not have is refused when its
// name begins with $, and else ignored (contract E.3).
func optionsOf(c *call) (url.Values, error) {
	given, err := url.ParseQuery(c.query)
	if err != nil {
		return nil, odata.BadRequest("", "The query is not well escaped.")
	}
	options := make(url.Values)
	for name, values := range given {
		at := slices.IndexFunc(c.route.options, func(o option) bool {
			return strings.EqualFold(strings.TrimPrefix(o.name, "$"), strings.TrimPrefix(name, "$"))
		})
		if at < 0 {
			if strings.HasPrefix(name, "$") {
				return nil, odata.BadRequest(name, "The query option '%s' is not supported here.", name)
			}
			continue
		}
		o := c.route.options[at]
		if len(values) > 1 || options.Has(o.name) {
			return nil, odata.BadRequest(o.name, "The query option '%s' stands more than once.", o.name)
		}
		if err := o.check(values[0]); err != nil {
			return nil, err
		}
		options.Set(o.name, values[0])
	}
	return options, nil
}

// check refuses a value that an option cannot have.
func (o option) check(value string) error {
	if o.kind == "integer" {
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return odata.BadRequest(o.name, "The query option '%s' is a number from 0 on, and not '%s'.", o.name, value)
		}
	}
	if o.values != nil && !slices.Contains(o.values, value) {
		return odata.BadRequest(o.name, "The query option '%s' is one of %s, and not '%s'.", o.name, strings.Join(o.values, ", "), value)
	}
	return nil
}

// offer returns the type of media to answer: of those that the route offers the first one
// that the header Accept names; the first of all where it leaves that open.
func offer(c *call) (string, error) {
	offers := c.route.offers
	if offers == nil {
		offers = []string{errorType}
	}
	accept := strings.Join(c.header.Values("Accept"), ",")
	if accept == "" {
		return offers[0], nil
	}
	open := false
	for part := range strings.SplitSeq(accept, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil || strings.Trim(parameters["q"], "0.") == "" && parameters["q"] != "" {
			continue
		}
		if slices.Contains(offers, name) {
			return name, nil
		}
		kind, _, _ := strings.Cut(offers[0], "/")
		open = open || name == "*/*" || name == kind+"/*"
	}
	if !open {
		return "", odata.NotAcceptable("The answer is %s, which the header Accept excludes.", strings.Join(offers, " or "))
	}
	return offers[0], nil
}

// writeOwn makes the answer of what a handler gave.
func (s *Server) writeOwn(c *call, r *request, given *response) (answer, error) {
	switch {
	case given.stream != nil:
		return s.open(c, r.caller, given.stream)
	case given.value == nil:
		return answer{status: c.route.status}, nil
	}
	body, err := json.Marshal(given.value)
	if err != nil {
		return answer{}, fmt.Errorf("writing an answer: %w", err)
	}
	c.out.Set("Content-Type", errorType)
	return answer{status: c.route.status, body: body}, nil
}

// ownBody reads the body of an own route. A member that its type does not have is an
// error, and so is a second value.
func (r *request) ownBody(to any) error {
	if len(r.body) == 0 {
		return odata.BadRequest("", "The body is missing: send a JSON object, as the documentation of this request says.")
	}
	decoder := json.NewDecoder(strings.NewReader(string(r.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return odata.BadRequest("", "The body cannot be read: %s.", plain(err))
	}
	if decoder.More() {
		return odata.BadRequest("", "The body goes on after its JSON object.")
	}
	return nil
}

// collection is a page of what Homeroom adds.
type collectionOf[Item any] struct {
	Value []Item `json:"value"`
	Next  string `json:"@odata.nextLink,omitempty"`
}

// top returns how many items a page has.
func (r *request) top() int {
	n, err := strconv.Atoi(r.options.Get("$top"))
	if err != nil {
		return usualPage
	}
	return min(n, longestPage)
}

// mostNumber is beyond the numbers of all runs and steps.
const mostNumber = 1 << 48

// after returns where a page begins, by the number behind which it does; 0 for the first.
func (r *request) after() (int64, error) {
	token := r.options.Get("$skiptoken")
	if token == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(token, 10, 64)
	if err != nil || n <= 0 || n > mostNumber {
		return 0, odata.BadRequest("$skiptoken", "'%s' is no $skiptoken that was given out.", token)
	}
	return n, nil
}

// next returns the link to the page behind a number.
func (r *request) next(path string, number int64) string {
	options := make(url.Values)
	for name, values := range r.options {
		options[name] = values
	}
	options.Set("$skiptoken", strconv.FormatInt(number, 10))
	return r.base + "/" + path + "?" + strings.ReplaceAll(options.Encode(), "%24", "$")
}
