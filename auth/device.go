package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// userLetters are those of a user code: no vowels, so that no word comes up, and
// nothing that is easily taken for another (RFC 8628, 6.1).
const userLetters = "BCDFGHJKLMNPQRSTVWXZ"

const userCodeLength = 8

// deviceCode answers a device that wants somebody to sign in.
func (i *Issuer) deviceCode(w http.ResponseWriter, r *http.Request, tenant string) error {
	if err := readForm(r); err != nil {
		return err
	}
	if err := i.crowd.check(i.remote(r), i.Now()); err != nil {
		return err
	}
	i.crowd.count(i.remote(r), i.Now())
	app, err := i.Store.App(r.Context(), tenant, strings.ToLower(r.PostForm.Get("client_id")))
	if fault.KindOf(err) == fault.NotFound {
		return &oauthError{http.StatusBadRequest, "unauthorized_client", 700016, "There is no app with this id.", 0}
	}
	if err != nil {
		return err
	}
	asked, err := readScope(r.PostForm.Get("scope"), i.Base(r))
	if err != nil {
		return err
	}
	if asked.all {
		asked.names = app.All(access.Delegated)
	}
	if len(asked.names) == 0 {
		return &oauthError{http.StatusBadRequest, "invalid_grant", 65001,
			"No delegated permission was granted to this app. An administrator does that with homeroom apps grant --delegated.", 0}
	}
	secret := randomText()
	code := access.DeviceCode{
		Tenant: tenant, Hash: hashText(secret), UserCode: newUserCode(), App: app.ID, Audience: asked.audience,
		Asked: r.PostForm.Get("scope"), Scopes: asked.names, OpenID: asked.openID, State: access.DevicePending, Expires: i.Now().Add(deviceLife),
	}
	if err := i.Store.AddDeviceCode(r.Context(), code, i.Now()); err != nil {
		return err
	}
	page := i.Base(r) + "/" + tenant + "/oauth2/v2.0/deviceauth"
	shown := code.UserCode[:4] + "-" + code.UserCode[4:]
	answer(w, http.StatusOK, map[string]any{
		"device_code": secret, "user_code": shown, "verification_uri": page,
		"expires_in": int(deviceLife / time.Second), "interval": int(devicePause / time.Second),
		"message": "To sign in, open the page " + page + " in a browser and enter the code " + shown + ".",
	})
	return nil
}

// randomText returns 256 random bits as text.
func randomText() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return base64.RawURLEncoding.EncodeToString(random)
}

func hashText(text string) []byte {
	hash := sha256.Sum256([]byte(text))
	return hash[:]
}

func newUserCode() string {
	code := make([]byte, userCodeLength)
	for n := range code {
		random, err := rand.Int(rand.Reader, big.NewInt(int64(len(userLetters))))
		if err != nil {
			panic(err) // the system's source of randomness never fails
		}
		code[n] = userLetters[random.Int64()]
	}
	return string(code)
}

// typedCode is a user code as a person typed it.
func typedCode(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToUpper(text))
}

// errSignIn is the same whatever is wrong.
func errSignIn() error {
	return fault.New(fault.Denied, "The name, the password or the code is wrong, or the code has expired.")
}

// attempt is how many attempts to sign in, this one included, went wrong in a row.
type attempt struct{ byAddress, asPerson access.Guesses }

// attempt counts an attempt to sign in, and fails when there were too many.
func (i *Issuer) attempt(r *http.Request, tenant string) (a attempt, err error) {
	name, password := r.PostForm.Get("name"), r.PostForm.Get("password")
	if name == "" || len(name) > maxSecret || password == "" || len(password) > maxSecret {
		return a, errSignIn()
	}
	// The address first: one that is locked must not lock people, nor make up more of them.
	if a.byAddress, err = i.guess(r.Context(), tenant, "sign-in "+i.remote(r)); err != nil {
		return a, err
	}
	a.asPerson, err = i.guess(r.Context(), tenant, "person "+strings.ToLower(name))
	return a, err
}

// failed records the locks that an attempt has led to. Which address it was says the log:
// records are kept for longer than addresses should be.
func (i *Issuer) failed(r *http.Request, tenant string, a attempt, person access.Person) error {
	if err := i.wrong(r.Context(), tenant, "", "", a.byAddress); err != nil || person.ID == "" {
		return err
	}
	return i.wrong(r.Context(), tenant, "", person.ID, a.asPerson)
}

// checkPerson returns who signs in. One whose password was wrong is returned, too.
func (i *Issuer) checkPerson(r *http.Request, tenant string) (access.Person, error) {
	person, err := i.Store.PersonNamed(r.Context(), tenant, r.PostForm.Get("name"))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return person, err
	}
	right, err := i.hashing.matchesAny(r.Context(), r.PostForm.Get("password"), []string{person.PasswordHash})
	if err != nil {
		return person, err
	}
	if !right {
		i.Log.Warn("wrong password", "tenant", tenant, "from", i.remote(r))
		return person, errSignIn()
	}
	return person, nil
}

// forgive starts the counts anew once the person and the code were right.
func (i *Issuer) forgive(r *http.Request, person access.Person) error {
	return errors.Join(
		i.Store.ForgetGuesses(r.Context(), person.Tenant, "person "+strings.ToLower(person.Name)),
		i.Store.ForgetGuesses(r.Context(), person.Tenant, "sign-in "+i.remote(r)))
}

// pending returns the device code that a person typed, while it waits.
func (i *Issuer) pending(r *http.Request, tenant string) (access.DeviceCode, error) {
	code, err := i.Store.DeviceCodeTyped(r.Context(), tenant, typedCode(r.PostForm.Get("code")))
	if fault.KindOf(err) == fault.NotFound {
		return code, errSignIn()
	}
	if err == nil && (code.State != access.DevicePending || !i.Now().Before(code.Expires)) {
		err = errSignIn()
	}
	return code, err
}
