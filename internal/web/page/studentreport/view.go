// Package studentreport is the page about one student's results of one assessment opportunity
// (report.StudentReport), in the order of a reader's questions.
//
// Read view.go first, then words.go (what the page says), then page.templ and section.templ.
package studentreport

import (
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything the page shows.
type View struct {
	Frame   layout.Frame
	Report  report.StudentReport
	Address layout.Address

	// OpportunityAddress is the address of the report on another opportunity of the same student.
	OpportunityAddress func(report.Opportunity) string
	// ListAddress leads back to the list of students; empty when there is none to go back to.
	ListAddress string
}

func (v View) say() *words.Words { return v.Frame.Say() }
