// Package printing prints students' reports for people: one at once, many as a job whose documents wait to be collected, and whole classes ahead of
// anybody's asking.
//
// A request (Desk.Order) keeps the scope of the person who asks, and what is printed is read with that scope and no other. The printer (Worker) reads
// many students at a time, writes each document directly, and makes a job ready in one transaction; a worker that dies leaves nothing that anybody
// sees. Documents are encrypted on their way to the disk (seal.go): the printer has the public key only, and nothing of a student is on a disk in clear,
// not even for a moment. The person who asked, and nobody else, collects them (Desk.Open) until they expire.
//
// Classes are printed ahead (ahead.go) when their results have changed; such a document is given to a request only while it is certain that nothing in
// it has changed since.
//
// It owns the schema printing of the control database. How a report looks is package pdf/studentreport; who may ask is decided by who calls.
//
// Read wish.go, desk.go, work.go, document.go, seal.go; then clerk.go (what happens by the clock) and ahead.go; operate.go is for operators.
package printing
