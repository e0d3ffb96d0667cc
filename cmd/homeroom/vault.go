package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// vault encrypts what is secret and must be kept: the passwords that were made for new
// users, for a while, and what flows carry. Its key comes from the environment, or lies in
// the data folder, readable by its owner alone.
type vault struct {
	aead cipher.AEAD
	key  string // where the key comes from, for people
}

const (
	keyName = "secret.key"
	keySize = 32 // bytes

	keyVariable     = "HOMEROOM_KEY"      // the key in base64
	keyFileVariable = "HOMEROOM_KEY_FILE" // a file with the key, as it is or in base64
)

// openVault reads the key: that of the environment, else that of a data folder, which it
// makes the first time.
func openVault(dir string) (*vault, error) { return vaultWith(dir, os.LookupEnv, makeKey) }

// findVault reads the key for what was encrypted before: it makes none.
func findVault(dir string) (*vault, error) {
	return vaultWith(dir, os.LookupEnv, func(string) ([]byte, error) {
		return nil, errors.New("it is missing, and secrets were encrypted with it; put back a copy")
	})
}

func vaultWith(
	dir string, environment func(string) (string, bool), absent func(path string) ([]byte, error),
) (*vault, error) {
	key, from, err := findKey(dir, environment, absent)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &vault{aead, from}, nil
}

// findKey returns the key and where it comes from. absent gives the key of a data folder
// that has none.
func findKey(
	dir string, environment func(string) (string, bool), absent func(path string) ([]byte, error),
) (key []byte, from string, err error) {
	if text, given := environment(keyVariable); given {
		key, err = base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(key) != keySize {
			return nil, "", fault.New(fault.Invalid, "The environment variable %s must be %d random bytes in base64, as openssl rand -base64 %d prints.",
				keyVariable, keySize, keySize)
		}
		return key, keyVariable, nil
	}
	path, given := environment(keyFileVariable)
	if given {
		key, err = readKey(path)
	} else {
		path = filepath.Join(dir, keyName)
		key, err = readKey(path)
		if errors.Is(err, fs.ErrNotExist) {
			key, err = absent(path)
		}
	}
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Invalid, "The key %s cannot be read or made", path)
	}
	if len(key) != keySize {
		return nil, "", fault.New(fault.Invalid, "The key %s is damaged: it has %d bytes in place of %d. Put back a copy of it.", path, len(key), keySize)
	}
	return key, path, nil
}

// readKey reads a key from a file, as it is or in base64: what hands secrets to programs
// often takes text alone.
func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == keySize {
		return text, err
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text))); err == nil {
		return key, nil
	}
	return text, nil
}

// makeKey makes a new key, unless another process is faster: then that one's holds.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	if _, err := writeOnce(path, key); err != nil {
		return nil, err
	}
	return readKey(path)
}

// writeOnce writes a file whole or not at all: a process that ends in between leaves a
// file behind that nobody reads. It returns what is in the file, which is another's when
// that was faster. What it returns lasts.
func writeOnce(path string, content []byte) ([]byte, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // its owner's alone
	if err != nil {
		return nil, err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	err = os.Link(f.Name(), path) // which replaces nothing
	if err := errors.Join(err, os.Remove(f.Name())); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := syncFolder(path); err != nil { // another may not have come so far
		return nil, err
	}
	return os.ReadFile(path)
}

// sealedMark stands before a secret that is stored as text.
const sealedMark = "sealed:"

// sealFor encrypts a secret that an object of a tenant carries, as text. It opens in its
// place alone: nobody can move it to an object that shows, or uses, it elsewhere.
func (v *vault) sealFor(tenant, object, field, secret string) (string, error) {
	return sealedMark + base64.StdEncoding.EncodeToString(v.sealBound(tenant, object, field, []byte(secret))), nil
}

// openFor decrypts what sealFor encrypted for the same place.
func (v *vault) openFor(tenant, object, field, sealed string) (string, error) {
	text, marked := strings.CutPrefix(sealed, sealedMark)
	ciphertext, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !marked {
		return "", fault.New(fault.Invalid, "The secret at %s of %s is not encrypted as it should be. Write it anew.", field, object)
	}
	plain, err := v.openBound(tenant, object, field, ciphertext)
	if err != nil {
		return "", fault.New(fault.Invalid, "The secret at %s of %s cannot be decrypted: the key %s is not the one it was encrypted with. Put that back, or write the secret anew.",
			field, object, v.key)
	}
	return string(plain), nil
}

// ofSigningKeys encrypts the signing keys of the embedded issuer.
func (v *vault) ofSigningKeys() auth.Vault {
	return auth.Vault{
		Seal: func(tenant, object, field string, plain []byte) ([]byte, error) {
			return v.sealBound(tenant, object, field, plain), nil
		},
		Open: func(tenant, object, field string, sealed []byte) ([]byte, error) {
			plain, err := v.openBound(tenant, object, field, sealed)
			return plain, fault.Wrap(err, fault.Invalid, "A signing key cannot be decrypted: the key %s is not the one it was encrypted with", v.key)
		},
	}
}

// sealBound encrypts what can then be decrypted as the same field of the same object alone.
func (v *vault) sealBound(tenant, object, field string, plain []byte) []byte {
	return v.aead.Seal(nil, nil, plain, bound(tenant, object, field)) //nolint:gosec // this AEAD makes its own random nonce
}

func (v *vault) openBound(tenant, object, field string, sealed []byte) ([]byte, error) {
	return v.aead.Open(nil, nil, sealed, bound(tenant, object, field))
}

// bound writes texts so that no others are written the same.
func bound(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

func (v *vault) seal(secret directory.Secret) ([]byte, error) {
	return v.aead.Seal(nil, nil, []byte(secret), nil), nil //nolint:gosec // this AEAD makes its own random nonce
}

func (v *vault) unseal(ciphertext []byte) (string, error) {
	plain, err := v.aead.Open(nil, nil, ciphertext, nil)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "A password cannot be decrypted: the key %s is not the one it was encrypted with", v.key)
	}
	return string(plain), nil
}
