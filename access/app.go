package access

import (
	"slices"
	"time"
)

// App is a client that is registered with the embedded issuer.
type App struct {
	Tenant  string
	ID      string // client_id, a GUID in lower case
	Name    string // for people
	Created time.Time
	Secrets []Secret
	Grants  []Grant
}

// Secret is one that an app proves itself with. The secret itself is nowhere.
type Secret struct {
	ID      string
	Hash    string // argon2id, in the PHC format
	Hint    string // the first letters, by which people know it again
	Created time.Time
	Expires time.Time
}

// Grant is a permission that an administrator gave to an app: to have for itself,
// or to use for whoever is signed in.
type Grant struct {
	Permission string
	Kind       Kind
}

// All returns the permissions that the app was given, by name.
func (a App) All(kind Kind) []string {
	var all []string
	for _, g := range a.Grants {
		if g.Kind == kind {
			all = append(all, g.Permission)
		}
	}
	slices.Sort(all)
	return all
}

// Hashes returns those of the app's secrets that still count.
func (a App) Hashes(now time.Time) []string {
	var hashes []string
	for _, s := range a.Secrets {
		if now.Before(s.Expires) {
			hashes = append(hashes, s.Hash)
		}
	}
	return hashes
}

// Person is somebody who may sign in and let an app act for them.
type Person struct {
	Tenant       string
	ID           string // oid, a GUID
	Name         string // what they sign in with; case does not matter
	PasswordHash string // argon2id, in the PHC format; "" for one who cannot sign in
	Admin        bool   // may consent to what an app asks for
	Created      time.Time
}

// SigningKey is a key of the embedded issuer, for one tenant.
type SigningKey struct {
	Tenant   string
	ID       string // kid
	Sealed   []byte // the private key, PKCS #8, encrypted
	Public   []byte // PKIX
	Created  time.Time
	Signs    time.Time // until when new tokens are signed with it
	Verifies time.Time // until when tokens that it signed count
}
