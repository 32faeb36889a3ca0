// Package delivery opens one received package: an OpenPGP message, encrypted to the loader and signed by a sender, around a
// gzip-compressed tar archive with one CSV and one JSON file (docs/formats/assessment.md).
//
// It reads the file twice, both times as a stream; nothing decrypted touches a disk. Inspect is pass 1: it reads the whole
// message and keeps only the JSON file. Until it returns, nothing in the message is believed. Contents.Stream is pass 2: it hands
// the CSV on and then verifies everything again, against the digest of pass 1; what the caller made of the CSV counts
// only when Stream returns nil.
//
// What the sender must mend is a *Problem, with a code of package feed and a sentence. Every other error is ours.
//
// Read in this order: delivery.go (the two passes), message.go (OpenPGP), archive.go (gzip, tar, limits), problem.go.
package delivery
