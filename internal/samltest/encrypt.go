package samltest

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"fmt"

	"github.com/beevik/etree"
)

// Encryption is how an identity provider encrypts. The zero value is AES-256-GCM with RSA-OAEP, written by the standard library; where an algorithm
// is named, xmlsec1 encrypts.
type Encryption struct {
	Content, Key string // algorithms
	Recipient    Keys   // whose certificate it is encrypted to

	// OAEP, when set, is RSA-OAEP of XML encryption 1.1 with this digest and mask, which xmlsec1 1.2 does not know.
	OAEP crypto.Hash
}

// contents are what xmlsec1 calls the algorithms for content.
var contents = map[string]string{
	aes128GCM: "aes-128", aes256GCM: "aes-256",
	encryptionNS + "aes128-cbc": "aes-128", encryptionNS + "aes256-cbc": "aes-256", encryptionNS + "tripledes-cbc": "des-192",
}

const (
	encryption11NS = "http://www.w3.org/2009/xmlenc11#"
	aes128GCM      = encryption11NS + "aes128-gcm"
	aes256GCM      = encryption11NS + "aes256-gcm"
	rsaOAEP        = encryptionNS + "rsa-oaep-mgf1p"
)

// encrypt replaces the assertion of a response by its encrypted form.
func (e Encryption) encrypt(document []byte) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		return nil, err
	}
	assertion := assertionOf(doc.Root())
	plain, err := alone(assertion)
	if err != nil {
		return nil, err
	}
	data, err := e.encryptBytes(plain)
	if err != nil {
		return nil, err
	}
	wrapped, err := parsed(fmt.Sprintf(`<saml:EncryptedAssertion xmlns:saml="%s">%s</saml:EncryptedAssertion>`, assertionNS, data))
	if err != nil {
		return nil, err
	}
	doc.Root().InsertChildAt(assertion.Index(), wrapped)
	doc.Root().RemoveChild(assertion)
	return doc.WriteToBytes()
}

func parsed(text string) (*etree.Element, error) {
	doc := etree.NewDocument()
	err := doc.ReadFromString(text)
	return doc.Root(), err
}

// encryptBytes returns an EncryptedData element.
func (e Encryption) encryptBytes(plain []byte) ([]byte, error) {
	content, key := e.Content, e.Key
	if content == "" && key == "" {
		return e.encryptHere(plain)
	}
	if content == "" {
		content = aes256GCM
	}
	if key == "" {
		key = rsaOAEP
	}
	data, err := encrypt(plain, []byte(encryptedData(content, key, "", "", "")), e.Recipient.CertificateFile, contents[content])
	if err != nil {
		return nil, err
	}
	return trimmed(data), nil
}

func encryptedData(content, key, keyParameters, wrapped, ciphertext string) string {
	return fmt.Sprintf(`<xenc:EncryptedData xmlns:xenc="%s" Type="%sElement"><xenc:EncryptionMethod Algorithm="%s"/>`+
		`<ds:KeyInfo xmlns:ds="%s"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="%s">%s</xenc:EncryptionMethod>`+
		`<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>`+
		`<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>`,
		encryptionNS, encryptionNS, content, signatureNS, key, keyParameters, wrapped, ciphertext)
}

// encryptHere encrypts with the standard library.
func (e Encryption) encryptHere(plain []byte) ([]byte, error) {
	contentKey := make([]byte, 32)
	nonce := make([]byte, 12)
	for _, b := range [][]byte{contentKey, nonce} {
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	method, parameters := rsaOAEP, ""
	digest := sha1.New() // as nearly all providers send it
	if e.OAEP != 0 {
		method, digest = encryption11NS+"rsa-oaep", e.OAEP.New()
		name := map[crypto.Hash]string{crypto.SHA256: "sha256", crypto.SHA512: "sha512"}[e.OAEP]
		parameters = fmt.Sprintf(`<ds:DigestMethod Algorithm="%s%s"/><m:MGF xmlns:m="%s" Algorithm="%smgf1%s"/>`, encryptionNS, name, encryption11NS, encryption11NS, name)
	}
	wrapped, err := rsa.EncryptOAEP(digest, rand.Reader, &e.Recipient.Private.PublicKey, contentKey, nil)
	if err != nil {
		return nil, err
	}
	b64 := base64.StdEncoding.EncodeToString
	return []byte(encryptedData(aes256GCM, method, parameters, b64(wrapped), b64(append(nonce, gcm.Seal(nil, nonce, plain, nil)...)))), nil
}
