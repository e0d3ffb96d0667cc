package main

import (
	"crypto/hkdf"
	"crypto/sha256"
	"os"
)

// tombstoneKey is the key of the hashes by which people who were forgotten are known. It
// is made of that of the vault: the database alone tells nobody who they were.
func tombstoneKey(dir string) ([]byte, error) {
	key, _, err := findKey(dir, os.LookupEnv, makeKey)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, key, nil, "homeroom: people who were forgotten", keySize)
}
