package gallery

import (
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/page/search"
	"scorehouse/internal/words"
)

// searches are the page of the search: much found, one student, nothing, too short a text, nothing looked for yet.
func searches(w *words.Words) []Sample {
	view := func(text string, f report.Found) search.View {
		in := frame(w, w.Start.Search())
		in.Search = ""
		return search.View{Frame: in, To: "#", Text: text, Found: f,
			PlaceAddress: func(report.Institution) string { return "#" }, StudentAddress: func(report.FoundStudent) string { return "#" }}
	}
	many := report.Found{More: true}
	for i, name := range districtNames {
		place := report.Institution{District: edu.District{ID: "1", Name: name}}
		if i%2 == 1 {
			place.School = edu.School{ID: "2", Name: "Dr. Martin Luther King, Jr. Academy of Arts and Sciences"}
		}
		many.Places = append(many.Places, place)
		s := people[i%len(people)]
		s.Code = "TK0001017"
		place.School = edu.School{ID: "2", Name: "Ada Lovelace K-8 School"}
		many.Students = append(many.Students, report.FoundStudent{Student: s, Place: place, Grade: 4, Year: 2026})
	}
	return []Sample{
		{"search", "Search: more than can be shown, long and right-to-left names", search.Page(view("a", many)), false},
		{"search-one", "Search: one student", search.Page(view("Featherstonehaugh-Montgomery-Bergerdorff", report.Found{Students: many.Students[4:5]})), false},
		{"search-nothing", "Search: nothing", search.Page(view("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft", report.Found{})), false},
		{"search-short", "Search: one letter", search.Page(view("x", report.Found{TooShort: true})), false},
		{"search-blank", "Search: the form alone", search.Page(view("", report.Found{})), false},
	}
}
