package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// SignIn returns the address at the identity provider to which a browser is redirected to sign in: a signed AuthnRequest with this id. The id
// begins with a letter or underscore and is used once; NewID makes one. relayState comes back with the response; it is at most 80 bytes.
func (sp ServiceProvider) SignIn(idp IdentityProvider, id, relayState string, now time.Time) (string, error) {
	if _, err := idp.usable(now); err != nil {
		return "", err
	}
	if len(relayState) > maxRelayState {
		return "", fmt.Errorf("saml: a RelayState has at most %d bytes", maxRelayState)
	}
	request := fmt.Sprintf(`<samlp:AuthnRequest xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" IssueInstant="%s" Destination="%s"`+
		` ProtocolBinding="%s" AssertionConsumerServiceURL="%s"><saml:Issuer>%s</saml:Issuer><samlp:NameIDPolicy AllowCreate="true" Format="%s"/></samlp:AuthnRequest>`,
		protocolNS, assertionNS, escape(id), stamp(now), escape(idp.SingleSignOn), PostBinding, escape(sp.AssertionConsumer), escape(sp.EntityID), escape(sp.nameIDFormat()))
	return sp.redirect(idp.SingleSignOn, "SAMLRequest", request, relayState)
}

// NewID returns a new id for a request: 128 random bits.
func NewID() string { return "_" + strings.ToLower(rand.Text()) }

// maxRelayState is what the standard allows (SAML bindings 3.4.3). That of others comes back to them however long it is.
const maxRelayState = 80

// redirect signs a message for the redirect binding (SAML bindings 3.4.4) and returns the address that carries it. field is SAMLRequest or
// SAMLResponse.
func (sp ServiceProvider) redirect(location, field, message, relayState string) (string, error) {
	if len(sp.Keys) == 0 {
		return "", errors.New("saml: the service provider has no key")
	}
	packed, err := deflate(message)
	if err != nil {
		return "", err
	}
	query := field + "=" + url.QueryEscape(packed)
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	digest := sha256.Sum256([]byte(query))
	signature, err := rsa.SignPKCS1v15(nil, sp.Keys[0].Private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign a message: %w", err)
	}
	query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	if strings.Contains(location, "?") {
		return location + "&" + query, nil
	}
	return location + "?" + query, nil
}

func deflate(message string) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	if _, err := io.WriteString(w, message); err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}

// maxInflated bounds messages of the redirect binding.
const maxInflated = 256 << 10

func inflate(packed string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(packed)
	if err != nil {
		return nil, refuse(Malformed, "the message is not base64")
	}
	message, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxInflated+1))
	if err != nil {
		return nil, refuse(Malformed, "the message is not packed as it should be")
	}
	if len(message) > maxInflated {
		return nil, refuse(TooLarge, "the message has more than %d bytes", maxInflated)
	}
	return message, nil
}

// redirected is a message of the redirect binding, as it stands in the query.
type redirected struct {
	field      string // SAMLRequest or SAMLResponse
	message    []byte
	relayState string
	signed     string // the part of the query that the signature covers, escaped as it came
	method     string
	signature  []byte
}

// readRedirect takes a query apart. A field that is there twice, or whose name is escaped, is refused: it could be signed as one and read as the other.
func readRedirect(rawQuery string) (redirected, error) {
	raw := map[string]string{}
	for part := range strings.SplitSeq(rawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err != nil || plain != name {
			return redirected{}, refuse(Malformed, "the query has an escaped name")
		}
		if _, twice := raw[name]; twice {
			return redirected{}, refuse(Malformed, "the query has a field twice")
		}
		raw[name] = value
	}
	r := redirected{field: "SAMLRequest"}
	_, request := raw["SAMLRequest"]
	_, response := raw["SAMLResponse"]
	if request == response {
		return r, refuse(Malformed, "the query has not one message")
	}
	if response {
		r.field = "SAMLResponse"
	}
	if _, signed := raw["Signature"]; !signed {
		return r, refuse(Unsigned, "the query is not signed")
	}
	r.signed = r.field + "=" + raw[r.field]
	if relayState, ok := raw["RelayState"]; ok {
		r.signed += "&RelayState=" + relayState
	}
	r.signed += "&SigAlg=" + raw["SigAlg"]
	plain := map[string]string{}
	for name, value := range raw {
		var err error
		if plain[name], err = url.QueryUnescape(value); err != nil {
			return r, refuse(Malformed, "the query is not escaped as it should be")
		}
	}
	if encoding := plain["SAMLEncoding"]; encoding != "" && encoding != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return r, refuse(Malformed, "the message is packed in an unknown way")
	}
	r.relayState, r.method = plain["RelayState"], plain["SigAlg"]
	var err error
	if r.signature, err = base64.StdEncoding.DecodeString(plain["Signature"]); err != nil {
		return r, refuse(Malformed, "the signature is not base64")
	}
	r.message, err = inflate(plain[r.field])
	return r, err
}

// verify checks the signature of the query against each certificate of the provider.
func (r redirected) verify(idp IdentityProvider, now time.Time) error {
	hashes := map[string]crypto.Hash{rsaSHA256: crypto.SHA256, rsaSHA384: crypto.SHA384, rsaSHA512: crypto.SHA512}
	hash, ok := hashes[r.method]
	if !ok {
		return refuse(Algorithm, "the method of the signature of the query is not allowed")
	}
	certificates, err := idp.usable(now)
	if err != nil {
		return err
	}
	h := hash.New()
	h.Write([]byte(r.signed))
	digest := h.Sum(nil)
	for _, certificate := range certificates {
		if public, ok := certificate.PublicKey.(*rsa.PublicKey); ok && rsa.VerifyPKCS1v15(public, hash, digest, r.signature) == nil {
			return nil
		}
	}
	return refuse(Signature, "the signature of the query fits no certificate of the identity provider")
}
