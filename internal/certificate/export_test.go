package certificate

import "time"

// SetClock lets a test say what time it is.
func SetClock(f *Files, now func() time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
}
