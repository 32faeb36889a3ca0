// Package studentreport is the page about one student's results of one assessment opportunity
// (report.StudentReport), in the order of a reader's questions.
//
// What it says comes from package telling, which paper shares. Read view.go first, then page.templ and section.templ.
package studentreport

import (
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
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
	PDF         layout.Address // the report as PDF; empty leaves it out
	File        layout.Address // the report as a file
}

// telling is what the page says, as paper says it.
func (v View) telling() telling.Report { return telling.Report{Words: v.say(), Report: v.Report} }

func (v View) say() *words.Words { return v.Frame.Say() }
