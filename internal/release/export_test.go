package release

import "time"

// SetNow sets a store's clock.
func (s *Store) SetNow(now func() time.Time) { s.now = now }

// SetPatience sets how long readers wait and how long nobody asks after a failure, until the function that it returns is called.
func SetPatience(wait, rest time.Duration) (back func()) {
	w, r := patience, pause
	patience, pause = wait, rest
	return func() { patience, pause = w, r }
}
