package odata_test

import (
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

// The codes are those of contract E.1.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		err    *odata.Error
		status int
		code   string
	}{
		{odata.BadRequest("", "%d%%", 5), 400, "BadRequest"},
		{odata.Unauthorized("%d%%", 5), 401, "InvalidAuthenticationToken"},
		{odata.Forbidden("%d%%", 5), 403, "Forbidden"},
		{odata.NotFound("%d%%", 5), 404, "ResourceNotFound"},
		{odata.MethodNotAllowed("%d%%", 5), 405, "MethodNotAllowed"},
		{odata.NotAcceptable("%d%%", 5), 406, "NotAcceptable"},
		{odata.Conflict("%d%%", 5), 409, "Conflict"},
		{odata.PreconditionFailed("%d%%", 5), 412, "PreconditionFailed"},
		{odata.TooLarge("%d%%", 5), 413, "RequestEntityTooLarge"},
		{odata.UnsupportedMediaType("%d%%", 5), 415, "UnsupportedMediaType"},
		{odata.TooManyRequests("%d%%", 5), 429, "TooManyRequests"},
		{odata.Internal("%d%%", 5), 500, "InternalServerError"},
	} {
		if test.err.Status != test.status || test.err.Code != test.code || test.err.Error() != "5%" || test.err.Target != "" {
			t.Errorf("%+v", test.err)
		}
	}
	if e := odata.BadRequest("a/b", "No."); e.Target != "a/b" {
		t.Errorf("%+v", e)
	}
}
