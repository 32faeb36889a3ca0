// Package downloads is the pages of what a person has asked for: the list of jobs, and one job with its documents. They show names of institutions and
// counts; of students at most how last names begin.
//
// Read view.go first, then words.go, then page.templ.
package downloads

import (
	"scorehouse/internal/printing"
	"scorehouse/internal/web/layout"
)

// ListView is everything the list shows.
type ListView struct {
	Frame   layout.Frame
	Jobs    []printing.Job // newest first
	Days    int            // what is ready waits to be collected
	Address func(id printing.ID, below string) string
}

// JobView is everything the page of one job shows.
type JobView struct {
	Frame   layout.Frame
	Job     printing.Job
	Address func(id printing.ID, below string) string
}
