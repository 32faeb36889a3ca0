package comparison

import (
	"fmt"

	"github.com/a-h/templ"

	"scorehouse/internal/web/layout"
)

// years are the choices of academic year.
func years(v View) []layout.Option {
	var options []layout.Option
	for _, y := range v.Report.Years {
		options = append(options, layout.Option{Text: v.say().Year(y), Address: v.Address.Without(layout.ReleaseParameter).With("year", fmt.Sprint(int(y))), Current: y == v.Report.Year})
	}
	return options
}

// alignments are the two ways the bars can lie.
func alignments(v View) []layout.Option {
	return []layout.Option{
		{Text: v.say().Comparison.Aligned(), Address: v.Address.Without("align"), Current: !full(v)},
		{Text: v.say().Comparison.Full(), Address: v.Address.With("align", "full"), Current: full(v)},
	}
}

// sorts are the sort orders, for screens too narrow for a head with links: those of every column.
func sorts(v View) []layout.Option {
	present := sortOf(v)
	option := func(text, key string) layout.Option {
		return layout.Option{Text: text, Address: v.Address.With("sort", key), Current: key == present}
	}
	options := []layout.Option{option(v.say().Comparison.Name(), "name")}
	for _, s := range v.Report.Subjects {
		options = append(options, option(v.say().Subject(s), "-"+standardKey+string(s)))
	}
	for _, s := range v.Report.Subjects {
		options = append(options, option(v.say().File.OfSubject(s, v.say().Comparison.Tested()), "-"+testedKey+string(s)))
		if v.Report.Before != 0 {
			options = append(options, option(v.say().File.OfSubject(s, v.say().Comparison.Change()), "-"+changeKey+string(s)))
		}
	}
	return options
}

// sortAttribute is aria-sort of the one column that is sorted.
func sortAttribute(s layout.Sorting) templ.Attributes {
	if s.Now == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": s.Now}
}
