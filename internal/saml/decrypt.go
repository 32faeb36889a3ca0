package saml

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha256" // digests of RSA-OAEP
	_ "crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// Algorithms of XML encryption.
const (
	encryption11NS = "http://www.w3.org/2009/xmlenc11#"

	rsaOAEP   = encryptionNS + "rsa-oaep-mgf1p" // MGF1 with SHA-1, as nearly all providers send it
	rsaOAEP11 = encryption11NS + "rsa-oaep"
	aes128GCM = encryption11NS + "aes128-gcm"
	aes192GCM = encryption11NS + "aes192-gcm"
	aes256GCM = encryption11NS + "aes256-gcm"
	aes128CBC = encryptionNS + "aes128-cbc"
	aes192CBC = encryptionNS + "aes192-cbc"
	aes256CBC = encryptionNS + "aes256-cbc"
)

// contentCipher is how an assertion may be encrypted.
type contentCipher struct {
	keyBytes int
	cbc      bool
}

var contentCiphers = map[string]contentCipher{
	aes128GCM: {16, false}, aes192GCM: {24, false}, aes256GCM: {32, false},
	aes128CBC: {16, true}, aes192CBC: {24, true}, aes256CBC: {32, true},
}

// SHA-1 within RSA-OAEP is no weakness: nothing there rests on collisions.
var oaepDigests = map[string]crypto.Hash{
	"":                      crypto.SHA1,
	signatureNS + "sha1":    crypto.SHA1,
	encryptionNS + "sha256": crypto.SHA256,
	digestSHA384:            crypto.SHA384,
	encryptionNS + "sha512": crypto.SHA512,
}

var oaepMasks = map[string]crypto.Hash{
	"":                            crypto.SHA1,
	encryption11NS + "mgf1sha1":   crypto.SHA1,
	encryption11NS + "mgf1sha256": crypto.SHA256,
	encryption11NS + "mgf1sha384": crypto.SHA384,
	encryption11NS + "mgf1sha512": crypto.SHA512,
}

// maxEncryptedKeys bounds the RSA operations that a message can ask for.
const maxEncryptedKeys = 3

// errDecryption is all that is said when decrypting fails, wherever: what differs could be used to find out the content. (What is wrong with the
// plaintext may be said: with AES-GCM nobody can change what somebody else encrypted, and AES-CBC is decrypted within a signature only.)
var errDecryption = refuse(Decryption, "the assertion cannot be decrypted with our keys")

// decryptAssertion decrypts an EncryptedAssertion and puts the plaintext through the same scan as a message. signedAround says whether a
// verified signature covers the ciphertext.
func (sp ServiceProvider) decryptAssertion(e *etree.Element, signedAround bool) (*etree.Element, error) {
	data := only(e, encryptionNS, "EncryptedData")
	if data == nil {
		return nil, refuse(Structure, "the encrypted assertion has no content")
	}
	method := only(data, encryptionNS, "EncryptionMethod")
	if method == nil {
		return nil, refuse(Algorithm, "the encrypted assertion does not name its algorithm")
	}
	chosen, ok := contentCiphers[attributeOr(method, "Algorithm", "")]
	switch {
	case !ok, chosen.cbc && !sp.AllowCBC:
		return nil, refuse(Algorithm, "the assertion is encrypted with an algorithm that is not allowed")
	case chosen.cbc && !signedAround:
		return nil, refuse(Unsigned, "an assertion encrypted with AES-CBC stands in a response that is not signed")
	}
	keys, err := encryptedKeys(e, data)
	if err != nil {
		return nil, err
	}
	ciphertext, err := cipherValue(data)
	if err != nil {
		return nil, errDecryption
	}
	for _, encryptedKey := range keys {
		for _, key := range sp.Keys {
			plain, err := decryptWith(key, encryptedKey, chosen, ciphertext)
			if err != nil {
				continue
			}
			return parseDecrypted(plain)
		}
	}
	return nil, errDecryption
}

// parseDecrypted puts a plaintext through the same checks as a message.
func parseDecrypted(plain []byte) (*etree.Element, error) {
	assertion, err := parse(plain, false)
	if err != nil {
		return nil, err
	}
	if !is(assertion, assertionNS, "Assertion") {
		return nil, refuse(Structure, "what is encrypted is not an assertion")
	}
	if err := checkAssertionShape(assertion); err != nil {
		return nil, err
	}
	return assertion, inPlace(assertion, nil, assertion)
}

// encryptedKeys finds the keys beside the content or in its KeyInfo, and wants each to be of an allowed algorithm.
func encryptedKeys(e, data *etree.Element) ([]*etree.Element, error) {
	keys := children(e, encryptionNS, "EncryptedKey")
	for _, info := range children(data, signatureNS, "KeyInfo") {
		keys = append(keys, children(info, encryptionNS, "EncryptedKey")...)
	}
	if len(keys) == 0 || len(keys) > maxEncryptedKeys {
		return nil, refuse(Structure, "the encrypted assertion has no key, or more than %d", maxEncryptedKeys)
	}
	for _, key := range keys {
		if _, err := oaepOf(key); err != nil {
			return nil, refuse(Algorithm, "the key of the assertion is encrypted with an algorithm that is not allowed")
		}
	}
	return keys, nil
}

// oaepOf reads how a key is encrypted: RSA-OAEP with its digest and mask, without label.
func oaepOf(key *etree.Element) (*rsa.OAEPOptions, error) {
	method := only(key, encryptionNS, "EncryptionMethod")
	if method == nil {
		return nil, errors.New("no method")
	}
	var digest, mask string
	for _, child := range method.ChildElements() {
		switch {
		case is(child, signatureNS, "DigestMethod") && digest == "":
			digest = attributeOr(child, "Algorithm", "")
		case is(child, encryption11NS, "MGF") && mask == "":
			mask = attributeOr(child, "Algorithm", "")
		default:
			return nil, errors.New("unknown parameter")
		}
	}
	name := attributeOr(method, "Algorithm", "")
	if name == rsaOAEP && mask != "" || name != rsaOAEP && name != rsaOAEP11 {
		return nil, errors.New("unknown method")
	}
	options := &rsa.OAEPOptions{Hash: oaepDigests[digest], MGFHash: oaepMasks[mask]}
	if options.Hash == 0 || options.MGFHash == 0 {
		return nil, errors.New("unknown digest")
	}
	return options, nil
}

func cipherValue(e *etree.Element) ([]byte, error) {
	data := only(e, encryptionNS, "CipherData")
	if data == nil {
		return nil, errors.New("no content")
	}
	value := only(data, encryptionNS, "CipherValue")
	if value == nil {
		return nil, errors.New("no content")
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(word(value)), ""))
}

func decryptWith(key Key, encryptedKey *etree.Element, chosen contentCipher, ciphertext []byte) ([]byte, error) {
	options, err := oaepOf(encryptedKey)
	if err != nil {
		return nil, err
	}
	wrapped, err := cipherValue(encryptedKey)
	if err != nil {
		return nil, err
	}
	contentKey, err := key.Private.Decrypt(nil, wrapped, options)
	if err != nil {
		return nil, err
	}
	if len(contentKey) != chosen.keyBytes {
		return nil, errors.New("key of wrong length")
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, err
	}
	if chosen.cbc {
		return decryptCBC(block, ciphertext)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(ciphertext) < gcm.NonceSize() {
		return nil, errors.New("content too short")
	}
	return gcm.Open(nil, ciphertext[:gcm.NonceSize()], ciphertext[gcm.NonceSize():], nil)
}

// decryptCBC undoes AES-CBC with the padding of XML encryption: its last byte says how long it is, the others may be anything.
func decryptCBC(block cipher.Block, ciphertext []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(ciphertext) < 2*size || len(ciphertext)%size != 0 {
		return nil, errors.New("content of wrong length")
	}
	plain := bytes.Clone(ciphertext[size:])
	cipher.NewCBCDecrypter(block, ciphertext[:size]).CryptBlocks(plain, plain)
	padding := int(plain[len(plain)-1])
	if subtle.ConstantTimeLessOrEq(1, padding)&subtle.ConstantTimeLessOrEq(padding, size) != 1 {
		return nil, errors.New("wrong padding")
	}
	return plain[:len(plain)-padding], nil
}
