// Package samltest is the other side of SAML, for tests: messages of identity providers, good and bad, and an identity provider that we did not write.
//
// Keys, Message and Kind make responses as identity providers send them. xmlsec1 signs and encrypts them, so that nothing
// of our own code vouches for itself. Corpus turns a good response into every attack and fault we know of, with the reason for which it must be
// refused; what is re-signed is wrong in one place only. Mutate changes a good response at random.
//
// StartIdentityProvider runs SimpleSAMLphp from where scripts/setup unpacked it, and Browser walks through it as a person would.
//
// Read message.go, xmlsec.go, corpus.go, then provider.go and browser.go.
package samltest
