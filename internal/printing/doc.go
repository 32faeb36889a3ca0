// Package printing prints students' reports for people: one at once, many as a job whose documents wait to be collected, and whole classes ahead of
// anybody's asking.
//
// A request (Desk.Order) keeps the scope of the person who asks, and what is printed for it is read with that scope and no other. The printer (Worker) reads
// many students at a time, writes each document directly, and makes a job ready in one transaction; a worker that dies leaves nothing that anybody
// sees. Documents are encrypted on their way to the disk (seal.go) to a public key: nothing of a student is on a disk in clear, not even for a moment. The
// person who asked, and nobody else, collects them (Desk.Open) until they expire. A job that is ready names the schools of all results in it, earlier years'
// too: whether the person may still see them is for whoever calls.
//
// Classes are printed ahead (ahead.go), with a scope of everybody, when their results or their look have changed. Such a document is copied for a request only
// when its scope sees every school whose results are in it, and it is certain that nothing in it has changed since.
//
// It owns the schema printing of the control database. How a report looks is package pdf/studentreport; who may ask is decided by who calls.
//
// Read wish.go, desk.go, work.go, document.go, seal.go, look.go; then clerk.go (what happens by the clock) and ahead.go; operate.go and metrics.go are for
// operators.
package printing
