package landing

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
