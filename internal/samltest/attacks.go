package samltest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"scorehouse/internal/saml"
)

// When an attack applies.
func whenPlain(b Base) bool           { return !b.Kind.Encrypt }
func whenEncrypted(b Base) bool       { return b.Kind.Encrypt }
func whenSignedResponse(b Base) bool  { return b.Kind.SignResponse && !b.Kind.Encrypt }
func whenSignedAssertion(b Base) bool { return b.Kind.SignAssertion && !b.Kind.Encrypt }
func onlySignedAssertion(b Base) bool { return b.Kind == SignedAssertion }
func onlySignedResponse(b Base) bool  { return b.Kind == SignedResponse }

// evil makes an assertion say what an attacker wants, under an id of its own, without signature.
func evil(assertion *etree.Element) *etree.Element {
	e := assertion.Copy()
	e.CreateAttr("ID", "_evil")
	if signature := e.SelectElement("Signature"); signature != nil {
		e.RemoveChild(signature)
	}
	corrupt(e)
	return e
}

// corrupt changes whom an assertion is about and what it grants.
func corrupt(e *etree.Element) {
	if name := e.FindElement(".//NameID"); name != nil {
		name.SetText("mallory")
	}
	for _, value := range e.FindElements(".//AttributeValue") {
		value.SetText("||ALLSTATES|||SBAC|||||||||||||")
	}
}

// evilPlain returns an attacker's plain assertion, also where the good one is encrypted.
func evilPlain(b Base) *etree.Element {
	m := NewMessage(b.Scene, SimpleSAMLphp, Shapes["memberOf"])
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(m.XML()); err != nil {
		return etree.NewElement("Assertion")
	}
	return evil(assertionOf(doc.Root()))
}

func bare(e *etree.Element) *etree.Element {
	c := e.Copy()
	if signature := c.SelectElement("Signature"); signature != nil {
		c.RemoveChild(signature)
	}
	return c
}

// editing makes an attack out of an edit of the good response.
func editing(edit func(response, assertion *etree.Element)) func(Base) ([]byte, error) {
	return func(b Base) ([]byte, error) { return b.cut(edit) }
}

// structural attacks are cut from the good response with its genuine signatures. The numbers are those of Somorovsky and others, "On
// Breaking SAML: Be Whoever You Want to Be" (2012).
var structural = []attack{
	{name: "wrapping 1: the response inside the signature of another", want: saml.Structure, applies: whenSignedResponse, how: editing(func(r, _ *etree.Element) {
		signature, original := r.SelectElement("Signature"), bare(r)
		r.CreateAttr("ID", "_evil")
		corrupt(r)
		signature.AddChild(original)
	})},
	{name: "wrapping 2: the response before its signature inside another", want: saml.Structure, applies: whenSignedResponse, how: editing(func(r, _ *etree.Element) {
		original := bare(r)
		r.CreateAttr("ID", "_evil")
		corrupt(r)
		r.InsertChildAt(r.SelectElement("Signature").Index(), original)
	})},
	{name: "wrapping 3: an assertion before the good one", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return b.cut(func(r, a *etree.Element) { r.InsertChildAt(lastPart(r).Index(), evilPlain(b)) })
	}},
	{name: "wrapping 3, behind", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return b.cut(func(r, a *etree.Element) { r.AddChild(evilPlain(b)) })
	}},
	{name: "wrapping 4: the good assertion inside another", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		e := evil(a)
		r.InsertChildAt(a.Index(), e)
		e.AddChild(a)
	})},
	{name: "wrapping 5: changed in place, the good one at the end", want: saml.Structure, applies: whenSignedAssertion, how: editing(func(r, a *etree.Element) {
		original := bare(a)
		a.CreateAttr("ID", "_evil")
		corrupt(a)
		r.AddChild(original)
	})},
	{name: "wrapping 6: changed in place, the good one in its signature", want: saml.Structure, applies: whenSignedAssertion, how: editing(func(r, a *etree.Element) {
		original := bare(a)
		a.CreateAttr("ID", "_evil")
		corrupt(a)
		a.SelectElement("Signature").AddChild(original)
	})},
	{name: "wrapping 7: another assertion in Extensions", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return b.cut(func(r, a *etree.Element) {
			extensions := etree.NewElement("x:Extensions")
			extensions.CreateAttr("xmlns:x", protocolNS)
			extensions.AddChild(evilPlain(b))
			r.InsertChildAt(1, extensions)
		})
	}},
	{name: "wrapping 7, the same id", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		extensions := etree.NewElement("x:Extensions")
		extensions.CreateAttr("xmlns:x", protocolNS)
		e := evil(a)
		e.CreateAttr("ID", a.SelectAttrValue("ID", ""))
		extensions.AddChild(e)
		r.InsertChildAt(1, extensions)
	})},
	{name: "wrapping 8: the good one in an Object of the signature", want: saml.Structure, applies: whenSignedAssertion, how: editing(func(r, a *etree.Element) {
		original := bare(a)
		a.CreateAttr("ID", "_evil")
		corrupt(a)
		object := etree.NewElement("x:Object")
		object.CreateAttr("xmlns:x", signatureNS)
		object.AddChild(original)
		a.SelectElement("Signature").AddChild(object)
	})},
	{name: "the good assertion moved into Extensions", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		e := evil(a)
		r.InsertChildAt(a.Index(), e)
		extensions := etree.NewElement("x:Extensions")
		extensions.CreateAttr("xmlns:x", protocolNS)
		r.InsertChildAt(1, extensions)
		extensions.AddChild(a)
	})},
	{name: "the good assertion in Advice", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		e := evil(a)
		r.InsertChildAt(a.Index(), e)
		advice := etree.NewElement("x:Advice")
		advice.CreateAttr("xmlns:x", assertionNS)
		e.AddChild(advice)
		advice.AddChild(a)
	})},
	{name: "the good assertion in an attribute value", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		e := evil(a)
		r.InsertChildAt(a.Index(), e)
		e.FindElement(".//AttributeValue").AddChild(a)
	})},
	{name: "the good response in another", want: saml.Structure, how: func(b Base) ([]byte, error) {
		inner := trimmed(b.Document)
		return fmt.Appendf(nil, `<samlp:Response xmlns:samlp="%s" ID="_evil" Version="2.0">%s</samlp:Response>`, protocolNS, inner), nil
	}},
	{name: "the assertion twice", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) { r.AddChild(a.Copy()) })},
	{name: "the encrypted assertion twice", want: saml.Structure, applies: whenEncrypted, how: editing(func(r, _ *etree.Element) { r.AddChild(r.SelectElement("EncryptedAssertion").Copy()) })},
	{name: "the assertion again under another id", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		c := a.Copy()
		c.CreateAttr("ID", "_again")
		r.AddChild(c)
	})},
	{name: "no assertion", want: saml.Structure, how: editing(func(r, _ *etree.Element) { r.RemoveChild(lastPart(r)) })},
	{name: "another root", want: saml.Structure, applies: whenPlain, how: func(b Base) ([]byte, error) {
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(b.Document); err != nil {
			return nil, err
		}
		return alone(assertionOf(doc.Root()))
	}},
	{name: "the response in another namespace", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return bytes.ReplaceAll(b.Document, []byte(protocolNS), []byte(protocolNS+"x")), nil
	}},
	{name: "the assertion in another namespace", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return bytes.ReplaceAll(b.Document, []byte(assertionNS), []byte(assertionNS+"x")), nil
	}},
	{name: "the id with a prefix", want: saml.Structure, applies: whenPlain, how: editing(func(r, a *etree.Element) {
		a.CreateAttr("xmlns:x", "urn:x")
		a.CreateAttr("x:ID", "_other")
	})},
	{name: "an id in lower case that is there already", want: saml.Structure, how: editing(func(r, _ *etree.Element) {
		lastPart(r).CreateAttr("id", r.SelectAttrValue("ID", ""))
	})},
	{name: "all signatures removed", want: saml.Unsigned, applies: whenPlain, how: editing(func(r, a *etree.Element) { removeSignature(r); removeSignature(a) })},
	{name: "the assertion's signature removed", want: saml.Signature, applies: func(b Base) bool { return b.Kind == SignedBoth }, how: editing(func(_, a *etree.Element) { removeSignature(a) })},
	{name: "the response's signature removed", want: saml.Unsigned, applies: func(b Base) bool { return b.Kind == EncryptedInSignedResponse }, how: editing(func(r, _ *etree.Element) { removeSignature(r) })},
	{name: "the assertion's signature moved to the response", want: saml.Structure, applies: onlySignedAssertion, how: editing(func(r, a *etree.Element) {
		r.InsertChildAt(1, a.SelectElement("Signature"))
	})},
	{name: "the response's signature moved to the assertion", want: saml.Structure, applies: onlySignedResponse, how: editing(func(r, a *etree.Element) {
		a.InsertChildAt(1, r.SelectElement("Signature"))
	})},
	{name: "the signature in the subject", want: saml.Structure, applies: whenSignedAssertion, how: editing(func(_, a *etree.Element) {
		a.SelectElement("Subject").AddChild(a.SelectElement("Signature"))
	})},
	{name: "the response's signature in the status", want: saml.Structure, applies: whenSignedResponse, how: editing(func(r, _ *etree.Element) {
		r.SelectElement("Status").AddChild(r.SelectElement("Signature"))
	})},
	{name: "a second signature", want: saml.Structure, how: onSignature(func(s *etree.Element) { s.Parent().AddChild(s.Copy()) })},
	{name: "an empty signature", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		for _, c := range s.ChildElements() {
			s.RemoveChild(c)
		}
	})},
	{name: "an object in the signature", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		s.AddChild(inSignature(s, "Object"))
	})},
	{name: "two references", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		info := s.SelectElement("SignedInfo")
		info.AddChild(info.SelectElement("Reference").Copy())
	})},
	{name: "no reference", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		info := s.SelectElement("SignedInfo")
		info.RemoveChild(info.SelectElement("Reference"))
	})},
	{name: "a second SignedInfo", want: saml.Structure, how: onSignature(func(s *etree.Element) { s.InsertChildAt(0, s.SelectElement("SignedInfo").Copy()) })},
	{name: "a SignedInfo in an object", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		object := inSignature(s, "Object")
		object.AddChild(s.SelectElement("SignedInfo").Copy())
		s.InsertChildAt(0, object)
	})},
	{name: "a reference to something else", want: saml.Structure, how: onSignature(func(s *etree.Element) { s.FindElement(".//Reference").CreateAttr("URI", "#_other") })},
	{name: "a reference to the whole document", want: saml.Structure, how: onSignature(func(s *etree.Element) { s.FindElement(".//Reference").CreateAttr("URI", "") })},
	{name: "a reference by XPointer", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		s.FindElement(".//Reference").CreateAttr("URI", "#xpointer(id('"+s.Parent().SelectAttrValue("ID", "")+"'))")
	})},
	{name: "a third transform", want: saml.Structure, how: onSignature(func(s *etree.Element) {
		transforms := s.FindElement(".//Transforms")
		transforms.AddChild(transforms.SelectElement("Transform").Copy())
	})},
	{name: "a transform by XSLT", want: saml.Algorithm, how: onSignature(func(s *etree.Element) {
		s.FindElements(".//Transform")[1].CreateAttr("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
	})},
	{name: "a transform by XPath", want: saml.Algorithm, how: onSignature(func(s *etree.Element) {
		s.FindElements(".//Transform")[1].CreateAttr("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")
	})},
	{name: "a text that is digested as nothing", want: saml.Algorithm, how: onSignature(func(s *etree.Element) {
		s.FindElement(".//DigestMethod").CreateAttr("Algorithm", "")
	})},
	{name: "a digest that is empty", want: saml.Signature, how: onSignature(func(s *etree.Element) { s.FindElement(".//DigestValue").SetText("") })},
	{name: "a signature value that is empty", want: saml.Signature, how: onSignature(func(s *etree.Element) { s.SelectElement("SignatureValue").SetText("") })},
	{name: "a signature in another namespace", want: saml.Structure, how: func(b Base) ([]byte, error) {
		return bytes.ReplaceAll(b.Document, []byte(`"`+signatureNS+`"`), []byte(`"urn:other"`)), nil
	}},
}

// lastPart returns the assertion of a response, plain or encrypted.
func lastPart(r *etree.Element) *etree.Element {
	if a := r.SelectElement("Assertion"); a != nil {
		return a
	}
	return r.SelectElement("EncryptedAssertion")
}

func removeSignature(e *etree.Element) {
	if signature := e.SelectElement("Signature"); signature != nil {
		e.RemoveChild(signature)
	}
}

func inSignature(signature *etree.Element, tag string) *etree.Element {
	e := etree.NewElement(tag)
	e.Space = signature.Space
	return e
}

// onSignature edits the outermost signature; where only an encrypted assertion is signed, that one is edited before it is encrypted.
func onSignature(edit func(signature *etree.Element)) func(Base) ([]byte, error) {
	return func(b Base) ([]byte, error) {
		if b.Kind != EncryptedAssertion {
			return b.cut(func(r, a *etree.Element) {
				signature := r.SelectElement("Signature")
				if signature == nil {
					signature = a.SelectElement("Signature")
				}
				edit(signature)
			})
		}
		signed, err := b.Signing.sign(b.Plain, OfAssertion, b.Actors.IdP)
		if err != nil {
			return nil, err
		}
		b.Document = signed
		if signed, err = b.cut(func(_, a *etree.Element) { edit(a.SelectElement("Signature")) }); err != nil {
			return nil, err
		}
		return b.Encryption.encrypt(signed)
	}
}

// onText makes an attack out of an edit of the text.
func onText(edit func(text string) string) func(Base) ([]byte, error) {
	return func(b Base) ([]byte, error) { return []byte(edit(string(trimmed(b.Document)))), nil }
}

// insert puts something behind the first characters of the text of an element.
func insert(tag, something string) func(string) string {
	return func(text string) string {
		at := strings.Index(text, tag)
		at += strings.Index(text[at:], ">") + 2
		return text[:at] + something + text[at:]
	}
}

const entities = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`

// texts are attacks on the text of a response.
var texts = []attack{
	{name: "a comment in the NameID", want: saml.Forbidden, applies: whenPlain, how: onText(insert("NameID ", "<!-- -->"))},
	{name: "a comment in an attribute", want: saml.Forbidden, applies: whenPlain, how: onText(insert("AttributeValue", "<!-- -->"))},
	{name: "a comment in the issuer", want: saml.Forbidden, how: onText(insert("Issuer", "<!-- -->"))},
	{name: "a comment before the root", want: saml.Forbidden, how: onText(func(s string) string { return "<!-- -->" + s })},
	{name: "a comment behind the root", want: saml.Forbidden, how: onText(func(s string) string { return s + "<!-- -->" })},
	{name: "a processing instruction in the NameID", want: saml.Forbidden, applies: whenPlain, how: onText(insert("NameID ", "<?x y?>"))},
	{name: "a processing instruction before the root", want: saml.Forbidden, how: onText(func(s string) string { return `<?xml-stylesheet href="x"?>` + s })},
	{name: "CDATA in the NameID", want: saml.Forbidden, applies: whenPlain, how: onText(insert("NameID ", "<![CDATA[x]]>"))},
	{name: "a document type", want: saml.Forbidden, how: onText(func(s string) string { return "<!DOCTYPE r>" + s })},
	{name: "a document type behind the declaration", want: saml.Forbidden, how: onText(func(s string) string { return `<?xml version="1.0"?><!DOCTYPE r>` + s })},
	{name: "a document type in the root", want: saml.Forbidden, how: onText(insert("Issuer", "<!DOCTYPE r>"))},
	{name: "an entity", want: saml.Forbidden, applies: whenPlain, how: onText(func(s string) string { return `<!DOCTYPE r [<!ENTITY a "x">]>` + insert("NameID ", "&a;")(s) })},
	{name: "an entity bomb", want: saml.Forbidden, applies: whenPlain, how: onText(func(s string) string { return entities + insert("NameID ", "&c;&c;")(s) })},
	{name: "an external entity", want: saml.Forbidden, applies: whenPlain, how: onText(func(s string) string {
		return `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + insert("NameID ", "&a;")(s)
	})},
	{name: "an external parameter entity", want: saml.Forbidden, how: onText(func(s string) string {
		return `<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>` + s
	})},
	{name: "an entity that nobody declares", want: saml.Malformed, applies: whenPlain, how: onText(insert("NameID ", "&a;"))},
	{name: "a NameID with another text", want: saml.Signature, applies: whenPlain, how: onText(insert("NameID ", "x"))},
	{name: "an attribute with another text", want: saml.Signature, applies: whenPlain, how: onText(insert("AttributeValue", "x"))},
	{name: "an attribute more", want: saml.Signature, applies: whenPlain, how: editing(func(_, a *etree.Element) {
		statement := a.SelectElement("AttributeStatement")
		statement.AddChild(statement.SelectElement("Attribute").Copy())
	})},
	{name: "a namespace by another name", want: saml.Malformed, how: onText(func(s string) string { return strings.Replace(s, "<", "<nobody:", 1) })},
	{name: "an attribute twice", want: saml.Malformed, how: onText(func(s string) string {
		return strings.Replace(s, ` Destination="`, ` Destination="https://evil.example/" Destination="`, 1)
	})},
	{name: "a name that changes when it is written again", want: saml.Malformed, how: onText(func(s string) string { return strings.Replace(s, ` Version=`, ` x::y="" Version=`, 1) })},
	{name: "no end", want: saml.Malformed, how: onText(func(s string) string { return s[:len(s)-20] })},
	{name: "two roots", want: saml.Malformed, how: onText(func(s string) string { return s + "<a/>" })},
	{name: "text behind the end", want: saml.Malformed, how: onText(func(s string) string { return s + "x" })},
	{name: "nothing", want: saml.Malformed, how: onText(func(string) string { return "" })},
	{name: "JSON", want: saml.Malformed, how: onText(func(string) string { return `{"SAMLResponse":1}` })},
	{name: "bytes that are not UTF-8", want: saml.Malformed, applies: whenPlain, how: onText(insert("NameID ", "\xff"))},
	{name: "another encoding", want: saml.Malformed, how: onText(func(s string) string { return `<?xml version="1.0" encoding="ISO-8859-1"?>` + s })},
	{name: "UTF-16", want: saml.Malformed, how: onText(func(s string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, c := range []byte(s) {
			b.Write([]byte{c, 0})
		}
		return b.String()
	})},
	{name: "not base64", want: saml.Malformed, encode: func([]byte) string { return "<samlp:Response>" }},
	{name: "base64 for addresses", want: saml.Malformed, encode: func(data []byte) string { return base64.URLEncoding.EncodeToString(append(data, "\xff\xfe\xfd"...)) }},
	{name: "base64 with bits left over", want: saml.Malformed, encode: func([]byte) string { return "PHg+PC94Pm9=" }},
	{name: "too large", want: saml.TooLarge, how: onText(func(s string) string { return s + strings.Repeat("\n", saml.MaxResponse) })},
	{name: "140,000 elements in each other", want: saml.TooLarge, how: onText(func(s string) string {
		return insert("Issuer", strings.Repeat("<a>", 140_000)+strings.Repeat("</a>", 140_000))(s)
	})},
	{name: "20,000 elements beside each other", want: saml.TooLarge, how: onText(insert("Issuer", strings.Repeat("<a/>", 20_000)))},
	{name: "1,000 attributes", want: saml.TooLarge, how: onText(func(s string) string {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, ` a%d=""`, i)
		}
		return strings.Replace(s, " Version=", b.String()+" Version=", 1)
	})},
	{name: "50 namespaces at one element", want: saml.TooLarge, how: onText(func(s string) string {
		var b strings.Builder
		for i := range 50 {
			fmt.Fprintf(&b, ` xmlns:n%d="urn:%d"`, i, i)
		}
		return strings.Replace(s, " Version=", b.String()+" Version=", 1)
	})},
	{name: "an attribute of 100,000 bytes", want: saml.TooLarge, how: onText(func(s string) string {
		return strings.Replace(s, " Version=", ` a="`+strings.Repeat("a", 100_000)+`" Version=`, 1)
	})},
}
