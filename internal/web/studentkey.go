package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"scorehouse/internal/tenant"
)

// SecretBytes is the least length of Options.Secret.
const SecretBytes = 32

// studentKeys makes the opaque ids of students in addresses. An id is one AES block over the tenant's tag (12 bytes) and the
// student's number (4 bytes), in base64url: 22 characters that tell nothing, cannot be counted through and do not hold in
// another tenant. The same student always has the same id on an installation, so addresses can be kept.
type studentKeys struct {
	block cipher.Block
}

func newStudentKeys(secret []byte) (*studentKeys, error) {
	if len(secret) < SecretBytes {
		return nil, fmt.Errorf("web: the secret has %d bytes, want at least %d", len(secret), SecretBytes)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "scorehouse student addresses", 32)
	if err != nil {
		return nil, fmt.Errorf("web: key of student addresses: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("web: key of student addresses: %w", err)
	}
	return &studentKeys{block}, nil
}

// tagBytes is how much of a block is the tenant's tag: what a forger would have to hit.
const tagBytes = aes.BlockSize - 4

// tenantKeys are the opaque ids of one tenant's students.
type tenantKeys struct {
	block cipher.Block
	tag   [tagBytes]byte
}

func (k *studentKeys) of(id tenant.ID) tenantKeys {
	sum := sha256.Sum256([]byte("student of " + id))
	return tenantKeys{block: k.block, tag: [tagBytes]byte(sum[:tagBytes])}
}

// encode returns the opaque id of a student.
func (k tenantKeys) encode(student int) string {
	var b [aes.BlockSize]byte
	copy(b[:], k.tag[:])
	binary.BigEndian.PutUint32(b[tagBytes:], uint32(student))
	k.block.Encrypt(b[:], b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// decode returns the student of an opaque id, false for anything that encode did not make for this tenant.
func (k tenantKeys) decode(id string) (int, bool) {
	if len(id) != base64.RawURLEncoding.EncodedLen(aes.BlockSize) { // the decoder skips line ends: only this leaves no room for them
		return 0, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(b) != aes.BlockSize {
		return 0, false
	}
	k.block.Decrypt(b, b)
	if subtle.ConstantTimeCompare(b[:tagBytes], k.tag[:]) != 1 {
		return 0, false
	}
	n := binary.BigEndian.Uint32(b[tagBytes:])
	return int(n), n < 1<<31
}
