package odata

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is what the options of a URL ask for (contract E.3), checked against a type.
type Query struct {
	Select    []Selected // nil: all
	Expand    []Expanded
	Filter    Expression // nil: all
	OrderBy   []Order    // ties go by id
	Top       *int       // items of a page
	Skip      *int
	Count     bool
	SkipToken string
	After     Expression // what comes after the page that SkipToken tells of; nil without one
	Format    string     // json, or a media type such as application/json;odata.metadata=none

	options []option
}

// Selected is a property that $select names. One that only derived types have may be
// named without a cast.
type Selected struct {
	Name string // canonical
	Cast string // name of the derived type, without the namespace; "" for none
}

// Expanded is a navigation property that $expand names.
type Expanded struct {
	Name  string // canonical
	Query *Query // what stands in its parentheses; never nil
}

// Order is a key of $orderby. Null comes before everything, or after it when descending.
type Order struct {
	Path       Path
	Descending bool
}

// option is an option as it was given, decoded.
type option struct {
	name  string // of one that is known: with $, in lower case
	value string
}

// The limits of a query.
const (
	maxQuery  = 16 << 10 // bytes
	maxExpand = 8        // levels
	maxKeys   = 8        // of $orderby
)

// ParseQuery reads the options of a URL's raw query for entities, or one entity, of a
// type. A nil type stands for an answer that has no properties to name. Its errors are
// *Error with status 400.
func (m *Model) ParseQuery(t *Type, raw string) (*Query, error) {
	options, err := splitQuery(raw)
	if err != nil {
		return nil, err
	}
	q, err := m.query(t, options, 0)
	if err != nil {
		return nil, err
	}
	return q, nil
}

// splitQuery decodes the options of a raw query. A semicolon separates nothing: it stands
// between the options of an $expand.
func splitQuery(raw string) ([]option, *Error) {
	if len(raw) > maxQuery {
		return nil, BadRequest("", "The query is longer than %d bytes.", maxQuery)
	}
	var options []option
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || !isText(name) {
			return nil, BadRequest("", "The name of the query option %.60q is not well escaped.", part)
		}
		value, err = url.QueryUnescape(value)
		if err != nil || !isText(value) {
			return nil, BadRequest("", "The value of the query option %.60q is not well escaped.", name)
		}
		if part != "" {
			options = append(options, option{name, value})
		}
	}
	return options, nil
}

// names are the options that are known.
func names() []string {
	return []string{"$count", "$expand", "$filter", "$format", "$orderby", "$search", "$select", "$skip", "$skiptoken", "$top"}
}

// canonical returns the name of an option that is known: on beta the $ may be left out.
func canonical(name string) (string, bool) {
	name = "$" + strings.ToLower(strings.TrimPrefix(name, "$"))
	return name, slices.Contains(names(), name)
}

// query reads options, of an $expand at the given depth or, at depth 0, of the URL.
func (m *Model) query(t *Type, options []option, depth int) (*Query, *Error) {
	q := &Query{}
	for _, o := range options {
		name, known := canonical(o.name)
		switch {
		case !known && strings.HasPrefix(o.name, "$") || !known && depth > 0:
			return nil, BadRequest(clip(o.name), "There is no query option %.60q; there are %s.", o.name, strings.Join(names(), ", "))
		case known && q.has(name):
			return nil, BadRequest(name, "The query option %s is given twice.", name)
		case known && o.value == "":
			return nil, BadRequest(name, "The query option %s is empty; leave it out.", name)
		case known:
			o.name = name
		}
		q.options = append(q.options, o)
	}
	for _, read := range []func(*Query, *Type, int) *Error{m.readNames, m.readNumbers, m.readFilter} {
		if err := read(q, t, depth); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// value returns the value of an option; "" when it is not given.
func (q *Query) value(name string) string {
	at := slices.IndexFunc(q.options, func(o option) bool { return o.name == name })
	if at < 0 {
		return ""
	}
	return q.options[at].value
}

func (q *Query) has(name string) bool { return q.value(name) != "" }

// Allow refuses, with an *Error of status 400, options that mean nothing where the query
// was sent (contract A.4), such as $filter for a single entity. Names are with "$" and
// in lower case; $format is always allowed.
func (q *Query) Allow(allowed ...string) error {
	for _, o := range q.options {
		if slices.Contains(names(), o.name) && o.name != "$format" && !slices.Contains(allowed, o.name) {
			return BadRequest(o.name, "The query option %s does not go with this resource.", o.name)
		}
	}
	return nil
}

// readNames reads $select and $expand.
func (m *Model) readNames(q *Query, t *Type, depth int) *Error {
	for _, name := range []string{"$select", "$expand", "$filter", "$orderby", "$skiptoken"} {
		if t == nil && q.has(name) {
			return BadRequest(name, "The query option %s does not go with this resource.", name)
		}
	}
	var err *Error
	if text := q.value("$select"); text != "" {
		if q.Select, err = m.parseSelect(t, text); err != nil {
			return err
		}
	}
	if text := q.value("$expand"); text != "" {
		q.Expand, err = m.parseExpand(t, text, depth+1)
	}
	return err
}

// readNumbers reads the options that need no type.
func (m *Model) readNumbers(q *Query, _ *Type, depth int) *Error {
	var err *Error
	if q.Top, err = q.number("$top"); err != nil {
		return err
	}
	if q.Skip, err = q.number("$skip"); err != nil {
		return err
	}
	switch text := strings.ToLower(q.value("$count")); text {
	case "", "false":
	case "true":
		q.Count = true
	default:
		return BadRequest("$count", "$count is true or false, not %.60q.", text)
	}
	if q.has("$search") {
		return BadRequest("$search", "$search is not supported; find with $filter instead, as in $filter=contains(displayName,'a').")
	}
	if depth > 0 && (q.has("$skiptoken") || q.has("$format")) {
		return BadRequest("$expand", "$skiptoken and $format do not go inside of an $expand.")
	}
	q.Format = q.value("$format")
	media, _, _ := strings.Cut(strings.ToLower(q.Format), ";")
	if media = strings.TrimSpace(media); media != "" && media != "json" && media != "application/json" {
		return BadRequest("$format", "$format is json, not %.60q.", q.Format)
	}
	return nil
}

func (q *Query) number(name string) (*int, *Error) {
	text := q.value(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return nil, BadRequest(name, "%s is a whole number from 0 to %d, not %.60q.", name, math.MaxInt32, text)
	}
	number := int(n)
	return &number, nil
}

// readFilter reads what picks and orders.
func (m *Model) readFilter(q *Query, t *Type, _ int) *Error {
	var err *Error
	if text := q.value("$filter"); text != "" {
		if q.Filter, err = m.parseFilter(t, text); err != nil {
			return err
		}
	}
	if text := q.value("$orderby"); text != "" {
		if q.OrderBy, err = m.parseOrder(t, text); err != nil {
			return err
		}
	}
	if q.SkipToken = q.value("$skiptoken"); q.SkipToken != "" {
		q.After, err = m.parseToken(t, q.OrderBy, q.SkipToken)
	}
	return err
}
