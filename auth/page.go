package auth

import (
	"bytes"
	"crypto/subtle"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"slices"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

//go:embed page.html
var pageText string

// view is what the page shows: the form to sign in, what is to be approved, or how
// it ended.
type view struct {
	Action  string // where the form goes
	Problem string // a sentence; "" for none
	Done    string // a sentence; "" while there is something to do

	App         string // "" before somebody signed in
	Person      string
	Code        string
	Ticket      string
	Permissions []access.Permission
	Missing     bool // an administrator has to consent first
	Consents    bool // the person is one, and approving is consenting for everybody
}

// page resolves the tenant, reads the form, and shows what came out.
func (i *Issuer) page(handle func(*http.Request, string) (view, error)) http.Handler {
	shown := template.Must(template.New("page").Parse(pageText))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		tenant, err := i.tenant(r)
		if err == nil && i.Base(r) == "" {
			err = errElsewhere()
		}
		if err == nil {
			err = readForm(r)
		}
		v := view{}
		if err == nil {
			v, err = handle(r, tenant)
		}
		status := http.StatusOK
		if err != nil {
			v, status = i.problem(w, r, err)
		}
		v.Action = "/" + tenant + "/oauth2/v2.0/deviceauth"
		var body bytes.Buffer
		if err := shown.Execute(&body, v); err != nil {
			i.fail(w, r, err)
			return
		}
		header := w.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Frame-Options", "DENY")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		w.WriteHeader(status)
		_, _ = w.Write(body.Bytes()) // whoever asked is gone
	})
}

// problem says on the form what is wrong.
func (i *Issuer) problem(w http.ResponseWriter, r *http.Request, err error) (view, int) {
	if kind := fault.KindOf(err); kind == fault.Denied || kind == fault.Conflict {
		return view{Problem: err.Error()}, http.StatusForbidden
	}
	failure, ok := errors.AsType[*oauthError](err)
	if !ok {
		failure = i.unexpected(r, err)
	}
	if failure.wait > 0 {
		w.Header().Set("Retry-After", retryAfter(failure.wait))
	}
	return view{Problem: failure.description}, failure.status
}

// askCode shows the form. The code is never filled in: a link must not be enough
// to make somebody approve another's device (RFC 8628, 5.4).
func (i *Issuer) askCode(*http.Request, string) (view, error) { return view{}, nil }

// signIn checks person and code, and shows what the app asks for, with a ticket
// that only this page has.
func (i *Issuer) signIn(r *http.Request, tenant string) (view, error) {
	person, code, err := i.identify(r, tenant)
	if err != nil {
		return view{}, err
	}
	if err := i.forgive(r, person); err != nil {
		return view{}, err
	}
	app, err := i.Store.App(r.Context(), tenant, code.App)
	if err != nil {
		return view{}, err
	}
	ticket, before := randomText(), code.Ticket
	code.Person, code.Ticket = person.ID, hashText(ticket)
	if err := i.Store.SetDeviceCode(r.Context(), code, before, i.by(code)); err != nil {
		return view{}, err
	}
	v := view{App: app.Name, Person: person.Name, Code: code.UserCode, Ticket: ticket}
	for _, name := range code.Scopes {
		if p, ok := access.FindPermission(name); ok {
			v.Permissions = append(v.Permissions, p)
		}
	}
	missing := len(unconsented(app, code.Scopes)) > 0
	v.Missing, v.Consents = missing && !person.Admin, missing && person.Admin
	return v, nil
}

// identify returns who signs in, and the code that was typed.
func (i *Issuer) identify(r *http.Request, tenant string) (person access.Person, code access.DeviceCode, err error) {
	tried, err := i.attempt(r, tenant)
	if err != nil {
		return person, code, err
	}
	if person, err = i.checkPerson(r, tenant); err == nil {
		code, err = i.pending(r, tenant)
	}
	if fault.KindOf(err) == fault.Denied {
		if err := i.failed(r, tenant, tried, person); err != nil {
			return person, code, err
		}
	}
	return person, code, err
}

// unconsented returns those of the permissions to which no administrator consented.
func unconsented(app access.App, scopes []string) []string {
	may := allowed(app, access.Delegated, scopes)
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(may, s) })
}

// approve writes down what the person decided.
func (i *Issuer) approve(r *http.Request, tenant string) (view, error) {
	code, err := i.pending(r, tenant)
	if err != nil {
		return view{}, err
	}
	ticket := hashText(r.PostForm.Get("ticket"))
	if code.Ticket == nil || subtle.ConstantTimeCompare(ticket, code.Ticket) != 1 {
		return view{}, errSignIn()
	}
	before := code.Ticket
	code.Ticket, code.State = nil, access.DeviceDeclined
	done := "You declined. You may close this page."
	if r.PostForm.Get("decision") == "approve" {
		if err := i.consent(r, code); err != nil {
			return view{}, err
		}
		code.State, done = access.DeviceApproved, "You approved. The app goes on by itself; you may close this page."
	}
	if err := i.Store.SetDeviceCode(r.Context(), code, before, i.by(code)); err != nil {
		return view{}, err
	}
	i.Log.Info("device code decided", "tenant", tenant, "app", code.App, "person", code.Person, "state", code.State)
	return view{Done: done}, nil
}

// consent lets an administrator consent, for everybody, to what the app asks for,
// and refuses when consent is missing and the person is none.
func (i *Issuer) consent(r *http.Request, code access.DeviceCode) error {
	person, err := i.Store.Person(r.Context(), code.Tenant, code.Person)
	if fault.KindOf(err) == fault.NotFound {
		return errSignIn()
	}
	if err != nil {
		return err
	}
	app, err := i.Store.App(r.Context(), code.Tenant, code.App)
	if err != nil {
		return err
	}
	missing := unconsented(app, code.Scopes)
	if len(missing) == 0 {
		return nil
	}
	if !person.Admin {
		return fault.New(fault.Denied, "An administrator has to consent to these permissions first.")
	}
	var grants []access.Grant
	for _, name := range missing {
		grants = append(grants, access.Grant{Permission: name, Kind: access.Delegated})
	}
	i.Log.Info("consent", "tenant", code.Tenant, "app", code.App, "person", person.ID, "permissions", missing)
	return i.Store.Grant(r.Context(), code.Tenant, code.App, grants, i.by(code))
}

// by says, for those who audit, who decides about a code.
func (i *Issuer) by(code access.DeviceCode) access.By {
	return access.By{At: i.Now(), Kind: access.Delegated, App: code.App, Person: code.Person}
}
