package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// vault encrypts what is secret and must be kept for a while: the passwords that
// were made for new users. Its key lies in the data folder, readable by its
// owner alone.
type vault struct{ aead cipher.AEAD }

const (
	keyName = "secret.key"
	keySize = 32
)

// openVault reads the key of a data folder, and makes it the first time.
func openVault(dir string) (*vault, error) {
	path := filepath.Join(dir, keyName)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The key of the data folder cannot be read or made")
	}
	if len(key) != keySize {
		return nil, fault.New(fault.Invalid, "The key %s is damaged: it has %d bytes in place of %d. Put back a copy of it.", path, len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &vault{aead}, nil
}

// makeKey writes the key whole or not at all: a process that ends in between
// leaves a file behind that nobody reads.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)                                     // never fails
	f, err := os.CreateTemp(filepath.Dir(path), keyName+".*") // its owner's alone
	if err != nil {
		return nil, err
	}
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return key, os.Rename(f.Name(), path)
}

func (v *vault) seal(secret directory.Secret) ([]byte, error) {
	return v.aead.Seal(nil, nil, []byte(secret), nil), nil //nolint:gosec // this AEAD makes its own random nonce
}

func (v *vault) unseal(ciphertext []byte) (string, error) {
	plain, err := v.aead.Open(nil, nil, ciphertext, nil)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "A password cannot be decrypted: the key %s is not the one it was encrypted with", keyName)
	}
	return string(plain), nil
}

// The letters of a generated password. What is easily taken for another is left
// out, since children type it from a sheet.
const (
	lowerLetters = "abcdefghijkmnpqrstuvwxyz"
	upperLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	digits       = "23456789"
	marks        = "!#%+-?"
)

const passwordLength = 12

// newPassword makes a random password with a letter of each sort.
func newPassword() directory.Secret {
	sorts := []string{lowerLetters, upperLetters, digits, marks}
	text := make([]byte, 0, passwordLength)
	for len(text) < passwordLength {
		sort := sorts[0]
		if len(text) < len(sorts) {
			sort = sorts[len(text)]
		}
		text = append(text, sort[random(len(sort))])
	}
	for i := len(text) - 1; i > 0; i-- {
		j := random(i + 1)
		text[i], text[j] = text[j], text[i]
	}
	return directory.Secret(text)
}

func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system's source of randomness never fails
	}
	return int(i.Int64())
}
