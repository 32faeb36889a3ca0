package samltest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/saml"
)

// Mutate changes a good response at random, one to three times, without signing it again, and says how. A gate refuses the result, or accepts it for
// what the identity provider said: some changes concern only what no signature covers.
//
// CheckMutant puts the result to the gate.
func Mutate(b Base, random *rand.Rand) (how string, document []byte) {
	document = b.Document
	var words []string
	for range 1 + random.IntN(3) {
		if random.IntN(4) == 0 {
			word, changed := mutateText(document, random)
			words, document = append(words, word), changed
			continue
		}
		doc := etree.NewDocument()
		if doc.ReadFromBytes(document) != nil || doc.Root() == nil {
			break // an earlier change has broken it already
		}
		word := mutateTree(b, doc, random)
		changed, err := doc.WriteToBytes()
		if err != nil {
			break
		}
		words, document = append(words, word), changed
	}
	return strings.Join(words, ", "), document
}

// pick returns a random element; half of the time one near the root, where structure lies.
func pick(doc *etree.Document, random *rand.Rand) *etree.Element {
	all := doc.FindElements("//*")
	if random.IntN(2) == 0 {
		all = all[:min(len(all), 25)]
	}
	return all[random.IntN(len(all))]
}

// below reports whether e is inside of top, or is it.
func below(e, top *etree.Element) bool {
	for ; e != nil; e = e.Parent() {
		if e == top {
			return true
		}
	}
	return false
}

var (
	mutantTags = []string{"Response", "Assertion", "EncryptedAssertion", "Issuer", "Signature", "SignedInfo", "Reference", "Object", "Status", "Subject", "NameID",
		"SubjectConfirmation", "Conditions", "AudienceRestriction", "Audience", "AuthnStatement", "AttributeStatement", "Attribute", "AttributeValue", "Advice", "Extensions"}
	mutantSpaces     = []string{protocolNS, assertionNS, signatureNS, encryptionNS, "urn:evil"}
	mutantAttributes = []string{"ID", "Id", "id", "Version", "IssueInstant", "Destination", "InResponseTo", "Recipient", "NotBefore", "NotOnOrAfter", "Name", "Format",
		"Algorithm", "URI", "Value", "Method", "SessionIndex", "x:ID", "xml:id", "xml:space", "xmlns", "xmlns:saml", "xmlns:ds", "Consent"}
	mutantTexts = []string{"", "mallory", "||ALLSTATES|||SBAC|||||||||||||", " ", "https://evil.example/", "2200-01-01T00:00:00Z", "AAAA"}
)

// change is one way to change a tree.
type change struct {
	word string
	do   func(b Base, doc *etree.Document, e *etree.Element, random *rand.Rand)
}

var changes = []change{
	{"element removed", func(_ Base, _ *etree.Document, e *etree.Element, _ *rand.Rand) { detach(e) }},
	{"element twice", func(_ Base, _ *etree.Document, e *etree.Element, _ *rand.Rand) {
		if p := e.Parent(); p != nil {
			p.InsertChildAt(e.Index(), e.Copy())
		}
	}},
	{"element moved", func(_ Base, doc *etree.Document, e *etree.Element, random *rand.Rand) {
		if to := pick(doc, random); e != doc.Root() && !below(to, e) {
			detach(e)
			to.InsertChildAt(random.IntN(len(to.Child)+1), e)
		}
	}},
	{"element copied elsewhere", func(_ Base, doc *etree.Document, e *etree.Element, random *rand.Rand) {
		to := pick(doc, random)
		to.InsertChildAt(random.IntN(len(to.Child)+1), e.Copy())
	}},
	{"element renamed", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.Tag = oneOf(mutantTags, random)
	}},
	{"element in another namespace", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.CreateAttr("xmlns:m", oneOf(mutantSpaces, random))
		e.Space = "m"
	}},
	{"prefix removed", func(_ Base, _ *etree.Document, e *etree.Element, _ *rand.Rand) { e.Space = "" }},
	{"element around", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		p := e.Parent()
		if p == nil {
			return
		}
		around := beside(e, oneOf(mutantTags, random))
		p.InsertChildAt(e.Index(), around)
		detach(e)
		around.AddChild(e)
	}},
	{"element dissolved", func(_ Base, doc *etree.Document, e *etree.Element, _ *rand.Rand) {
		if p := e.Parent(); e != doc.Root() && p != nil {
			for _, c := range e.ChildElements() {
				p.InsertChildAt(e.Index(), c)
			}
			detach(e)
		}
	}},
	{"new element", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		n := beside(e, oneOf(mutantTags, random))
		n.SetText(oneOf(mutantTexts, random))
		e.InsertChildAt(random.IntN(len(e.Child)+1), n)
	}},
	{"text changed", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.SetText(oneOf(mutantTexts, random))
	}},
	{"text longer", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.CreateText(oneOf(mutantTexts, random))
	}},
	{"attribute set", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.CreateAttr(oneOf(mutantAttributes, random), oneOf(append(mutantTexts, mutantSpaces...), random))
	}},
	{"attribute changed", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		if len(e.Attr) > 0 {
			e.Attr[random.IntN(len(e.Attr))].Value = oneOf(append(mutantTexts, mutantSpaces...), random)
		}
	}},
	{"attribute removed", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		if len(e.Attr) > 0 {
			e.RemoveAttr(e.Attr[random.IntN(len(e.Attr))].FullKey())
		}
	}},
	{"attributes exchanged", func(_ Base, doc *etree.Document, e *etree.Element, random *rand.Rand) {
		other := pick(doc, random)
		e.Attr, other.Attr = other.Attr, e.Attr
	}},
	{"attacker's assertion", func(b Base, doc *etree.Document, e *etree.Element, random *rand.Rand) {
		e.InsertChildAt(random.IntN(len(e.Child)+1), evilPlain(b))
	}},
	{"attacker's assertion instead", func(b Base, doc *etree.Document, e *etree.Element, _ *rand.Rand) {
		if p := e.Parent(); e != doc.Root() && p != nil {
			p.InsertChildAt(e.Index(), evilPlain(b))
			detach(e)
		}
	}},
	{"comment", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.InsertChildAt(random.IntN(len(e.Child)+1), etree.NewComment("x"))
	}},
	{"processing instruction", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.InsertChildAt(random.IntN(len(e.Child)+1), etree.NewProcInst("x", "y"))
	}},
	{"CDATA", func(_ Base, _ *etree.Document, e *etree.Element, random *rand.Rand) {
		e.InsertChildAt(random.IntN(len(e.Child)+1), etree.NewCData("mallory"))
	}},
	{"everything corrupted", func(_ Base, doc *etree.Document, _ *etree.Element, _ *rand.Rand) { corrupt(doc.Root()) }},
}

func mutateTree(b Base, doc *etree.Document, random *rand.Rand) string {
	c := changes[random.IntN(len(changes))]
	e := pick(doc, random)
	where := e.Tag
	c.do(b, doc, e, random)
	return c.word + " at " + where
}

func detach(e *etree.Element) {
	if p := e.Parent(); p != nil {
		p.RemoveChild(e)
	}
}

func oneOf(list []string, random *rand.Rand) string { return list[random.IntN(len(list))] }

var mutantBytes = []string{"<!-- -->", "&a;", "&#x41;", "<![CDATA[", "]]>", "<?x?>", "<!DOCTYPE a>", "<a>", "</a>", "\x00", "\xff", "=", `"`, "xmlns=\"urn:evil\" ", "\r", "&amp;"}

// mutateText changes bytes: a bit, a run that is cut out or put in twice, or something inserted.
func mutateText(document []byte, random *rand.Rand) (string, []byte) {
	if len(document) < 10 {
		return "nothing", document
	}
	at := random.IntN(len(document) - 1)
	end := min(len(document), at+1+random.IntN(40))
	before, run, after := string(document[:at]), string(document[at:end]), string(document[end:])
	switch random.IntN(4) {
	case 0:
		changed := []byte(string(document))
		changed[at] ^= 1 << random.IntN(8)
		return "bit", changed
	case 1:
		return "bytes removed", []byte(before + after)
	case 2:
		return "bytes twice", []byte(before + run + run + after)
	}
	return "bytes inserted", []byte(before + oneOf(mutantBytes, random) + run + after)
}

// CheckMutant puts a mutant of a base to the gate. It returns whether it was refused, and an error when it was accepted for something else than the
// identity provider said, or when the gate fell over.
func CheckMutant(b Base, document []byte) (refused bool, err error) {
	got, err := b.SP.Accept(b.IdP, base64.StdEncoding.EncodeToString(document), b.RequestID, b.Now)
	if err == nil {
		if diff := cmp.Diff(b.Assertion, got, cmpopts.EquateEmpty()); diff != "" {
			return false, errors.New("ACCEPTED for something else (-want +got):\n" + diff)
		}
		return false, nil
	}
	if r, ok := errors.AsType[*saml.Refused](err); !ok || r.Reason == saml.Fault {
		return true, fmt.Errorf("the gate fell over: %w", err)
	}
	return true, nil
}
