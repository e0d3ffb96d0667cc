package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// A key signs for two months. It verifies for as long as the last token that it
// signed can count.
const (
	keySigns = 60 * 24 * time.Hour
	keyBits  = 2048
)

// Vault encrypts what must not lie open in the store. What was sealed can be
// opened only for the same tenant, object and field.
type Vault struct {
	Seal func(tenant, object, field string, plain []byte) ([]byte, error)
	Open func(tenant, object, field string, sealed []byte) ([]byte, error)
}

// KeyStore keeps signing keys.
type KeyStore interface {
	SigningKeys(ctx context.Context, tenant string) ([]access.SigningKey, error)
	AddSigningKey(ctx context.Context, key access.SigningKey, until, now time.Time) (bool, error)
	Revision(ctx context.Context) (int64, error)
	AccessRevision(ctx context.Context, tenant string) (int64, error)
}

// Keyring holds the signing keys of the embedded issuer, those of each tenant for
// itself. It may be used by several goroutines at once.
type Keyring struct {
	store KeyStore
	vault Vault
	now   func() time.Time

	mu      sync.Mutex
	tenants map[string]*tenantKeys
}

// tenantKeys are the keys of a tenant as they were at a revision of the store.
type tenantKeys struct {
	revision int64 // of everything
	access   int64 // of apps, people and keys
	public   []publicKey
	signer   *signer // nil until one was asked for
}

type publicKey struct {
	id       string
	key      *rsa.PublicKey
	verifies time.Time
}

type signer struct {
	id    string
	key   *rsa.PrivateKey
	signs time.Time
}

// NewKeyring returns the keyring of a store.
func NewKeyring(store KeyStore, vault Vault, now func() time.Time) *Keyring {
	return &Keyring{store: store, vault: vault, now: now, tenants: make(map[string]*tenantKeys)}
}

// public returns the keys that tokens of a tenant may be signed with, the newest
// first. The store is read only when it has changed, however many tokens come.
func (k *Keyring) public(ctx context.Context, tenant string) ([]publicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.load(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var current []publicKey
	for _, key := range keys.public {
		if k.now().Before(key.verifies) {
			current = append(current, key)
		}
	}
	return current, nil
}

// find returns the key that a token of a tenant was signed with, nil if there is
// none.
func (k *Keyring) find(ctx context.Context, tenant, id string) (*rsa.PublicKey, error) {
	keys, err := k.public(ctx, tenant)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.id == id {
			return key.key, nil
		}
	}
	return nil, nil
}

// load returns the keys of a tenant as they are now. The caller holds the mutex.
func (k *Keyring) load(ctx context.Context, tenant string) (*tenantKeys, error) {
	revision, err := k.store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	known := k.tenants[tenant]
	if known != nil && known.revision == revision {
		return known, nil
	}
	changes, err := k.store.AccessRevision(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if known != nil && known.access == changes {
		known.revision = revision
		return known, nil
	}
	stored, err := k.store.SigningKeys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	keys := &tenantKeys{revision: revision, access: changes}
	for _, s := range stored {
		parsed, err := x509.ParsePKIXPublicKey(s.Public)
		key, ok := parsed.(*rsa.PublicKey)
		if err != nil || !ok {
			return nil, fault.New(fault.Invalid, "The signing key %s is damaged. Restore the data folder from a backup.", s.ID)
		}
		keys.public = append(keys.public, publicKey{s.ID, key, s.Verifies})
		if known != nil && known.signer != nil && known.signer.id == s.ID {
			keys.signer = &signer{s.ID, known.signer.key, s.Signs}
		}
	}
	if len(stored) > 0 { // a token can name any tenant, and only those with keys are remembered
		k.tenants[tenant] = keys
	}
	return keys, nil
}

// signer returns the key that signs the next token of a tenant. It makes one when
// there is none or the last has signed long enough.
func (k *Keyring) signer(ctx context.Context, tenant string) (*signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.load(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if keys.signer != nil && k.now().Before(keys.signer.signs) {
		return keys.signer, nil
	}
	keys.signer, err = k.openSigner(ctx, tenant)
	if err != nil || keys.signer != nil {
		return keys.signer, err
	}
	if err := k.makeKey(ctx, tenant); err != nil {
		return nil, err
	}
	if keys, err = k.load(ctx, tenant); err != nil {
		return nil, err
	}
	if keys.signer, err = k.openSigner(ctx, tenant); err == nil && keys.signer == nil {
		err = fmt.Errorf("the signing key of %s is gone as soon as it was made", tenant)
	}
	return keys.signer, err
}

// openSigner returns the newest stored key that may sign, nil if there is none.
func (k *Keyring) openSigner(ctx context.Context, tenant string) (*signer, error) {
	stored, err := k.store.SigningKeys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		if !k.now().Before(s.Signs) {
			continue
		}
		plain, err := k.vault.Open(tenant, s.ID, keyField, s.Sealed)
		if err != nil {
			return nil, err
		}
		parsed, err := x509.ParsePKCS8PrivateKey(plain)
		key, ok := parsed.(*rsa.PrivateKey)
		if err != nil || !ok {
			return nil, fault.New(fault.Invalid, "The signing key %s is damaged. Restore the data folder from a backup.", s.ID)
		}
		return &signer{s.ID, key, s.Signs}, nil
	}
	return nil, nil
}

// keyField names the private key of a signing key to the vault.
const keyField = "privateKey"

// makeKey makes a key of a tenant, unless another process was first.
func (k *Keyring) makeKey(ctx context.Context, tenant string) error {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return err
	}
	hash := sha256.Sum256(public)
	now := k.now()
	key := access.SigningKey{
		Tenant: tenant, ID: base64.RawURLEncoding.EncodeToString(hash[:20]), Public: public,
		Created: now, Signs: now.Add(keySigns), Verifies: now.Add(keySigns + longest + skew),
	}
	if key.Sealed, err = k.vault.Seal(tenant, key.ID, keyField, plain); err != nil {
		return err
	}
	_, err = k.store.AddSigningKey(ctx, key, now, now)
	return err
}
