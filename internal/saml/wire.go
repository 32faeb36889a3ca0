package saml

import (
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Namespaces.
const (
	assertionNS  = "urn:oasis:names:tc:SAML:2.0:assertion"
	protocolNS   = "urn:oasis:names:tc:SAML:2.0:protocol"
	metadataNS   = "urn:oasis:names:tc:SAML:2.0:metadata"
	signatureNS  = "http://www.w3.org/2000/09/xmldsig#"
	encryptionNS = "http://www.w3.org/2001/04/xmlenc#"
)

// Names of values.
const (
	successStatus   = "urn:oasis:names:tc:SAML:2.0:status:Success"
	bearerMethod    = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	entityFormat    = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	transientFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
)

// is reports whether e is the element of that name in that namespace.
func is(e *etree.Element, space, tag string) bool {
	return e != nil && e.Tag == tag && e.NamespaceURI() == space
}

// children returns the child elements of that name in that namespace.
func children(e *etree.Element, space, tag string) []*etree.Element {
	var found []*etree.Element
	for _, token := range e.Child {
		if child, ok := token.(*etree.Element); ok && is(child, space, tag) {
			found = append(found, child)
		}
	}
	return found
}

// only returns the one child of that name, nil when there is none or there are several.
func only(e *etree.Element, space, tag string) *etree.Element {
	if found := children(e, space, tag); len(found) == 1 {
		return found[0]
	}
	return nil
}

// attribute returns the attribute of that name that has no prefix. (etree's own SelectAttr takes any prefix.)
func attribute(e *etree.Element, name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

func attributeOr(e *etree.Element, name, otherwise string) string {
	if value, ok := attribute(e, name); ok {
		return value
	}
	return otherwise
}

// text returns all text of an element; an element with child elements has none.
func text(e *etree.Element) (string, bool) {
	var b strings.Builder
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.CharData:
			b.WriteString(t.Data)
		case *etree.Element:
			return "", false
		}
	}
	return b.String(), true
}

// word returns the text of an element without surrounding white space, empty when e is nil or has child elements.
func word(e *etree.Element) string {
	if e == nil {
		return ""
	}
	s, _ := text(e)
	return strings.TrimSpace(s)
}

// shape wants the child elements of e to be those of the list, each at most as often as its number says.
func shape(e *etree.Element, space string, most map[string]int) error {
	counted := map[string]int{}
	for _, child := range e.ChildElements() {
		limit, known := most[child.Tag]
		counted[child.Tag]++
		want := space
		if child.Tag == "Signature" {
			want = signatureNS
		}
		if space == protocolNS && slices.Contains([]string{"Issuer", "Assertion", "EncryptedAssertion", "NameID"}, child.Tag) {
			want = assertionNS
		}
		if !known || counted[child.Tag] > limit || child.NamespaceURI() != want {
			return refuse(Structure, "%s has an element where none of that kind belongs, or too often", e.Tag)
		}
	}
	return nil
}

// instant reads a required or optional xs:dateTime with a zone. The zero time means that the attribute is absent.
func instant(e *etree.Element, name string) (time.Time, error) {
	value, ok := attribute(e, name)
	if !ok {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || t.IsZero() {
		return time.Time{}, refuse(Malformed, "%s of %s is not an instant with a time zone", name, e.Tag)
	}
	return t, nil
}

// stamp writes an instant as SAML wants it.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z") }
