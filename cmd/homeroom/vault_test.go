package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The key is whole from the first moment on, whatever an earlier process left
// half done, and stays the same.
func TestKey(t *testing.T) {
	dir := t.TempDir()
	leftover := keyName + ".123"
	if err := os.WriteFile(filepath.Join(dir, leftover), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	for range 2 {
		v, err := openVault(dir)
		if err != nil {
			t.Fatal(err)
		}
		if sealed == nil {
			sealed, err = v.seal("a password")
			if err != nil {
				t.Fatal(err)
			}
		}
		if plain, err := v.unseal(sealed); plain != "a password" {
			t.Errorf("unsealed %q, %v", plain, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, []string{keyName, leftover}) {
		t.Errorf("the folder has %v", names)
	}
}
