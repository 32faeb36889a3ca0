// Package studentlist is the page that lists the students of one school, grade and year (report.StudentList).
//
// The query of its address: year, type (summative, interim or blocks), subject (Math, ELA; absent is the
// overview), view (level, cut), group, sort (report.StudentListQuestion.Sort), only (opaque ids of students), page, size, the filters of report.Filters under their
// wire names and validity; of interim blocks also block (which to show) and results (all, with earlier ones). Read view.go first, then page.templ, then table.templ.
package studentlist

import (
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything the page shows. Rows come in the order to show; Address says which sort that is.
type View struct {
	Frame   layout.Frame
	Report  report.StudentList
	Address layout.Address

	// StudentAddress is the address of a student's report for the row's opportunity (interim comprehensive: the
	// row's day). Empty leaves the name without a link.
	StudentAddress func(report.StudentRow) string
	Pages          layout.Pages   // which part of the list the rows are
	File           layout.Address // the whole list as a file
	Print          layout.Address // asks how reports shall be printed, of all students or of those ticked; empty leaves it out
}

func (v View) say() *words.Words { return v.Frame.Say() }
