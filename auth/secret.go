package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

	"github.com/homeroomhq/homeroom/access"
)

// What a hash costs: the second of OWASP's equal choices for argon2id.
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSize    = 32
	saltSize    = 16
)

// HashSecret returns the argon2id hash of a secret or password, in the PHC format.
func HashSecret(secret string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return formatHash(salt, hashOf(secret, salt))
}

func hashOf(secret string, salt []byte) []byte {
	return argon2.IDKey([]byte(secret), salt, hashTime, hashMemory, hashThreads, hashSize)
}

func formatHash(salt, hash []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads, encode(salt), encode(hash))
}

// matches reports whether a secret has a hash. It takes as long for a hash that
// nothing has, such as the empty one.
func matches(secret, hash string) bool {
	salt, wellFormed := make([]byte, saltSize), false
	if parts := strings.Split(hash, "$"); len(parts) == 6 {
		if s, err := base64.RawStdEncoding.DecodeString(parts[4]); err == nil && len(s) == saltSize {
			salt, wellFormed = s, true
		}
	}
	found := formatHash(salt, hashOf(secret, salt))
	return subtle.ConstantTimeCompare([]byte(found), []byte(hash)) == 1 && wellFormed
}

// hashing lets few hashes be computed at once: each takes 19 MiB, and a flood of guesses
// must not take the machine. A guess counts as wrong until it was looked at, so they are
// also fewer than the wrong ones that are free: right ones alone lock nobody out.
type hashing chan struct{}

func newHashing() hashing { return make(hashing, 4) }

// enter waits for a turn, which leave ends.
func (h hashing) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h <- struct{}{}:
		return func() { <-h }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// matchesAny reports, when its turn has come, whether a secret has one of the hashes.
func (h hashing) matchesAny(ctx context.Context, secret string, hashes []string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return matchesAny(secret, hashes), nil
}

// matchesAny reports whether a secret has one of the hashes. With no hash it takes as long
// as with one.
func matchesAny(secret string, hashes []string) bool {
	if len(hashes) == 0 {
		hashes = []string{""}
	}
	found := false
	for _, hash := range hashes {
		if matches(secret, hash) {
			found = true
		}
	}
	return found
}

// hintSize is how many letters of a secret stay readable.
const hintSize = 3

// NewSecret makes a client secret for an app. The text is all that there will ever
// be of it in the clear.
func NewSecret(now time.Time, life time.Duration) (text string, secret access.Secret) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	text = base64.RawURLEncoding.EncodeToString(random)
	return text, access.Secret{
		ID: uuid.NewString(), Hash: HashSecret(text), Hint: text[:hintSize], Created: now, Expires: now.Add(life),
	}
}
