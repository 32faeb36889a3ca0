// Package saml is our side of SAML 2.0 single sign-on: the service provider. It asks an identity provider to sign somebody in, decides whether the
// answer may be believed, describes us to identity providers, and signs out in both directions.
//
// The gate is ServiceProvider.Accept. It takes what a browser posted and one identity provider, and returns an Assertion or a
// *Refused with a Reason from a closed list. Nothing of a response is used but what a signature of that identity provider covers; the
// order of the checks is that of the function, and docs/formats/saml.md tells the same for people.
//
// The package keeps nothing: no keys, no pending requests, no assertion ids. Its caller (package login) binds a request id to the browser,
// passes it to Accept, and consumes it together with the assertion's id, so that neither can be used twice.
//
// XML signatures are checked by goxmldsig, which gets one element, one certificate and no KeyInfo, and whose returned element (parsed again
// from the digested bytes) is all that is read afterwards. No SAML library is used: those for Go accept responses that must be refused
// (docs/decisions).
//
// Read saml.go (the types), accept.go (the gate), then scan.go, signature.go, decrypt.go and statement.go in the order of the gate;
// metadata.go, request.go and logout.go stand alone.
package saml
