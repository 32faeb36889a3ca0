// Package audit keeps the trail of who saw which students' data and who did what to the installation. It owns the PostgreSQL schema
// "audit" of the control database.
//
// There are two streams: "audit" (reads and exports of data, administrative acts) and "security" (sign-in, sign-out, refusals). An
// Event is typed: every field is a number, an instant, an address, a word of a closed list, or a code of a narrow form; text that is none of
// these is replaced by a keyed digest, so that no name, score or other text of a student's row can get in.
//
// Log.Record returns nil only when the record is on disk and the head of its chain is anchored in the control database. Whoever is about to
// send data sends none unless it did: no record, no data.
//
// Each process writes files of its own into the directory of the trail, one chain per stream: every line carries a number and a
// keyed MAC (HMAC-SHA-256) over the line and the MAC before it. Lines are written and synced first and anchored then, so an anchor never names a line that is
// not there, whenever a process is killed; lines after the newest anchor gave nobody any data. Verify walks the chains and says what was edited, deleted, reordered,
// truncated, duplicated or computed anew.
//
// What it cannot find: changes by somebody who has the key, the files and may change the table of anchors (the owner of the database);
// against that, copies of the records go to another machine by syslog.
//
// Read event.go (what may be said), line.go (one line and its MAC), log.go and chain.go (writing), anchor.go (the control database), read.go
// (for people), verify.go.
package audit
