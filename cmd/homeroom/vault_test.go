package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/homeroomhq/homeroom/fault"
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

// Who is first makes the key, and all others take it.
func TestKeyMadeByManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	vaults := make([]*vault, 8)
	var wait sync.WaitGroup
	for i := range vaults {
		wait.Go(func() {
			var err error
			if vaults[i], err = openVault(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i, v := range vaults {
		sealed, err := v.seal("a password")
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := vaults[0].unseal(sealed); plain != "a password" {
			t.Errorf("vault %d has another key: %v", i, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the folder has %v, want the key alone", entries)
	}
}

// The key of the environment is the key, and nothing is made.
func TestKeyOfEnvironment(t *testing.T) {
	raw := []byte("0123456789abcdef0123456789ABCDEF")
	text := base64.StdEncoding.EncodeToString(raw)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var sealed string
	for _, test := range []struct {
		name        string
		environment map[string]string
		ok          bool
	}{
		{"text", map[string]string{keyVariable: text}, true},
		{"text with a line end", map[string]string{keyVariable: text + "\n"}, true},
		{"file", map[string]string{keyFileVariable: file("raw", string(raw))}, true},
		{"file with text", map[string]string{keyFileVariable: file("text", text+"\n")}, true},
		{"text goes before file", map[string]string{keyVariable: text, keyFileVariable: "missing"}, true},
		{"no text", map[string]string{keyVariable: ""}, false},
		{"short text", map[string]string{keyVariable: text[:40]}, false},
		{"not base64", map[string]string{keyVariable: strings.Repeat("!", 44)}, false},
		{"no file", map[string]string{keyFileVariable: filepath.Join(dir, "missing")}, false},
		{"short file", map[string]string{keyFileVariable: file("short", "secret")}, false},
	} {
		empty := t.TempDir()
		v, err := vaultWith(empty, func(name string) (string, bool) {
			value, ok := test.environment[name]
			return value, ok
		}, makeKey)
		if (err == nil) != test.ok || !test.ok && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", test.name, err)
		}
		if made, _ := os.ReadDir(empty); len(made) > 0 {
			t.Errorf("%s: made %v", test.name, made)
		}
		if !test.ok {
			if value := test.environment[keyVariable]; value != "" && strings.Contains(err.Error(), value) {
				t.Errorf("%s: the message shows the key: %v", test.name, err)
			}
			continue
		}
		if sealed == "" {
			if sealed, err = v.sealFor("t", "o", "f", "secret"); err != nil {
				t.Fatal(err)
			}
		}
		if plain, err := v.openFor("t", "o", "f", sealed); plain != "secret" {
			t.Errorf("%s: another key: %v", test.name, err)
		}
	}
}

// A secret opens in its place alone, and as it was sealed alone.
func TestSecretStaysInItsPlace(t *testing.T) {
	v, err := openVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.sealFor("a tenant", "an object", "a field", "secret")
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.sealFor("a tenant", "an object", "a field", "secret")
	if err != nil || sealed == again || strings.Contains(sealed, "secret") {
		t.Errorf("sealed twice: %q and %q, %v", sealed, again, err)
	}
	for _, test := range []struct{ tenant, object, field, sealed string }{
		{"a tenant", "an object", "a field", sealed},
		{"another", "an object", "a field", sealed},
		{"a tenant", "another", "a field", sealed},
		{"a tenant", "an object", "another", sealed},
		{"a tenantan object", "", "a field", sealed},
		{"a tenant", "an object", "a field", strings.TrimPrefix(sealed, sealedMark)},
		{"a tenant", "an object", "a field", sealed[:len(sealed)-4]},
		{"a tenant", "an object", "a field", sealedMark},
		{"a tenant", "an object", "a field", "secret"},
		{"a tenant", "an object", "a field", ""},
	} {
		plain, err := v.openFor(test.tenant, test.object, test.field, test.sealed)
		want := test.sealed == sealed && test.tenant == "a tenant" && test.object == "an object" && test.field == "a field"
		if (plain == "secret") != want || (err == nil) != want {
			t.Errorf("%+v: %q, %v", test, plain, err)
		}
	}
}

// A signing key opens in its place alone, and who gave another key is told which.
func TestSigningKeyStaysInItsPlace(t *testing.T) {
	given := func(letter string) *vault {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, keySize)))
		v, err := vaultWith(t.TempDir(), func(name string) (string, bool) { return text, name == keyVariable }, makeKey)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	keys := given("a").ofSigningKeys()
	sealed, err := keys.Seal("tenant", "kid", "privateKey", []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := keys.Open("tenant", "kid", "privateKey", sealed); err != nil || string(plain) != "key" {
		t.Errorf("opened: %q, %v", plain, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another tenant": func() ([]byte, error) { return keys.Open("other", "kid", "privateKey", sealed) },
		"another kid":    func() ([]byte, error) { return keys.Open("tenant", "other", "privateKey", sealed) },
		"another key":    func() ([]byte, error) { return given("b").ofSigningKeys().Open("tenant", "kid", "privateKey", sealed) },
	} {
		if plain, err := open(); plain != nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), keyVariable) {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}
