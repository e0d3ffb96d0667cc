package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// maxItems is how many requests a batch may have (contract E.6).
const maxItems = 20

// batchItem is a request of a batch as clients send it. Their dialects differ in the
// body: an object, null, or, of the TypeScript SDK, a base64 text of the JSON.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers POST /$batch: each item as though it had come alone, from the same
// caller. An item waits for those that it depends on, and fails when one of them did.
func (s *Server) batch(c *call, caller access.Caller, b *buffer) (answer, error) {
	if c.method != http.MethodPost {
		return answer{}, c.notAllowed("POST, OPTIONS")
	}
	text, err := s.readBody(c)
	if err != nil {
		return answer{}, err
	}
	items, err := readItems(text)
	if err != nil {
		return answer{}, err
	}
	order, err := inOrder(items)
	if err != nil {
		return answer{}, err
	}
	spare := s.buffers.Get().(*buffer)
	defer s.buffers.Put(spare)

	statuses := make(map[string]int, len(items))
	body := b.empty()
	body = append(body, `{"responses":[`...)
	for i, item := range order {
		if i > 0 {
			body = append(body, ',')
		}
		ic, a := s.item(c, caller, item, statuses, spare)
		statuses[strings.ToLower(item.ID)] = a.status
		body = appendItem(body, item.ID, ic, a)
	}
	body = append(body, "]}"...)
	b.keep(body)
	c.out.Set("Content-Type", errorType)
	return answer{http.StatusOK, body}, nil
}

// item answers one request of a batch.
func (s *Server) item(c *call, caller access.Caller, item *batchItem, statuses map[string]int, b *buffer) (*call, answer) {
	ic := &call{
		ctx: c.ctx, method: strings.ToUpper(item.Method), header: make(http.Header, len(item.Headers)), out: make(http.Header, 4),
		base: c.base, id: uuid.NewString(), client: c.client, request: c.request, address: c.address, caller: &caller,
	}
	for name, value := range item.Headers {
		ic.header.Set(name, value)
	}
	for _, id := range item.DependsOn {
		if failed(statuses[strings.ToLower(id)]) {
			return ic, s.fail(ic, &odata.Error{
				Status: http.StatusFailedDependency, Code: "FailedDependency",
				Message: fmt.Sprintf("The request '%s', which this one depends on, failed.", id),
			})
		}
	}
	if err := ic.take(item, c.base); err != nil {
		return ic, s.fail(ic, err)
	}
	return ic, s.do(ic, b)
}

// take reads the URL and the body of an item.
func (c *call) take(item *batchItem, base string) error {
	path, query, _ := strings.Cut(item.URL, "?")
	below, found := strings.CutPrefix(path, base+"/")
	if !found && strings.Contains(path, "://") {
		return odata.BadRequest("url", "The url '%s' is not below %s: write it as /external/industryData/...", item.URL, base)
	}
	below = strings.TrimPrefix(below, "/")
	if strings.EqualFold(strings.TrimSuffix(below, "/"), "$batch") {
		return odata.BadRequest("url", "A batch cannot hold another batch.")
	}
	c.path, c.query = "/beta/"+below, query
	body, err := itemBody(item.Body, c.header.Get("Content-Type"))
	if err != nil {
		return err
	}
	c.body, c.length = bytes.NewReader(body), int64(len(body))
	c.header.Del("Content-Encoding") // what that said is true of the batch alone
	return nil
}

// itemBody returns the JSON of an item's body. A text without a JSON content type is
// base64 of it.
func itemBody(raw json.RawMessage, contentType string) ([]byte, error) {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case raw[0] != '"' || contentType != "" && isJSON(contentType) == nil:
		return raw, nil
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, odata.BadRequest("body", "The body is not a text of JSON: %s.", err)
	}
	text = strings.TrimRight(text, "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	body, err := encoding.DecodeString(text)
	if err != nil {
		return nil, odata.BadRequest("body", "The body is a text that is not base64. Send the JSON itself, with the header Content-Type: application/json.")
	}
	return body, nil
}

// readItems reads a batch. What concerns the whole is refused as a whole.
func readItems(text []byte) ([]*batchItem, error) {
	var batch struct {
		Requests []*batchItem `json:"requests"`
	}
	if err := json.Unmarshal(text, &batch); err != nil {
		return nil, odata.BadRequest("requests", "The batch cannot be read: %s.", plain(err))
	}
	switch n := len(batch.Requests); {
	case n == 0:
		return nil, odata.BadRequest("requests", "The batch has no requests: send {\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/external/industryData\"}]}.")
	case n > maxItems:
		return nil, odata.BadRequest("requests", "The batch has %d requests, and %d is the most that one may have.", n, maxItems)
	}
	seen := make(map[string]bool)
	for i, item := range batch.Requests {
		target := fmt.Sprintf("requests/%d", i)
		if item == nil || item.ID == "" || item.Method == "" || item.URL == "" {
			return nil, odata.BadRequest(target, "Each request of a batch needs an id, a method and a url.")
		}
		if seen[strings.ToLower(item.ID)] {
			return nil, odata.BadRequest(target+"/id", "The id '%s' stands twice in the batch; case makes no difference.", item.ID)
		}
		seen[strings.ToLower(item.ID)] = true
	}
	return batch.Requests, nil
}

// plain drops the package's name from an error of encoding/json, and the Go type.
func plain(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s cannot be a %s", wrong.Field, wrong.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// inOrder sorts items so that each comes after those that it depends on, and otherwise
// as they stand.
func inOrder(items []*batchItem) ([]*batchItem, error) {
	byID := make(map[string]*batchItem, len(items))
	for _, item := range items {
		byID[strings.ToLower(item.ID)] = item
	}
	const started, done = 1, 2
	state := make(map[*batchItem]int, len(items))
	order := make([]*batchItem, 0, len(items))
	var visit func(item *batchItem) error
	visit = func(item *batchItem) error {
		switch state[item] {
		case done:
			return nil
		case started:
			return odata.BadRequest("requests", "The request '%s' depends on itself.", item.ID)
		}
		state[item] = started
		for _, id := range item.DependsOn {
			before := byID[strings.ToLower(id)]
			if before == nil {
				return odata.BadRequest("requests", "The request '%s' depends on '%s', which the batch does not have.", item.ID, id)
			}
			if err := visit(before); err != nil {
				return err
			}
		}
		state[item] = done
		order = append(order, item)
		return nil
	}
	for _, item := range items {
		if err := visit(item); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// appendItem writes the answer of an item. JSON stands in it as it is, text as a text,
// and anything else as base64.
func appendItem(dst []byte, id string, c *call, a answer) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendText(dst, id)
	dst = fmt.Appendf(dst, `,"status":%d,"headers":`, a.status)
	headers := make(map[string]string, len(c.out)+1)
	for name, values := range c.out {
		headers[name] = strings.Join(values, ", ")
	}
	headers["Request-Id"] = c.id
	if text, err := json.Marshal(headers); err == nil { // strings always are JSON
		dst = append(dst, text...)
	}
	if len(a.body) > 0 && c.method != http.MethodHead {
		dst = append(dst, `,"body":`...)
		switch kind := headers["Content-Type"]; {
		case strings.HasPrefix(kind, "application/json"):
			dst = append(dst, a.body...)
		case strings.HasPrefix(kind, "text/"):
			dst = appendText(dst, string(a.body))
		default:
			dst = appendText(dst, base64.StdEncoding.EncodeToString(a.body))
		}
	}
	return append(dst, '}')
}
