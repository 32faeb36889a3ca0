// Package keyring keeps the OpenPGP keys of an installation: those of the loader, to which senders encrypt, and those of
// senders, with which they sign. A sender's key counts for one tenant only.
//
// Public parts lie in the control database, schema keyring, which this package owns. The loader's private keys lie in a
// directory, each in a file of its own, encrypted to the installation's master key (age, X25519), which lies beside
// them. Weak keys are refused unless an operator accepts the one key. Keys may be imported while the loader runs.
//
// It does not open messages; package delivery does.
//
// Read in this order: ring.go (the ring and its keys), importing.go, removing.go, strength.go (what is weak), private.go (the directory).
package keyring
