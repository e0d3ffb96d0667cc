package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// How webhooks are signed is the specification Standard Webhooks 1.0.0
// (standardwebhooks.com): the headers webhook-id, webhook-timestamp and
// webhook-signature.

// secretPrefix marks a secret of the specification. What follows is base64.
const secretPrefix = "whsec_"

// The length of a secret, in bytes, by the specification.
const (
	minKey = 24
	maxKey = 64
)

// keys reads the secrets of a webhook: one, or while it is being changed several with
// spaces between.
func keys(secret string) ([][]byte, error) {
	var keys [][]byte
	for word := range strings.FieldsSeq(secret) {
		encoded, ok := strings.CutPrefix(word, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < minKey || len(key) > maxKey {
			return nil, fault.New(fault.Invalid,
				"The secret of a webhook is not %s and 24 to 64 bytes in base64. Make one: echo %[1]s$(openssl rand -base64 32)", secretPrefix)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// signature returns the header webhook-signature of a body, with a signature by each key.
func signature(keys [][]byte, id string, at time.Time, body []byte) string {
	signed := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	var all []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write(signed)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}
