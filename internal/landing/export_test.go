package landing

import "os"

// Points at which a test can let the process die, in the order a file meets them.
var Points = []string{"landing.noted", "landing.taken", "landing.linked", "landing.registered", "landing.removed"}

// AtEachStep calls f at every point. Call it before Run.
func (s *Server) AtEachStep(f func(point string)) { s.step = f }

// What the fuzz tests look at.
var (
	Resolve    = resolve
	DoneProves = doneProves
	MarkPrefix = markPrefix
)

// Uploads renames files and folders without a server.
type Uploads struct{ all *uploads }

// NewUploads returns the uploads below a root.
func NewUploads(root *os.Root) Uploads { return Uploads{newUploads(root)} }

// Rename moves a file or folder, as a sender's rename that replaces its target.
func (u Uploads) Rename(from, to string) error { return u.all.rename(from, to, true) }

// Declared reports whether a file counts as complete because of how it was renamed.
func (u Uploads) Declared(name string) bool { return u.all.declared[name] }
