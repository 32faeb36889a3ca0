package saml

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Algorithms of XML signatures that are allowed. SHA-1 and HMAC are not.
const (
	exclusiveC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped     = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	rsaSHA256     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	rsaSHA384     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
	rsaSHA512     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	digestSHA256  = "http://www.w3.org/2001/04/xmlenc#sha256"
	digestSHA384  = "http://www.w3.org/2001/04/xmldsig-more#sha384"
	digestSHA512  = "http://www.w3.org/2001/04/xmlenc#sha512"
)

var (
	signatureMethods = []string{rsaSHA256, rsaSHA384, rsaSHA512}
	digestMethods    = []string{digestSHA256, digestSHA384, digestSHA512}
)

// signatureOf returns the signature that stands directly under e, nil when there is none.
func signatureOf(e *etree.Element) *etree.Element { return only(e, signatureNS, "Signature") }

// verify checks the signature directly under e against each certificate of the provider alone, and returns what was signed: a tree of its
// own, parsed from the digested bytes, without the signature. Only that may be believed.
func verify(e *etree.Element, idp IdentityProvider, now time.Time) (*etree.Element, error) {
	if err := checkSignature(e); err != nil {
		return nil, err
	}
	certificates, err := idp.usable(now)
	if err != nil {
		return nil, err
	}
	alone := detached(e)
	signature := signatureOf(alone)
	for _, info := range children(signature, signatureNS, "KeyInfo") {
		signature.RemoveChild(info) // what a message says about keys is no evidence
	}
	for _, certificate := range certificates {
		context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
		context.Clock = dsig.NewFakeClockAt(now)
		signed, err := context.Validate(alone)
		if err != nil {
			continue
		}
		id, _ := attribute(e, "ID")
		if got, _ := attribute(signed, "ID"); got != id || !is(signed, e.NamespaceURI(), e.Tag) || signatureOf(signed) != nil {
			return nil, refuse(Fault, "what was verified is not %s", e.Tag)
		}
		return signed, nil
	}
	return nil, refuse(Signature, "the signature of %s fits no certificate of the identity provider", e.Tag)
}

// usable returns the certificates that may sign now.
func (idp IdentityProvider) usable(now time.Time) ([]*x509.Certificate, error) {
	if !idp.ValidUntil.IsZero() && !now.Before(idp.ValidUntil) {
		return nil, refuse(Provider, "the metadata of the identity provider have expired")
	}
	var usable []*x509.Certificate
	for _, c := range idp.Certificates {
		if !now.Before(c.NotBefore) && !now.After(c.NotAfter) {
			usable = append(usable, c)
		}
	}
	if len(usable) == 0 {
		return nil, refuse(Provider, "no certificate of the identity provider is valid today")
	}
	return usable, nil
}

// detached copies e out of its document, with the namespaces that are in scope there. (etreeutils.NSDetatch does the same and refuses large trees.)
func detached(e *etree.Element) *etree.Element {
	alone := e.Copy()
	for above := e.Parent(); above != nil; above = above.Parent() {
		for _, a := range above.Attr {
			declares := a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns"
			same := func(b etree.Attr) bool { return a.Space == b.Space && a.Key == b.Key }
			if declares && !slices.ContainsFunc(alone.Attr, same) {
				alone.Attr = append(alone.Attr, etree.Attr{Space: a.Space, Key: a.Key, Value: a.Value})
			}
		}
	}
	return alone
}

// checkSignature wants the signature under e to have the one form that SAML allows: one reference, to e by its id, with the two transforms in their
// order, and allowed algorithms.
func checkSignature(e *etree.Element) error {
	signature := signatureOf(e)
	info := only(signature, signatureNS, "SignedInfo")
	if info == nil || !consistsOf(signature, "SignedInfo", "SignatureValue") && !consistsOf(signature, "SignedInfo", "SignatureValue", "KeyInfo") {
		return refuse(Structure, "the signature of %s holds more or less than a signature", e.Tag)
	}
	if !consistsOf(info, "CanonicalizationMethod", "SignatureMethod", "Reference") {
		return refuse(Structure, "the signature of %s has not one reference", e.Tag)
	}
	reference := only(info, signatureNS, "Reference")
	id, _ := attribute(e, "ID")
	if uri, _ := attribute(reference, "URI"); id == "" || uri != "#"+id {
		return refuse(Structure, "the signature of %s refers to something else", e.Tag)
	}
	if !consistsOf(reference, "Transforms", "DigestMethod", "DigestValue") {
		return refuse(Structure, "the reference of the signature of %s is incomplete", e.Tag)
	}
	transforms := only(reference, signatureNS, "Transforms")
	if !consistsOf(transforms, "Transform", "Transform") {
		return refuse(Structure, "the signature of %s has not two transforms", e.Tag)
	}
	steps := children(transforms, signatureNS, "Transform")
	switch {
	case algorithm(steps[0]) != enveloped || algorithm(steps[1]) != exclusiveC14N || algorithm(only(info, signatureNS, "CanonicalizationMethod")) != exclusiveC14N:
		return refuse(Algorithm, "a transform or canonicalization of the signature of %s is not allowed", e.Tag)
	case !slices.Contains(signatureMethods, algorithm(only(info, signatureNS, "SignatureMethod"))):
		return refuse(Algorithm, "the method of the signature of %s is not allowed", e.Tag)
	case !slices.Contains(digestMethods, algorithm(only(reference, signatureNS, "DigestMethod"))):
		return refuse(Algorithm, "the digest of the signature of %s is not allowed", e.Tag)
	}
	return nil
}

// algorithm returns the algorithm that an element names; empty when it has child elements other than the prefixes of exclusive canonicalization.
func algorithm(e *etree.Element) string {
	for _, child := range e.ChildElements() {
		if !is(child, exclusiveC14N, "InclusiveNamespaces") {
			return ""
		}
	}
	return attributeOr(e, "Algorithm", "")
}

// consistsOf reports whether the child elements of e are those of XML signatures with these names, in this order.
func consistsOf(e *etree.Element, tags ...string) bool {
	got := e.ChildElements()
	return slices.EqualFunc(got, tags, func(child *etree.Element, tag string) bool { return is(child, signatureNS, tag) })
}
