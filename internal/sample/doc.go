// Package sample builds the packages that tests send: CSV rows and JSON metadata from a good example with changes, archives, and
// OpenPGP messages, sound ones and broken ones. The people and places in it are made up.
//
// It is for tests only. For whole states see package synth.
//
// Read in this order: outcome.go (CSV and JSON), archive.go (tar and gzip), message.go (keys and OpenPGP).
package sample
