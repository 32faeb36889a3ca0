package batch

// Status is where a batch stands in its life. docs/flow.md draws the graph; the database has the same values as
// a CHECK; a test compares all three.
type Status string

// The statuses.
const (
	Received  Status = "received"  // arrived and registered, waits to be loaded
	Loading   Status = "loading"   // being opened, checked, loaded and staged
	Staged    Status = "staged"    // clean rows stand durably in staging, waits to be migrated
	Migrating Status = "migrating" // being moved to the warehouse
	Published Status = "published" // in the warehouse, visible in reports
	Rejected  Status = "rejected"  // the sender must act
	Failed    Status = "failed"    // we must act: retried, then an operator
	Withdrawn Status = "withdrawn" // recalled after publishing
)

// Statuses lists every status in the order of a batch's life.
var Statuses = []Status{Received, Loading, Staged, Migrating, Published, Rejected, Failed, Withdrawn}

// transitions says which status may follow which.
var transitions = map[Status][]Status{
	Received:  {Loading, Failed},
	Loading:   {Loading, Staged, Rejected, Failed, Received},
	Staged:    {Migrating, Received, Failed},
	Migrating: {Migrating, Published, Rejected, Failed, Staged, Received},
	Published: {Withdrawn},
	Failed:    {Loading, Migrating, Received},
	Rejected:  {Received},
	Withdrawn: {Received},
}

// May reports whether a batch may go from one status to the next.
func May(from, to Status) bool {
	for _, s := range transitions[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Final reports whether nothing more happens to a batch by itself.
func (s Status) Final() bool {
	return s == Published || s == Rejected || s == Withdrawn
}

// Initial lists the statuses a batch may be registered with: one that the landing zone refuses is rejected from the start.
var Initial = []Status{Received, Rejected}
