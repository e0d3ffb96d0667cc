package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/fault"
)

// oauthError is an error answer of the issuer (RFC 6749, 5.2). Clients decide by
// code; some of Microsoft's also by the number AADSTS in front of the description.
type oauthError struct {
	status      int
	code        string
	number      int // AADSTS
	description string
	wait        time.Duration // Retry-After; 0 for none
}

func (e *oauthError) Error() string { return e.description }

// fail answers an error.
func (i *Issuer) fail(w http.ResponseWriter, r *http.Request, err error) {
	failure, ok := errors.AsType[*oauthError](err)
	if !ok {
		failure = i.unexpected(r, err)
	}
	if failure.wait > 0 {
		w.Header().Set("Retry-After", retryAfter(failure.wait))
	}
	if failure.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="homeroom"`)
	}
	trace := uuid.NewString()
	answer(w, failure.status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Time        string `json:"timestamp"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
	}{failure.code, fmt.Sprintf("AADSTS%d: %s", failure.number, failure.description), []int{failure.number},
		i.Now().UTC().Format("2006-01-02 15:04:05Z"), trace, trace})
}

// unexpected is the answer to what is not the client's fault.
func (i *Issuer) unexpected(r *http.Request, err error) *oauthError {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &oauthError{http.StatusRequestEntityTooLarge, "invalid_request", 900144, "The request is too long.", 0}
	}
	i.Log.Error("issuer failed", "path", r.URL.Path, "error", err)
	if fault.KindOf(err) == fault.Unavailable {
		return &oauthError{http.StatusServiceUnavailable, "temporarily_unavailable", 90033, "The issuer cannot answer now. Try again later.", 10 * time.Second}
	}
	return &oauthError{http.StatusInternalServerError, "server_error", 90000, "The issuer failed. Its log says more.", 0}
}

// retryAfter is the header's form of a wait.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}

// answer writes JSON that nobody may keep.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked is gone
}
