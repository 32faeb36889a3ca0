package saml

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// ParseMetadata reads the metadata of one identity provider. A document with several (of a federation) is an error that says so, as is one without
// an address for redirected requests or without a certificate that may be used: RSA of 2048 bits or more. A signature of the document is
// not looked at: whoever brings the document, by file or TLS, answers for it.
func ParseMetadata(data []byte) (IdentityProvider, error) {
	root, err := parse(data, true)
	if err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata: %w", err)
	}
	entity, role, err := identityRole(root)
	if err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata: %w", err)
	}
	idp := IdentityProvider{EntityID: attributeOr(entity, "entityID", "")}
	if idp.EntityID == "" {
		return IdentityProvider{}, errors.New("read metadata: the entity has no entityID")
	}
	if idp.ValidUntil, err = validUntil(role); err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata of %s: %w", idp.EntityID, err)
	}
	if idp.Certificates, err = signingCertificates(role); err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata of %s: %w", idp.EntityID, err)
	}
	signOn, err := endpoint(role, "SingleSignOnService", RedirectBinding)
	if err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata of %s: %w", idp.EntityID, err)
	}
	if signOn.Location == "" {
		return IdentityProvider{}, fmt.Errorf("read metadata of %s: there is no SingleSignOnService with the redirect binding", idp.EntityID)
	}
	idp.SingleSignOn = signOn.Location
	if idp.SingleLogout, err = endpoint(role, "SingleLogoutService", RedirectBinding, PostBinding); err != nil {
		return IdentityProvider{}, fmt.Errorf("read metadata of %s: %w", idp.EntityID, err)
	}
	return idp, nil
}

// identityRole finds the one identity provider of a document.
func identityRole(root *etree.Element) (entity, role *etree.Element, err error) {
	var find func(e *etree.Element) error
	find = func(e *etree.Element) error {
		for _, child := range append(children(e, metadataNS, "EntityDescriptor"), children(e, metadataNS, "EntitiesDescriptor")...) {
			if err := find(child); err != nil {
				return err
			}
		}
		if !is(e, metadataNS, "EntityDescriptor") {
			return nil
		}
		for _, r := range children(e, metadataNS, "IDPSSODescriptor") {
			if role != nil {
				return errors.New("the document describes several identity providers; cut out the one that is meant")
			}
			entity, role = e, r
		}
		return nil
	}
	if err := find(root); err != nil {
		return nil, nil, err
	}
	if role == nil {
		return nil, nil, errors.New("the document describes no identity provider")
	}
	return entity, role, nil
}

// validUntil returns the earliest end that the role or anything around it names.
func validUntil(role *etree.Element) (earliest time.Time, err error) {
	for e := role; e != nil && e.Tag != ""; e = e.Parent() {
		until, err := instant(e, "validUntil")
		if err != nil {
			return time.Time{}, err
		}
		if !until.IsZero() && (earliest.IsZero() || until.Before(earliest)) {
			earliest = until
		}
	}
	return earliest, nil
}

// signingCertificates returns the first certificate of each key that may sign. Keys that are too weak are left out.
func signingCertificates(role *etree.Element) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for _, key := range children(role, metadataNS, "KeyDescriptor") {
		if use := attributeOr(key, "use", "signing"); use != "signing" {
			continue
		}
		certificate, err := certificateOf(key)
		if err != nil {
			return nil, err
		}
		if strongEnough(certificate) {
			certificates = append(certificates, certificate)
		}
	}
	if len(certificates) == 0 {
		return nil, fmt.Errorf("there is no signing certificate with an RSA key of at least %d bits", minRSABits)
	}
	return certificates, nil
}

func certificateOf(key *etree.Element) (*x509.Certificate, error) {
	var texts []*etree.Element
	for _, info := range children(key, signatureNS, "KeyInfo") {
		for _, data := range children(info, signatureNS, "X509Data") {
			texts = append(texts, children(data, signatureNS, "X509Certificate")...)
		}
	}
	if len(texts) == 0 {
		return nil, errors.New("a signing key has no certificate")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(word(texts[0])), ""))
	if err != nil {
		return nil, errors.New("a certificate is not base64")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("a certificate cannot be read")
	}
	return certificate, nil
}

func strongEnough(certificate *x509.Certificate) bool {
	public, ok := certificate.PublicKey.(*rsa.PublicKey)
	return ok && public.N.BitLen() >= minRSABits
}

// endpoint returns the endpoint of that name with the first of the bindings that there is; zero when there is none.
func endpoint(role *etree.Element, tag string, bindings ...string) (Endpoint, error) {
	for _, binding := range bindings {
		for _, e := range children(role, metadataNS, tag) {
			if attributeOr(e, "Binding", "") != binding {
				continue
			}
			found := Endpoint{Binding: binding, Location: attributeOr(e, "Location", "")}
			found.ResponseLocation = attributeOr(e, "ResponseLocation", found.Location)
			for _, location := range []string{found.Location, found.ResponseLocation} {
				if err := checkLocation(location); err != nil {
					return Endpoint{}, fmt.Errorf("%s: %w", tag, err)
				}
			}
			return found, nil
		}
	}
	return Endpoint{}, nil
}

// checkLocation wants https, or http on this machine.
func checkLocation(location string) error {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("the location is not an address")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("the location is not https")
}

// Metadata returns the document by which an identity provider gets to know us. It is the same every time for the same service provider.
func (sp ServiceProvider) Metadata() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<md:EntityDescriptor xmlns:md="%s" xmlns:ds="%s" entityID="%s">`, metadataNS, signatureNS, escape(sp.EntityID))
	fmt.Fprintf(&b, "\n"+`  <md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="%s">`, protocolNS)
	for _, use := range []string{"signing", "encryption"} {
		for _, key := range sp.Keys {
			fmt.Fprintf(&b, "\n    <md:KeyDescriptor use=%q>\n      <ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
				use, base64.StdEncoding.EncodeToString(key.Certificate.Raw))
			if use == "encryption" {
				for _, method := range sp.encryptionMethods() {
					fmt.Fprintf(&b, "\n      <md:EncryptionMethod Algorithm=%q/>", method)
				}
			}
			b.WriteString("\n    </md:KeyDescriptor>")
		}
	}
	for _, binding := range []string{RedirectBinding, PostBinding} {
		fmt.Fprintf(&b, "\n"+`    <md:SingleLogoutService Binding="%s" Location="%s"/>`, binding, escape(sp.SingleLogout))
	}
	fmt.Fprintf(&b, "\n    <md:NameIDFormat>%s</md:NameIDFormat>", escape(sp.nameIDFormat()))
	fmt.Fprintf(&b, "\n"+`    <md:AssertionConsumerService Binding="%s" Location="%s" index="0" isDefault="true"/>`, PostBinding, escape(sp.AssertionConsumer))
	b.WriteString("\n  </md:SPSSODescriptor>\n</md:EntityDescriptor>\n")
	return b.Bytes()
}

func (sp ServiceProvider) encryptionMethods() []string {
	methods := []string{aes256GCM, aes128GCM}
	if sp.AllowCBC {
		methods = append(methods, aes256CBC, aes128CBC)
	}
	return append(methods, rsaOAEP11, rsaOAEP)
}

func (sp ServiceProvider) nameIDFormat() string {
	if sp.NameIDFormat == "" {
		return transientFormat
	}
	return sp.NameIDFormat
}

// escape makes s safe between quotes and between tags.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}
