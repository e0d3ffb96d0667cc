package api

import (
	"net/http"
	"strconv"

	"github.com/homeroomhq/homeroom/odata"
)

// response is what a handler answers. One of entity, list and text is set, by the
// route; none of them where the route answers without a body.
//
// A handler that creates or changes gives the entity as it is then: whether it is
// written is decided by Prefer. It need not say what follows from the route: the
// status, @odata.context, Location.
type response struct {
	status   int             // 0: that of the route
	entity   *odata.Entity   // one
	list     []*odata.Entity // of a route with list; nil for none
	count    *int            // @odata.count, where it was asked for
	more     bool            // there is a page after this one: @odata.nextLink
	text     string          // text/plain, of $count
	etag     string          // of entity, see etag; "" for none
	location string          // below the base, for Location; "": that of the entity by the route and its id
	header   http.Header     // more headers; may be nil
}

// etag returns the weak ETag of a revision: W/"7".
func etag(revision int64) string {
	return `W/"` + strconv.FormatInt(revision, 10) + `"`
}
