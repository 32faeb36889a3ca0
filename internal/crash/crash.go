// Package crash marks the places where the kill campaign ends the process or the database server, to prove that nothing is lost or
// doubled wherever a machine dies. In an ordinary binary Point does nothing and costs nothing; only one that was linked for the
// campaign (see internal/campaign) can be told to die.
package crash

// Names of the points, in the order a batch meets them.
const (
	Linked     = "landing.linked"     // stored in the file store, not yet registered
	Registered = "landing.registered" // registered, still in the drop
	Opened     = "load.opened"        // pass 1 has verified the package
	Copying    = "load.copying"       // in the middle of COPY
	Loaded     = "load.loaded"        // every accepted row copied
	Sealed     = "load.sealed"        // clean rows durable, the batch not yet staged
	Staged     = "load.staged"        // the batch is staged
	Copied     = "publish.copied"     // staged rows copied to the warehouse transaction
	Deciding   = "publish.deciding"   // rows classified, before the writes
	Committing = "publish.committing" // about to commit
	Committed  = "publish.committed"  // committed, the batch not yet published
	Published  = "publish.published"  // the batch is published, its staging schema still there
)

// Names of the points that a print job meets. No batch does.
const (
	Printing = "print.printing" // a student's report is in the document, others are to come
	Printed  = "print.printed"  // every document stored, the job not yet ready
)

// Points lists every point in the order a batch meets them.
var Points = []string{Linked, Registered, Opened, Copying, Loaded, Sealed, Staged, Copied, Deciding, Committing, Committed, Published}
