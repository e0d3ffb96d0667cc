// Package auth decides who calls: it verifies bearer tokens, and it is the
// embedded issuer that gives some out.
//
//   - token: a signed JWT that says who calls and what they may do.
//   - issuer: who signs tokens. The embedded issuer is ours and shaped like
//     Microsoft Entra's; the others are trusted by configuration (Trust).
//   - keyring: the embedded issuer's signing keys.
//   - refusal: why a token does not count.
//   - standing: that what the embedded issuer once said still holds: its app is
//     registered, its permissions are granted, its person may sign in.
//
// How the parts are put together:
//
//	keyring := auth.NewKeyring(store, auth.Vault{Seal: seal, Open: open}, time.Now)
//	issuer := auth.NewIssuer(auth.IssuerOptions{Store: store, Keyring: keyring, ...})
//	verifier := auth.NewVerifier(auth.Options{Store: store, Keyring: keyring, Trusts: auth.EntraTrusts(...), ...})
//
// The issuer is a handler for paths that begin with a tenant, and passes on what is not
// its own (IssuerOptions.Next). The API asks
//
//	caller, err := verifier.Verify(ctx, request.Header.Get("Authorization"))
//
// An error that is a *Refusal is answered with 401, the code
// InvalidAuthenticationToken, its message, and its header WWW-Authenticate
// (contract E.1, E.2). A fault.Unavailable is a 503: an issuer's keys could not be
// fetched. Anything else is a 500.
package auth

import "fmt"

// Refusal is why a token does not count. Its message is for whoever sent it.
type Refusal struct {
	Message         string // a sentence
	WWWAuthenticate string
}

func (r *Refusal) Error() string { return r.Message }

// Challenge is the header by its role: package api asks errors for it.
func (r *Refusal) Challenge() string { return r.WWWAuthenticate }

// refuse returns a refusal without its header, which the verifier adds.
func refuse(format string, args ...any) error {
	return &Refusal{Message: fmt.Sprintf(format, args...)}
}
