package odata

import (
	"fmt"
	"net/http"
)

// The functions below make answers of contract E.1. A format gives a sentence for people:
// what is wrong and what to write or do instead.

// BadRequest is a request that cannot be understood or is not allowed: 400. The target
// is the path of the property that it is about, or "".
func BadRequest(target, format string, args ...any) *Error {
	e := answer(http.StatusBadRequest, "BadRequest", format, args)
	e.Target = target
	return e
}

// Unauthorized is a request without a valid token: 401.
func Unauthorized(format string, args ...any) *Error {
	return answer(http.StatusUnauthorized, "InvalidAuthenticationToken", format, args)
}

// Forbidden is a caller who lacks a permission: 403.
func Forbidden(format string, args ...any) *Error {
	return answer(http.StatusForbidden, "Forbidden", format, args)
}

// NotFound is a thing that is not there: 404.
func NotFound(format string, args ...any) *Error {
	return answer(http.StatusNotFound, "ResourceNotFound", format, args)
}

// MethodNotAllowed is a method that the resource does not have: 405. The header Allow is
// the caller's to send.
func MethodNotAllowed(format string, args ...any) *Error {
	return answer(http.StatusMethodNotAllowed, "MethodNotAllowed", format, args)
}

// NotAcceptable is an answer that the client would not take: 406.
func NotAcceptable(format string, args ...any) *Error {
	return answer(http.StatusNotAcceptable, "NotAcceptable", format, args)
}

// Conflict is a thing that is there already, or that cannot be changed as things stand: 409.
func Conflict(format string, args ...any) *Error {
	return answer(http.StatusConflict, "Conflict", format, args)
}

// PreconditionFailed is an If-Match that no longer holds: 412.
func PreconditionFailed(format string, args ...any) *Error {
	return answer(http.StatusPreconditionFailed, "PreconditionFailed", format, args)
}

// TooLarge is a body over the limit: 413.
func TooLarge(format string, args ...any) *Error {
	return answer(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", format, args)
}

// UnsupportedMediaType is a body that is not JSON: 415.
func UnsupportedMediaType(format string, args ...any) *Error {
	return answer(http.StatusUnsupportedMediaType, "UnsupportedMediaType", format, args)
}

// TooManyRequests is a client that must wait: 429. The header Retry-After is the caller's
// to send, in whole seconds.
func TooManyRequests(format string, args ...any) *Error {
	return answer(http.StatusTooManyRequests, "TooManyRequests", format, args)
}

// Internal is a failure of the server: 500. Its sentence tells clients nothing of the cause.
func Internal(format string, args ...any) *Error {
	return answer(http.StatusInternalServerError, "InternalServerError", format, args)
}

func answer(status int, code, format string, args []any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}
