package settings

import "time"

// SetTimeout sets how long reading may take and how long nobody asks after a failure, until the function that it returns is called.
func SetTimeout(wait, rest time.Duration) (back func()) {
	t, p := timeout, pause
	timeout, pause = wait, rest
	return func() { timeout, pause = t, p }
}
