package published

import (
	"slices"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
)

// group is a kind of group of students, such as sex.
type group struct {
	label, note string
	options     []option
}

// option is one group of it: a link that chooses it, or lets go of it.
type option struct {
	text    string
	address layout.Address
	chosen  bool
}

// groups are what the catalogue has to choose from. Choosing cannot leave the catalogue: it lets go of what cannot be combined.
func groups(v View) []group {
	if v.Report.Catalogue == nil {
		return nil
	}
	var all []group
	for _, f := range filter.All(v.say()) {
		var a disclosure.Attribute
		if a.UnmarshalText([]byte(f.Parameter)) != nil || a == disclosure.Grade && v.Report.Level() == released.Grades {
			continue
		}
		g := group{label: f.Label, note: f.Note}
		for _, o := range v.Report.Catalogue.OptionsOf(a) {
			values := codes(o)
			g.options = append(g.options, option{label(v, f, o), choose(v, o, values), hasAll(v.Address.Values(f.Parameter), values)})
		}
		if len(g.options) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// codes are an option's values as addresses have them.
func codes(o disclosure.Option) []string {
	all := make([]string, len(o.Values))
	for i, x := range o.Values {
		all[i] = released.Code(o.Attribute, x)
	}
	return all
}

// label is what an option is called: no and not stated are one.
func label(v View, f filter.Field, o disclosure.Option) string {
	first := released.Code(o.Attribute, o.Values[0])
	text := first
	if i := slices.IndexFunc(f.Choices, func(c filter.Choice) bool { return c.Value == first }); i >= 0 {
		text = f.Choices[i].Label
	} else if o.Attribute == disclosure.Grade {
		text = v.say().Grade(gradeOf(o))
	}
	if o.Rest {
		return v.say().Published.OrNotStated(text)
	}
	return text
}

func hasAll(chosen, values []string) bool {
	return !slices.ContainsFunc(values, func(x string) bool { return !slices.Contains(chosen, x) })
}

// choose is the address with an option chosen, or let go of. Several of one kind may be chosen together unless another kind is chosen too.
func choose(v View, o disclosure.Option, values []string) layout.Address {
	hub, kind := v.Report.Catalogue.Policy().Hub, o.Attribute.String()
	a, combined := v.Address, false
	for _, other := range set(v) {
		switch {
		case other == o.Attribute:
		case hub != disclosure.NoAttribute && (other == hub || o.Attribute == hub) && !combined:
			combined = true
		default:
			a = a.Without(other.String())
		}
	}
	chosen := a.Values(kind)
	switch {
	case hasAll(chosen, values):
		chosen = slices.DeleteFunc(chosen, func(x string) bool { return slices.Contains(values, x) })
	case combined:
		chosen = values
	default:
		chosen = append(chosen, values...)
	}
	return a.With(kind, chosen...)
}

// set are the attributes that the address filters by.
func set(v View) []disclosure.Attribute {
	var all []disclosure.Attribute
	for a := disclosure.Grade; a <= disclosure.Complete; a++ {
		if len(v.Address.Values(a.String())) > 0 {
			all = append(all, a)
		}
	}
	return all
}

// unfiltered is the address without filters.
func unfiltered(v View) layout.Address {
	a := v.Address
	for _, s := range set(v) {
		a = a.Without(s.String())
	}
	return a
}

// tags are the groups that are chosen.
func tags(v View) []filter.Tag {
	var all []filter.Tag
	for _, g := range groups(v) {
		for _, o := range g.options {
			if o.chosen {
				all = append(all, filter.Tag{Text: v.say().Filter.Tag(g.label, o.text), Dropped: o.address})
			}
		}
	}
	return all
}

// hint says what can be chosen.
func hint(v View) string {
	hub := v.Report.Catalogue.Policy().Hub
	for _, f := range filter.All(v.say()) {
		if f.Parameter == hub.String() {
			return v.say().Published.ByGroupHintHub(f.Label)
		}
	}
	return v.say().Published.ByGroupHint()
}
