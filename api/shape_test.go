package api_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// shape says what is wrong with the shape of an error, by contract E.1 and E.2; "" for
// nothing.
func shape(got answer) string {
	var body struct {
		Error *struct {
			Code, Message *string
			InnerError    map[string]string
			Target        string
			Details       []struct{ Code, Message, Target string }
		}
	}
	decoder := json.NewDecoder(strings.NewReader(string(got.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return "the body is no error: " + err.Error()
	}
	e := body.Error
	switch id := got.header.Get("request-id"); {
	case !strings.HasPrefix(got.header.Get("Content-Type"), "application/json"):
		return fmt.Sprintf("Content-Type is %q", got.header.Get("Content-Type"))
	case e == nil || e.Code == nil || e.Message == nil || *e.Code == "" || *e.Message == "":
		return "code or message is missing"
	case !strings.Contains(string(got.body), `"innerError":{`):
		return "innerError is missing, or spelt otherwise"
	case !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) || e.InnerError["request-id"] != id:
		return fmt.Sprintf("request-id is %q in the header and %q in the body", id, e.InnerError["request-id"])
	case e.InnerError["client-request-id"] == "" || e.InnerError["client-request-id"] != got.header.Get("client-request-id"):
		return "client-request-id is missing, or not that of the header"
	}
	if _, err := time.Parse("2006-01-02T15:04:05", e.InnerError["date"]); err != nil {
		return "date: " + err.Error()
	}
	return ""
}

// checkError wants an answer to be an error in the shape of contract E.1.
func checkError(got answer, name string, status int, code string) {
	got.Helper()
	if got.status != status {
		got.Errorf("%s: %d, want %d: %s", name, got.status, status, got.body)
		return
	}
	if is := shape(got); is != "" {
		got.Errorf("%s: %s: %s", name, is, got.body)
	}
	e, _ := got.object()["error"].(map[string]any)
	if e["code"] != code {
		got.Errorf("%s: code %v, want %s", name, e["code"], code)
	}
	if message, _ := e["message"].(string); !regexp.MustCompile(`^[A-Z].*\.$`).MatchString(message) {
		got.Errorf("%s: the message is no sentence: %q", name, message)
	}
}
