package saml

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// Peeked is what a message says about itself before anything of it is verified. It serves to find the provider to check the message against, and
// nothing else.
type Peeked struct {
	Issuer       string // of the message itself; empty when it does not say
	InResponseTo string
}

// peekTokens bounds how far Peek reads: the Issuer is the first element of a message.
const peekTokens = 16

// Peek reads the beginning of a posted SAMLResponse (base64).
func Peek(encoded string) (Peeked, error) {
	data, err := decode(encoded)
	if err != nil {
		return Peeked{}, err
	}
	return peek(data)
}

// PeekLogout reads the beginning of a logout message; its arguments are those of ReadLogout.
func PeekLogout(method, rawQuery string, form url.Values) (Peeked, error) {
	if method == http.MethodPost {
		data, _, err := postedMessage(form)
		if err != nil {
			return Peeked{}, err
		}
		return peek(data)
	}
	r, err := readRedirect(rawQuery)
	if err != nil {
		return Peeked{}, err
	}
	return peek(r.message)
}

func peek(data []byte) (Peeked, error) {
	var p Peeked
	decoder := xml.NewDecoder(bytes.NewReader(data))
	depth := 0
	for range peekTokens {
		token, err := decoder.Token()
		if err != nil {
			return Peeked{}, refuse(Malformed, "the message is not XML")
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 1 {
				for _, a := range t.Attr {
					if a.Name.Space == "" && a.Name.Local == "InResponseTo" {
						p.InResponseTo = a.Value
					}
				}
			}
			if depth == 2 && t.Name == (xml.Name{Space: assertionNS, Local: "Issuer"}) {
				if text, err := decoder.Token(); err == nil {
					if s, ok := text.(xml.CharData); ok {
						p.Issuer = strings.TrimSpace(string(s))
					}
				}
				return p, nil
			}
		case xml.EndElement:
			depth--
		}
	}
	return p, nil
}
