package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Tombstones tell which people of a roster were forgotten (rules 5). They stand for ids,
// and tell them to nobody who has not the key as well.
type Tombstones struct {
	Key []byte
	At  map[string]time.Time // by Hash of the id
}

// Hash returns that of a person's id in the roster.
func (t Tombstones) Hash(id string) string {
	mac := hmac.New(sha256.New, t.Key)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil))
}

// Of returns when the person with the id was forgotten, and false for a person who was not.
func (t Tombstones) Of(id string) (time.Time, bool) {
	if len(t.At) == 0 {
		return time.Time{}, false
	}
	at, found := t.At[t.Hash(id)]
	return at, found
}
