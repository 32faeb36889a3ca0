package release

import "time"

// SetNow sets a store's clock.
func (s *Store) SetNow(now func() time.Time) { s.now = now }

// HoldPreview makes another preview be under way until the function that it returns is called.
func (d *Desk) HoldPreview() (done func()) {
	d.previewing.Lock()
	return d.previewing.Unlock
}

// SetPatience sets how long readers wait and how long nobody asks after a failure, until the function that it returns is called.
func SetPatience(wait, rest time.Duration) (back func()) {
	w, r := patience, pause
	patience, pause = wait, rest
	return func() { patience, pause = w, r }
}
