// Package published is the page that everybody may read: how the districts of a state, the schools of a district or the grades of a school compare in a release
// (released.Comparison). Its numbers are what package disclosure says: a number of students, and a band of percents for each level.
//
// The query of its address: year, release, one filter of the catalogue (or two where the state combines them), sort, view and lang. Read view.go, then choice.go, rows.go
// and words.go, then page.templ.
package published

import (
	"fmt"

	"scorehouse/internal/report"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything the page shows. Rows are sorted here; sort and view are read from Address.
type View struct {
	Frame   layout.Frame
	Report  released.Comparison
	Address layout.Address
	Widened layout.Address // the same with filters that the catalogue has, where the address has part of one; zero otherwise

	RowAddress func(released.Row) string // where a row leads; empty for grades
	CSV, JSON  layout.Address            // the table as files
}

func (v View) say() *words.Words { return v.Frame.Say() }

// years are the choices of academic year.
func years(v View) []layout.Option {
	var options []layout.Option
	for _, y := range v.Report.Years {
		options = append(options, layout.Option{Text: v.say().Year(y), Address: v.timeless().With("year", fmt.Sprint(int(y))), Current: y == v.Report.Year})
	}
	return options
}

// timeless is the address without a release: those of one year mean nothing in another.
func (v View) timeless() layout.Address { return v.Address.Without(layout.ReleaseParameter) }

// releases are those of the year, the newest first.
func releases(v View) []report.ToldRelease {
	all := make([]report.ToldRelease, len(v.Report.Releases))
	for i, h := range v.Report.Releases {
		all[i] = report.ToldRelease{Number: h.Number, Kind: string(h.Kind), At: h.At}
	}
	return all
}

// inNumbers reports whether the levels are shown as numbers instead of bars.
func inNumbers(v View) bool { return v.Address.Get("view") == "numbers" }

// views are the two ways to show the levels.
func views(v View) []layout.Option {
	return []layout.Option{
		{Text: v.say().Published.Bars(), Address: v.Address.Without("view"), Current: !inNumbers(v)},
		{Text: v.say().Published.Numbers(), Address: v.Address.With("view", "numbers"), Current: inNumbers(v)},
	}
}

// sorts are the sort orders, for screens too narrow for a head with links.
func sorts(v View) []layout.Option {
	option := func(text, key string) layout.Option {
		return layout.Option{Text: text, Address: v.Address.With("sort", key), Current: key == sortOf(v)}
	}
	options := []layout.Option{option(v.say().Comparison.Name(), "name")}
	for _, s := range v.Report.Subjects {
		options = append(options, option(v.say().Subject(s.Subject), "-"+standardKey+string(s.Subject)))
	}
	for _, s := range v.Report.Subjects {
		options = append(options, option(v.say().File.OfSubject(s.Subject, v.say().Comparison.Tested()), "-"+testedKey+string(s.Subject)))
	}
	return options
}
