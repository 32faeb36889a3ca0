package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// ImportRequest asks to take in the keys of one file.
type ImportRequest struct {
	Key        []byte    // armored or binary; may hold several keys
	Role       Role      // Loader needs private keys, Sender takes public parts
	Tenant     tenant.ID // for Sender
	Passphrase []byte    // of the private keys, when they are protected; one line end at its end is ignored
	AllowWeak  bool      // accept these keys although they are below today's strength
}

// Imported says what became of one key.
type Imported struct {
	Info
	Note string // a sentence for the operator, "" when there is nothing to say
}

// Import takes in the keys of a file: all of them or, at the first that is refused, none. A key that is already there is
// replaced, with the new decision on AllowWeak. Errors the operator can mend are fault.Invalid, with a sentence.
func (r *Ring) Import(ctx context.Context, request ImportRequest) ([]Imported, error) {
	switch {
	case request.Role != Loader && request.Role != Sender:
		return nil, fault.New(fault.Invalid, "the role of a key is loader or sender")
	case request.Role == Sender && request.Tenant == "":
		return nil, fault.New(fault.Invalid, "a sender's key needs a tenant")
	case request.Role == Loader && request.Tenant != "":
		return nil, fault.New(fault.Invalid, "the loader's keys serve every tenant: leave the tenant out")
	}
	entities, err := readKeys(request.Key)
	if err != nil {
		return nil, err
	}
	var result []Imported
	for _, e := range entities {
		one, err := prepare(e, request, time.Now())
		if err != nil {
			return nil, err
		}
		result = append(result, one)
	}
	if request.Role == Loader {
		for i, e := range entities {
			if err := r.storePrivate(result[i].Fingerprint, e); err != nil {
				return nil, err
			}
		}
	}
	if err := r.store(ctx, entities, result); err != nil {
		return nil, err
	}
	return result, nil
}

// readKeys reads every key of a file: one or several armored blocks, or binary.
func readKeys(file []byte) ([]*openpgp.Entity, error) {
	notAKey := fault.New(fault.Invalid, "the file holds no OpenPGP key. Export one with gpg --export --armor (public) or gpg --export-secret-keys --armor (private)")
	start := bytes.Index(file, []byte("-----BEGIN PGP "))
	if start < 0 {
		list, err := openpgp.ReadKeyRing(bytes.NewReader(file))
		if err != nil || len(list) == 0 {
			return nil, notAKey
		}
		return list, nil
	}
	var all []*openpgp.Entity
	for rest := file[start:]; ; {
		block, err := armor.Decode(bytes.NewReader(rest))
		if err != nil {
			return nil, notAKey
		}
		if block.Type != openpgp.PublicKeyType && block.Type != openpgp.PrivateKeyType {
			return nil, fault.New(fault.Invalid, "the file holds a %s, not a key", block.Type)
		}
		body, err := io.ReadAll(block.Body)
		if err != nil {
			return nil, fault.New(fault.Invalid, "the armor of the key is damaged: export the key again")
		}
		list, err := openpgp.ReadKeyRing(bytes.NewReader(body))
		if err != nil {
			return nil, notAKey
		}
		all = append(all, list...)
		next := bytes.Index(rest[1:], []byte("-----BEGIN PGP "))
		if next < 0 && len(all) == 0 {
			return nil, notAKey
		}
		if next < 0 {
			return all, nil
		}
		rest = rest[1+next:]
	}
}

// prepare checks one key for its role, unlocks a private key, and describes it.
func prepare(e *openpgp.Entity, request ImportRequest, now time.Time) (Imported, error) {
	print := fingerprint(e)
	var note string
	switch {
	case request.Role == Loader:
		if err := unlock(e, request.Passphrase, print); err != nil {
			return Imported{}, err
		}
	case e.PrivateKey != nil:
		note = "The file holds a private key. Only its public part was stored: a sender's private key belongs to the sender alone, so delete the file here."
	}
	if why := trouble(e, request.Role, now); why != "" {
		return Imported{}, fault.New(fault.Invalid, "key %s cannot be used: %s", print, why)
	}
	if why := weakness(e, request.Role, now); why != "" {
		if !request.AllowWeak {
			return Imported{}, fault.New(fault.Invalid,
				"key %s is too weak: %s. Ask for a new key (RSA of 2048 bits or more, or an elliptic curve), or accept this one with --allow-weak", print, why)
		}
		note = joinNotes(note, "The key is weak ("+why+"). It was accepted as asked; plan to replace it.")
	}
	info := Info{
		Role: request.Role, Tenant: request.Tenant, Fingerprint: print, Algorithm: algorithm(e.PrimaryKey),
		AllowWeak: request.AllowWeak, ExpiresAt: expiry(e), ImportedAt: now,
	}
	if bits, err := e.PrimaryKey.BitLength(); err == nil {
		info.Bits = int(bits)
	}
	for name := range e.Identities {
		info.UserIDs = append(info.UserIDs, name)
	}
	slices.Sort(info.UserIDs)
	return Imported{Info: info, Note: note}, nil
}

func joinNotes(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// unlock opens every private part of a loader's key.
func unlock(e *openpgp.Entity, passphrase []byte, print string) error {
	if e.PrivateKey == nil {
		return fault.New(fault.Invalid, "this file holds a public key (%s). The loader needs the private key: export it with gpg --export-secret-keys", print)
	}
	locked, present := false, false
	for _, p := range privateParts(e) {
		locked = locked || p.Encrypted && !p.Dummy()
		present = present || !p.Dummy()
	}
	if !present {
		return fault.New(fault.Invalid, "key %s is only a stub: its private part is on a card or on another machine. Export it there", print)
	}
	if !locked {
		return nil
	}
	if len(passphrase) == 0 {
		return fault.New(fault.Invalid, "key %s is protected by a passphrase: give it with --passphrase-file", print)
	}
	err := e.DecryptPrivateKeys(passphrase)
	if trimmed := trimLineEnd(passphrase); err != nil && len(trimmed) < len(passphrase) {
		err = e.DecryptPrivateKeys(trimmed)
	}
	if err != nil {
		return fault.New(fault.Invalid, "the passphrase does not open key %s", print)
	}
	return nil
}

// privateParts returns the private parts of the primary key and the subkeys.
func privateParts(e *openpgp.Entity) []*packet.PrivateKey {
	list := []*packet.PrivateKey{e.PrivateKey}
	for _, s := range e.Subkeys {
		if s.PrivateKey != nil {
			list = append(list, s.PrivateKey)
		}
	}
	return list
}

func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// store writes the public parts in one transaction.
func (r *Ring) store(ctx context.Context, entities []*openpgp.Entity, infos []Imported) error {
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		for i, e := range entities {
			public, err := armoredPublic(e)
			if err != nil {
				return err
			}
			k := infos[i].Info
			var owner *tenant.ID
			if k.Tenant != "" {
				owner = &k.Tenant
			}
			// Deleted and inserted, not updated: a new key_id tells running loaders that something changed.
			if _, err := tx.Exec(ctx, `delete from keyring.key where role = $1 and tenant is not distinct from $2 and fingerprint = $3`,
				k.Role, owner, k.Fingerprint); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `
				insert into keyring.key (role, tenant, fingerprint, user_ids, algorithm, bits, allow_weak, public_key, expires_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				k.Role, owner, k.Fingerprint, k.UserIDs, k.Algorithm, k.Bits, k.AllowWeak, public, k.ExpiresAt); err != nil {
				return err
			}
		}
		return nil
	})
	if pg.CodeOf(err) == "23503" {
		return fault.New(fault.NotFound, "there is no tenant %s", infos[0].Tenant)
	}
	if err != nil {
		return fmt.Errorf("store keys: %w", pg.Clean(err))
	}
	return nil
}

func armoredPublic(e *openpgp.Entity) (string, error) {
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	if err != nil {
		return "", err
	}
	if err := errors.Join(e.Serialize(w), w.Close()); err != nil {
		return "", fmt.Errorf("serialize public key: %w", err)
	}
	return out.String() + "\n", nil
}
