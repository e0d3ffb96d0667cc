package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

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
		began := s.Now()
		ic, a := s.item(c, caller, item, statuses, spare, len(body))
		s.observe(ic, a.status, began)
		statuses[strings.ToLower(item.ID)] = a.status
		body = appendItem(body, item.ID, ic, a)
	}
	body = append(body, "]}"...)
	b.keep(body)
	c.out.Set("Content-Type", errorType)
	return answer{status: http.StatusOK, body: body}, nil
}

// maxAnswers is how many bytes the answers of a batch have until no other request of it is
// looked at.
const maxAnswers = 32 << 20

// item answers one request of a batch, whose answers so far have a size in bytes.
func (s *Server) item(c *call, caller access.Caller, item *batchItem, statuses map[string]int, b *buffer, size int) (*call, answer) {
	ic := &call{
		ctx: c.ctx, method: strings.ToUpper(item.Method), header: make(http.Header, len(item.Headers)), out: make(http.Header, 4),
		base: c.base, id: uuid.NewString(), client: c.client, request: c.request, address: c.address, caller: &caller,
	}
	for name, value := range item.Headers {
		ic.header.Set(name, value)
	}
	for _, id := range item.DependsOn {
		if statuses[strings.ToLower(id)] >= http.StatusBadRequest {
			return ic, s.fail(ic, &odata.Error{
				Status: http.StatusFailedDependency, Code: "FailedDependency",
				Message: fmt.Sprintf("The request '%s', which this one depends on, failed.", id),
			})
		}
	}
	if size > maxAnswers {
		return ic, s.fail(ic, odata.TooLarge("The answers of the batch have more than %d MiB already. Send this request alone.", maxAnswers>>20))
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
	below = undollar(strings.TrimPrefix(below, "/"))
	if below == "$batch" {
		return odata.BadRequest("url", "A batch cannot hold another batch.")
	}
	c.path, c.query = "/beta/"+below, query
	body, err := itemBody(item.Body, c.header.Get("Content-Type"))
	if err != nil {
		return err
	}
	c.body, c.length = bytes.NewReader(body), int64(len(body))
	return nil
}

// appendItem writes the answer of an item. JSON stands in it as it is, text as a text,
// and anything else as base64.
func appendItem(dst []byte, id string, c *call, a answer) []byte {
	dst = append(dst, `{"id":`...)
	dst = odata.AppendString(dst, id)
	dst = fmt.Appendf(dst, `,"status":%d,"headers":`, a.status)
	headers := make(map[string]string, len(c.out)+1)
	for name, values := range c.out {
		headers[spelled(name)] = strings.Join(values, ", ")
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
			dst = odata.AppendString(dst, string(a.body))
		default:
			dst = odata.AppendString(dst, base64.StdEncoding.EncodeToString(a.body))
		}
	}
	return append(dst, '}')
}

// spelled writes the name of a header as OData and HTTP do, where net/http does not:
// among an item's headers SDKs look for it letter by letter.
func spelled(name string) string {
	switch name {
	case "Etag":
		return "ETag"
	case "Odata-Version":
		return "OData-Version"
	case "Odata-Entityid":
		return "OData-EntityId"
	}
	return name
}
