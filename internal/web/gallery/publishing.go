package gallery

import (
	"math/rand/v2"
	"net/url"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/published"
	"scorehouse/internal/words"
)

// publishing are the pages that everybody may read.
func publishing(w *words.Words) []Sample {
	var all []Sample
	add := func(name, title, query string, c released.Comparison) {
		all = append(all, Sample{"published-" + name, "Published: " + title, published.Page(publishedView(w, c, query)), false})
	}
	add("districts", "districts of a state; withheld, no results, ranges, long names", "", publishedDistricts(""))
	add("numbers", "levels in numbers, sorted by percent", "view=numbers&sort=-standard.Math", publishedDistricts(""))
	group := publishedDistricts("")
	group.Filtered = true
	thinned(&group)
	add("group", "one group of students", "dmgPrgIep=Y", group)
	add("schools", "schools of a district in an older year, one part not published", "year=2025", publishedSchools())
	one := publishedSchools()
	one.Rows, one.Year = one.Rows[:1], 2026
	add("one-school", "a district with one school", "", one)
	add("grades", "grades of a school", "", publishedGrades())
	grades := publishedGrades()
	grades.Filtered = true
	thinned(&grades)
	for i := range grades.Rows {
		grades.Rows[i].Results = outsideAll(disclosure.TooDeep)
	}
	add("group-of-school", "one group of students of a school: no grades", "sex=female", grades)
	apart := publishedDistricts("")
	releasedApart(&apart)
	add("apart", "subjects released apart; three releases of the year", "", apart)
	earlier := publishedDistricts("")
	releasedApart(&earlier)
	earlier.AsOf, earlier.Subjects[0].Kind, earlier.Subjects[0].At = 2, release.Preliminary, earlier.Releases[2].At
	add("earlier", "what was read before the newest release", "release=2", earlier)
	deep := publishedDistricts(disclosure.TooDeep)
	add("combination", "outside the catalogue: groups of two kinds", "sex=female&dmgPrgIep=Y", deep)
	folded := publishedDistricts(disclosure.Folded)
	add("folded", "outside the catalogue: no without not stated", "dmgPrgIep=N", folded)
	year := publishedDistricts("")
	year.Year, year.Refusal, year.Kind, year.Rows, year.Overall, year.Subjects, year.Catalogue = 2019, disclosure.NoSuchYear, "", nil, released.Row{}, nil, nil
	add("no-year", "a year of which nothing is published", "year=2019", year)
	add("no-place", "a place without results in a year", "", released.Comparison{State: "State of Tamarack", District: release.Place{ID: "x", Name: districtNames[3]}, Year: 2025, Years: []edu.AcademicYear{2026, 2025}})
	add("nothing", "nothing is published yet", "", released.Comparison{State: "State of Tamarack"})
	return all
}

func publishedView(w *words.Words, c released.Comparison, query string) published.View {
	const home = "/public/4hq7c2"
	q, _ := url.ParseQuery(query)
	a := layout.Address{Path: home, Query: q}
	f := layout.Frame{Words: w, Tenant: "State of Tamarack", Home: home, Fiction: true, Trail: []layout.Crumb{{Text: "State of Tamarack", Address: home}}, Public: &layout.Public{}}
	for _, p := range []release.Place{c.District, c.School} {
		if p.ID != "" {
			f.Trail = append(f.Trail, layout.Crumb{Text: p.Name, Address: home + "/p/" + p.ID})
		}
	}
	for _, l := range words.Languages() {
		f.Public.Languages = append(f.Public.Languages, layout.Option{Text: l.Name, Address: a.With(layout.LanguageField, l.Code), Current: l.Code == w.Language.Code})
	}
	return published.View{Frame: f, Report: c, Address: a, Widened: a.With("dmgPrgIep", "N,NS"), CSV: layout.Address{Path: home + ".csv", Query: q}, JSON: layout.Address{Path: home + ".json", Query: q},
		RowAddress: func(r released.Row) string {
			if r.Grade != 0 {
				return ""
			}
			return home + "/p/" + r.ID
		}}
}

// told is what a group of n students whose middle lies at a level is told of.
func told(rng *rand.Rand, s edu.Subject, n int, middle float64) disclosure.Answer {
	d, p := spread(rng, s, n, middle), disclosure.DefaultPolicy()
	above := d.Levels[2].Count + d.Levels[3].Count
	a := disclosure.Answer{Visibility: disclosure.Shown, Students: n, AtOrAbove: p.Band(above, n)}
	for _, l := range d.Levels {
		a.Levels = append(a.Levels, p.Band(l.Count, n))
	}
	return a
}

func both(rng *rand.Rand, n int, middle float64) []disclosure.Answer {
	return []disclosure.Answer{told(rng, edu.Math, n, middle), told(rng, edu.ELA, n-rng.IntN(3), middle+0.06)}
}

func outsideAll(r disclosure.Refusal) []disclosure.Answer {
	return []disclosure.Answer{{Visibility: disclosure.Outside, Refusal: r}, {Visibility: disclosure.Outside, Refusal: r}}
}

func releasedComparison() released.Comparison {
	return released.Comparison{
		State: "State of Tamarack", Year: 2026, Years: []edu.AcademicYear{2026, 2025, 2024}, Kind: release.Final, At: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC),
		Catalogue: disclosure.NewCatalogue(disclosure.DefaultPolicy(), edu.TestedGrades),
		Subjects:  []released.Subject{{Subject: edu.Math, Levels: longNames[:], MinN: 11}, {Subject: edu.ELA, Levels: longNames[:], MinN: 11}},
	}
}

// releasedApart makes a comparison one of mathematics released before English, then corrected.
func releasedApart(c *released.Comparison) {
	for i, k := range []release.Kind{release.Correction, release.Final, release.Preliminary} {
		c.Releases = append(c.Releases, release.Heading{Year: c.Year, Number: 3 - i, Kind: k, At: c.At.AddDate(0, 0, -30*i)})
	}
	c.Kind = release.Correction
	c.Subjects[0].Release, c.Subjects[0].Kind, c.Subjects[0].At = 3, release.Correction, c.Releases[0].At
	c.Subjects[1].Release, c.Subjects[1].Kind, c.Subjects[1].At = 2, release.Final, c.Releases[1].At
}

func publishedDistricts(refusal disclosure.Refusal) released.Comparison {
	rng, c := rand.New(rand.NewPCG(7, 7)), releasedComparison()
	c.Overall = released.Row{Name: "Tamarack", Results: both(rng, 12480, 0.47)}
	for i, name := range districtNames {
		row := released.Row{ID: "d" + string(rune('a'+i)), Name: name, Results: both(rng, 200+rng.IntN(2600), 0.3+rng.Float64()*0.4)}
		switch i {
		case 3:
			row.Results = both(rng, 26, 0.25)
		case 6:
			row.Results = both(rng, 31, 0.55)
		case 8:
			row.Results = []disclosure.Answer{{Visibility: disclosure.NoStudents}, {Visibility: disclosure.NoStudents}}
		case 9:
			row.Results = both(rng, 64, 0.02)
		case 10, 12:
			row.Results = []disclosure.Answer{{Visibility: disclosure.Hidden}, {Visibility: disclosure.Hidden}}
		case 11:
			row.Results[1] = disclosure.Answer{Visibility: disclosure.Hidden}
		}
		c.Rows = append(c.Rows, row)
	}
	if refusal != "" {
		c.Filtered, c.Overall.Results = true, outsideAll(refusal)
		for i := range c.Rows {
			c.Rows[i].Results = outsideAll(refusal)
		}
	}
	return c
}

func publishedSchools() released.Comparison {
	rng, c := rand.New(rand.NewPCG(8, 8)), releasedComparison()
	c.District, c.Year, c.Kind = release.Place{ID: "bright", Name: "Bright Water Unified School District"}, 2025, release.Preliminary
	c.Overall, c.Benchmarks = released.Row{ID: "bright", Name: c.District.Name, Results: both(rng, 3140, 0.47)}, []released.Row{{Name: "Tamarack", Results: both(rng, 12480, 0.5)}}
	for i, name := range []string{"Ada Lovelace K-8 School", "Cesar Chavez Academy of Arts and Sciences", "Dr. Martin Luther King, Jr. Middle School", "Harriet Tubman Elementary School", "Juniper Elementary School", "Nokomis High School"} {
		row := released.Row{ID: "s" + string(rune('a'+i)), Name: name, Results: both(rng, 18+rng.IntN(400), 0.2+rng.Float64()*0.6)}
		if i == 1 || i == 4 {
			row.Results[0] = disclosure.Answer{Visibility: disclosure.Hidden}
		}
		row.Results[1] = disclosure.Answer{Visibility: disclosure.Outside, Refusal: disclosure.NotReleased}
		c.Rows = append(c.Rows, row)
	}
	for _, row := range []*released.Row{&c.Overall, &c.Benchmarks[0]} {
		row.Results[1] = disclosure.Answer{Visibility: disclosure.Outside, Refusal: disclosure.NotReleased}
	}
	return c
}

func publishedGrades() released.Comparison {
	rng, c := rand.New(rand.NewPCG(9, 9)), releasedComparison()
	c.District, c.School, c.Kind = release.Place{ID: "alder", Name: districtNames[0]}, release.Place{ID: "ada", Name: "Ada Lovelace K-8 School"}, release.Correction
	c.Overall = released.Row{ID: "ada", Name: c.School.Name, Results: both(rng, 318, 0.47)}
	c.Benchmarks = []released.Row{{Name: "Tamarack", Results: both(rng, 12480, 0.5)}, {ID: "alder", Name: c.District.Name, Results: both(rng, 3148, 0.47)}}
	for _, g := range []edu.Grade{3, 4, 5, 6, 7, 8} {
		c.Rows = append(c.Rows, released.Row{ID: g.Code(), Grade: g, Results: both(rng, 28+rng.IntN(30), 0.35+rng.Float64()*0.3)})
	}
	return c
}

// thinned makes answers those of a group of students: fewer, of those without filters.
func thinned(c *released.Comparison) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, rows := range [][]released.Row{{c.Overall}, c.Benchmarks, c.Rows} {
		for _, row := range rows {
			for i, a := range row.Results {
				if a.Visibility != disclosure.Shown {
					continue
				}
				if a.Students < 150 {
					row.Results[i] = disclosure.Answer{Visibility: disclosure.Hidden}
					continue
				}
				row.Results[i] = told(rng, edu.Subjects[i], a.Students/9, 0.28)
				row.Results[i].OutOf = a.Students
			}
		}
	}
}
