package saml

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"
	xrv "github.com/mattermost/xml-roundtrip-validator"
)

// MaxResponse is the most bytes of XML that are looked at.
const MaxResponse = 1 << 20

// limits of a document. A response with 1,500 chains has about 1,600 elements, each of which may declare two or three namespaces.
const (
	maxDepth        = 32
	maxElements     = 10_000
	maxAttributes   = 64 // of one element, namespace declarations included
	maxNamespaces   = 8  // declared by one element
	maxDeclarations = 25_000
	maxValue        = 64 << 10 // bytes of one attribute
)

// decode reads the base64 of a form field. Line breaks are allowed, as some providers send them.
func decode(encoded string) ([]byte, error) {
	if base64.StdEncoding.DecodedLen(len(encoded)) > MaxResponse+MaxResponse/16 {
		return nil, refuse(TooLarge, "the message has more than %d bytes", MaxResponse)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, refuse(Malformed, "the message is not base64")
	}
	return data, nil
}

// parse checks a whole document against the limits and the forbidden kinds of content, before anything builds a tree, and returns its root.
// Comments are allowed in metadata only, where people write them.
func parse(data []byte, commentsToo bool) (*etree.Element, error) {
	if len(data) > MaxResponse {
		return nil, refuse(TooLarge, "the message has more than %d bytes", MaxResponse)
	}
	if bytes.Contains(data, []byte("<![CDATA[")) {
		return nil, refuse(Forbidden, "the message has a CDATA section")
	}
	s := scanner{decoder: xml.NewDecoder(bytes.NewReader(data)), comments: commentsToo, ids: map[string]bool{}}
	if err := s.scan(); err != nil {
		return nil, err
	}
	document := etree.NewDocument()
	if err := document.ReadFromBytes(data); err != nil || document.Root() == nil {
		return nil, refuse(Malformed, "the message is not XML")
	}
	root := document.Root()
	return root, namespacesDeclared(root, nil)
}

// scanner goes through a document once, token by token.
type scanner struct {
	decoder  *xml.Decoder
	comments bool
	open     []xml.Name // elements that are open
	ids      map[string]bool

	roots, elements, declarations int
}

func (s *scanner) scan() error {
	for first := true; ; first = false {
		token, err := s.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refuse(Malformed, "the message is not XML")
		}
		if err := s.token(token, first); err != nil {
			return err
		}
		// What does not survive being written and read again may be signed as one thing and read as another.
		if err := xrv.CheckToken(token); err != nil {
			return refuse(Malformed, "the message has a name or text that changes when it is written again")
		}
	}
	if s.roots != 1 || len(s.open) != 0 {
		return refuse(Malformed, "the message is not one whole XML document")
	}
	return nil
}

func (s *scanner) token(token xml.Token, first bool) error {
	switch t := token.(type) {
	case xml.StartElement:
		return s.start(t)
	case xml.EndElement:
		if len(s.open) == 0 || s.open[len(s.open)-1] != t.Name {
			return refuse(Malformed, "the message has an end tag without its start")
		}
		s.open = s.open[:len(s.open)-1]
	case xml.CharData:
		if len(s.open) == 0 && len(bytes.TrimSpace(t)) > 0 {
			return refuse(Malformed, "the message has text outside its element")
		}
	case xml.ProcInst:
		if !first || t.Target != "xml" {
			return refuse(Forbidden, "the message has a processing instruction")
		}
	case xml.Comment:
		if !s.comments {
			return refuse(Forbidden, "the message has a comment")
		}
	case xml.Directive:
		return refuse(Forbidden, "the message has a document type or entity declaration")
	}
	return nil
}

func (s *scanner) start(t xml.StartElement) error {
	if len(s.open) == 0 {
		s.roots++
	}
	s.open = append(s.open, t.Name)
	s.elements++
	switch {
	case s.roots > 1:
		return refuse(Malformed, "the message has several roots")
	case len(s.open) > maxDepth:
		return refuse(TooLarge, "elements are nested more than %d deep", maxDepth)
	case s.elements > maxElements:
		return refuse(TooLarge, "there are more than %d elements", maxElements)
	case len(t.Attr) > maxAttributes:
		return refuse(TooLarge, "an element has more than %d attributes", maxAttributes)
	}
	return s.attributes(t.Attr)
}

func (s *scanner) attributes(attributes []xml.Attr) error {
	declared := 0
	for i, a := range attributes {
		for _, b := range attributes[:i] {
			if a.Name == b.Name {
				return refuse(Malformed, "an element has the same attribute twice")
			}
		}
		switch {
		case len(a.Value) > maxValue:
			return refuse(TooLarge, "an attribute has more than %d bytes", maxValue)
		case a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns":
			declared++
			s.declarations++
		case strings.EqualFold(a.Name.Local, "id"):
			if err := s.id(a); err != nil {
				return err
			}
		}
	}
	if declared > maxNamespaces || s.declarations > maxDeclarations {
		return refuse(TooLarge, "too many namespaces are declared")
	}
	return nil
}

// id wants ids, of whatever spelling, to be unique, not empty and without a prefix: what a signature refers to must be one element.
func (s *scanner) id(a xml.Attr) error {
	if a.Name.Space != "" || a.Value == "" || s.ids[a.Value] {
		return refuse(Structure, "an id is empty, used twice or has a prefix")
	}
	s.ids[a.Value] = true
	return nil
}

// namespacesDeclared wants each prefix to be declared, and xml and xmlns to mean what they mean.
func namespacesDeclared(e *etree.Element, inherited []string) error {
	declared := inherited[:len(inherited):len(inherited)]
	for _, a := range e.Attr {
		switch {
		case a.Space == "xmlns" && (a.Value == "" || a.Key == "xml" || a.Key == "xmlns"):
			return refuse(Malformed, "a namespace is declared wrongly")
		case a.Space == "xmlns":
			declared = append(declared, a.Key)
		}
	}
	known := func(prefix string) bool { return prefix == "" || slices.Contains(declared, prefix) }
	if !known(e.Space) {
		return refuse(Malformed, "an element has a prefix without namespace")
	}
	for _, a := range e.Attr {
		if a.Space != "xmlns" && a.Space != "xml" && !known(a.Space) {
			return refuse(Malformed, "an attribute has a prefix without namespace")
		}
	}
	for _, child := range e.ChildElements() {
		if err := namespacesDeclared(child, declared); err != nil {
			return err
		}
	}
	return nil
}
