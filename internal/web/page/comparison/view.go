// Package comparison is the page that compares the districts of a state, the schools of a district or the grades
// of a school (report.Comparison).
//
// The query of its address: year, the filters of report.Filters under their wire names, only (row ids, repeated
// or joined by commas), sort and align. Read view.go first, then rows.go and words.go, then page.templ.
package comparison

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything the page shows. Rows are sorted here (the report comes in order of name); the sort and the
// alignment of the bars are read from Address.
type View struct {
	Frame   layout.Frame
	Report  report.Comparison
	Address layout.Address

	// RowAddress is where a row leads: the district, the school, the list of students. Empty leaves the name
	// without a link: a grade whose students the viewer may not see. Page adds the year and the filters to it.
	RowAddress func(report.ComparisonRow) string
	File       layout.Address // the table as a file
	Widened    layout.Address // the same with filters that everybody may ask by, where the address has part of one; zero otherwise
	Print      layout.Address // asks how the reports of its students shall be printed; empty leaves it out
}

// Key says everything that the page shows inside its frame besides the numbers of the report and the words: with the same report, words and key, it is the
// same for everybody.
func (v View) Key() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n", v.Address, v.File, v.Widened, v.Print, v.Report.Told.Key)
	for _, row := range every(v.Report) {
		fmt.Fprintf(h, "%q %t %t\n", row.ID, row.Students, row.Exact)
	}
	for _, row := range v.Report.Rows {
		fmt.Fprintln(h, v.RowAddress(row))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (v View) say() *words.Words { return v.Frame.Say() }
