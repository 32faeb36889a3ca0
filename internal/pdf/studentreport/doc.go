// Package studentreport sets a student's report on paper: one sheet of two sides for each subject, in the order of a reader's questions, with
// the words and charts of the screen. It takes a report.StudentReport and gives a tagged PDF: alone (Write) or as one of many in a document
// (Bundle).
//
// What fits on two sides is seen to here: spaces shrink, and what still does not fit goes on to another sheet rather than over an edge.
//
// Read studentreport.go first, then sheet.go, sections.go, blocks.go and bundle.go.
package studentreport
