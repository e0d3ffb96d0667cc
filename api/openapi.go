package api

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// object is an object of JSON. encoding/json sorts its members, so that the same tables
// give the same bytes.
type object map[string]any

// describe returns the OpenAPI 3.1 document: the tables of routes and of types of both
// parts of the API.
func describe(graph, own *service) object {
	paths := make(object)
	for _, part := range []*service{graph, own} {
		for i := range part.routes {
			path := "/" + strings.Replace(part.routes[i].pattern, "(appId={appId})", "(appId='{appId}')", 1)
			at, ok := paths[path].(object)
			if !ok {
				at = make(object)
				paths[path] = at
				if part.own {
					at["servers"] = []object{{"url": "/homeroom/v1"}}
				}
				if keys := pathParameters(path); keys != nil {
					at["parameters"] = keys
				}
			}
			at[strings.ToLower(part.routes[i].method)] = describeRoute(part.model, &part.routes[i])
		}
	}
	all := schemas(graph.model)
	maps.Copy(all, schemas(own.model))
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "Industry data",
			"version":     "beta",
			"description": "The industry data of Microsoft Graph, as Homeroom serves it, and under /homeroom/v1 what Homeroom adds. Operations may also be called with their namespace, and keys may stand in parentheses.",
			"license":     object{"name": "Apache License 2.0", "identifier": "Apache-2.0"}, // of Homeroom, as in LICENSE
		},
		"servers": []object{{"url": "/beta"}},
		"paths":   paths,
		"components": object{
			"schemas":         all,
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
			"responses": object{"error": object{
				"description": "What is wrong, and what to do about it.",
				"content":     object{"application/json": object{"schema": ref("error")}},
			}},
		},
	}
}

func describeRoute(m *odata.Model, r *route) object {
	operation := object{
		"operationId": operationID(r),
		"summary":     r.doc,
		"responses":   object{strconv.Itoa(r.status): success(m, r), "default": object{"$ref": "#/components/responses/error"}},
	}
	if options := queryParameters(r); options != nil {
		operation["parameters"] = options
	}
	if r.body != "" {
		body := ref(full(m, r.body))
		if r.method == http.MethodPost && m.Type(r.body).Entity {
			body = creation(m, r.body)
		}
		operation["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": body}}}
	}
	security := make([]object, 0, len(r.permissions))
	for _, permission := range r.permissions {
		security = append(security, object{"bearer": []string{permission}}) // one of them is enough
	}
	if len(security) == 0 {
		security = append(security, object{"bearer": []string{}})
	}
	operation["security"] = security
	return operation
}

// operationID names an operation after its path and its verb, or after what is called
// on what: external.industryData.runs.activities.list, external.industryData.runs.run.getStatistics.
func operationID(r *route) string {
	var names []string
	for name := range strings.SplitSeq(r.pattern, "/") {
		name, _, _ = strings.Cut(name, "(")
		if key := strings.Trim(name, "{}"); key == name && name != "$count" || r.operation {
			names = append(names, key)
		}
	}
	verb := map[string]string{
		http.MethodGet: "get", http.MethodPost: "create", http.MethodPatch: "update", http.MethodDelete: "delete",
	}[r.method]
	switch {
	case r.operation:
		return strings.Join(names, ".")
	case r.counts():
		verb = "count"
	case r.list:
		verb = "list"
	case strings.HasSuffix(r.pattern, ")"):
		verb = "getByAppId"
	}
	return strings.Join(append(names, verb), ".")
}

// success describes the answer of a request that went well.
func success(m *odata.Model, r *route) object {
	description := http.StatusText(r.status)
	var content object
	switch {
	case slices.Contains(r.offers, eventType):
		content = object{eventType: object{"schema": object{"type": "string"}}}
	case r.counts():
		content = object{"text/plain": object{"schema": object{"type": "integer", "minimum": 0}}}
	case r.list:
		content = object{"application/json": object{"schema": object{
			"type":     "object",
			"required": []string{"value"},
			"properties": object{
				"@odata.context":  object{"type": "string"},
				"@odata.count":    object{"type": "integer", "description": "Of all pages, where $count=true asked for it."},
				"@odata.nextLink": object{"type": "string", "format": "uri", "description": "The next page; absent on the last one."},
				"value":           object{"type": "array", "items": ref(full(m, r.result))},
			},
		}}}
	case r.result != "" && r.status != http.StatusNoContent:
		content = object{"application/json": object{"schema": ref(full(m, r.result))}}
	default:
		return object{"description": description}
	}
	for _, other := range r.offers {
		if content[other] == nil && other != errorType {
			content[other] = object{"schema": object{"type": "string"}}
		}
	}
	return object{"description": description, "content": content}
}

// pathParameters describes the keys of a path.
func pathParameters(path string) []object {
	var keys []object
	for rest := path; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return keys
		}
		var name string
		name, rest, _ = strings.Cut(after, "}")
		keys = append(keys, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
	}
}

// queryOptions returns the options that a route takes (contract A.4).
func queryOptions(r *route) []string {
	switch {
	case r.method != http.MethodGet:
		return nil
	case r.counts():
		return []string{"$filter"}
	case r.list:
		return []string{"$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken"}
	}
	return []string{"$select", "$expand"}
}

func queryParameters(r *route) []object {
	var options []object
	for _, o := range r.options {
		schema := object{"type": o.kind}
		if o.values != nil {
			schema["enum"] = o.values
		}
		options = append(options, object{"name": o.name, "in": "query", "schema": schema, "description": o.doc})
	}
	if r.own {
		return options
	}
	for _, name := range queryOptions(r) {
		schema := object{"type": "string"}
		switch name {
		case "$top", "$skip":
			schema = object{"type": "integer", "minimum": 0}
		case "$count":
			schema = object{"type": "boolean"}
		}
		options = append(options, object{"name": name, "in": "query", "schema": schema})
	}
	return options
}
