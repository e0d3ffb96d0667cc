package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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
