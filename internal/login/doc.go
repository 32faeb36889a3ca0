// Package login knows who is signed in, and which identity providers are believed when they say who somebody is. It owns the PostgreSQL
// schema "login" of the control database (the schema "session" is what it owned before).
//
// Signing in: SignOn.Begin remembers a request and sends the browser to an identity provider; SignOn.Finish takes the answer, which package
// saml decides to believe or not, turns the attributes into grants (package access) and starts a session. Request, assertion and session
// change in one transaction: an answer counts once, whatever happens and however many servers see it. A provider grants nothing outside
// the tenants it may speak for.
//
// A session is a random token in a cookie and a row that holds only the token's SHA-256: whoever reads the table cannot sign in. It ends after a
// time without use, at an absolute limit, at the person's wish or the identity provider's, and when an operator revokes it, at once: nothing
// about sessions is kept in memory.
//
// Everything here may be changed while servers run: providers, keys and sessions are read when they are needed.
//
// Read in this order: sessions.go, revoking.go (sessions); provider.go, metadata.go, attributes.go, distinguished.go, keys.go (whom we believe, and who we are);
// request.go, signon.go, logout.go (the orchestration); event.go (what is reported to the security log); people.go (what was granted last).
package login
