package gallery

import (
	"math/rand/v2"
	"net/url"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/comparison"
	"scorehouse/internal/words"
)

type comparisonSample struct {
	name, title string
	view        comparison.View
}

func comparisons(w *words.Words) []comparisonSample {
	districts := districtsOfState()
	filtered := districtsOfState()
	filtered.Filtered = true
	for i := range filtered.Rows {
		for k := range filtered.Rows[i].Results {
			d := &filtered.Rows[i].Results[k]
			if d.Visibility == report.Shown && d.Students > 60 {
				d.Unfiltered, d.Students = d.Students, d.Students/5
			}
		}
	}
	awaited := districtsOfState()
	awaited.Awaited = 2027
	two := districtsOfState()
	two.Rows = two.Rows[2:4]
	return []comparisonSample{
		{"districts", "districts of a state; withheld, interim only, no results, small groups, long names", comparisonView(w, districts, "/s/tk", "")},
		{"districts-sorted-full", "full-width bars, sorted by percent", comparisonView(w, districts, "/s/tk", "align=full&sort=-standard.Math")},
		{"awaited", "last year's results while this year's are not in, sorted by change", comparisonView(w, awaited, "/s/tk", "sort=-change.ELA")},
		{"filtered", "with filters", comparisonView(w, filtered, "/s/tk", "ethnicity=2&ethnicity=3&dmgPrgIep=Y&year=2026")},
		{"selected", "two selected districts", comparisonView(w, two, "/s/tk", "only=D002,D003")},
		{"schools", "three hundred schools of an older year", comparisonView(w, schoolsOfDistrict(300), "/s/tk/d/1", "year=2025")},
		{"grades", "grades of a school; one grade not open to the viewer", comparisonView(w, gradesOfSchool(), "/s/tk/d/1/sc/1", "")},
		{"tiny", "a school of one student, for somebody who may see the student", comparisonView(w, tinySchool(), "/s/tk/d/1/sc/2", "")},
		{"told", "what everybody is told: ranges, withheld districts; one district of the reader's own, exact", comparisonView(w, toldDistricts(0), "/s/tk", "")},
		{"told-all", "the same for somebody who may see no student, as of an earlier release", comparisonView(w, earlier(toldDistricts(-1)), "/s/tk", "release=1&sort=-standard.Math")},
		{"told-refused", "two kinds of groups together, for somebody who may see no student", comparisonView(w, refusedComparison(toldDistricts(-1), disclosure.TooDeep), "/s/tk", "ethnicity=2&dmgPrgIep=Y")},
		{"told-refused-some", "the same for somebody who may see one district", comparisonView(w, refusedComparison(toldDistricts(0), disclosure.TooDeep), "/s/tk", "ethnicity=2&dmgPrgIep=Y")},
		{"empty", "no results", comparisonView(w, report.Comparison{Place: report.Institution{StateName: "State of Tamarack"}, Year: 2026, Years: []edu.AcademicYear{2026}}, "/s/tk", "")},
	}
}

// changed fills changes since the year before into a comparison that has such a year: none in the third row, one withheld in the fifth.
func changed(r *report.Comparison) {
	if len(r.Years) < 2 || r.Year <= r.Years[len(r.Years)-1] {
		return
	}
	r.Before = r.Year - 1
	rng := rand.New(rand.NewPCG(5, 5))
	for i, rows := range [][]report.ComparisonRow{{r.Overall}, r.Benchmark, r.Rows} {
		for k, row := range rows {
			for n := range row.Results {
				d := &row.Results[n]
				known := d.Visibility == report.Shown && !(i == 2 && (k == 2 || k == 4)) && (d.Told == nil || d.Told.AtOrAbove.Low == d.Told.AtOrAbove.High)
				switch {
				case known && i < 2:
					d.Change = report.Change{Known: true, Points: rng.IntN(7) - 3}
				case known:
					d.Change = report.Change{Known: true, Points: rng.IntN(25) - 12}
				case d.Visibility == report.Withheld || k == 4 || d.Told != nil && d.Visibility == report.Shown:
					d.Change = report.Change{Withheld: true}
				}
			}
		}
	}
}

func comparisonView(w *words.Words, r report.Comparison, path, query string) comparison.View {
	changed(&r)
	if r.Told.Key == "" {
		r.Overall.Exact = true
		for _, rows := range [][]report.ComparisonRow{r.Benchmark, r.Rows} {
			for i := range rows {
				rows[i].Exact = true
			}
		}
	}
	q, _ := url.ParseQuery(query)
	crumbs := []string{}
	for _, name := range []string{r.Place.District.Name, r.Place.School.Name} {
		if name != "" {
			crumbs = append(crumbs, name)
		}
	}
	f := frame(w, crumbs...)
	if r.Level == report.GradesOfSchool {
		f.Quick = []layout.Links{{Heading: w.Start.YourDistricts(), Links: []layout.Crumb{{Text: districtNames[3], Address: "#"}, {Text: districtNames[5], Address: "#"}}},
			{Heading: w.Start.YourSchools(), Links: []layout.Crumb{{Text: "Ada Lovelace K-8 School", Address: "#"}, {Text: "Otter Lake One-Room School", Address: "#"}}}}
	}
	return comparison.View{
		Print: layout.Address{Path: path + "/print", Query: q},
		File:  layout.Address{Path: path + ".csv", Query: q},
		Frame: f, Report: r, Address: layout.Address{Path: path, Query: q},
		RowAddress: func(row report.ComparisonRow) string {
			if r.Level == report.GradesOfSchool && !row.Students {
				return ""
			}
			return path + "/" + row.ID
		},
	}
}

// spread makes a distribution of n students whose middle lies at a level between 0 and 1.
func spread(rng *rand.Rand, subject edu.Subject, n int, middle float64) report.Distribution {
	d := report.Distribution{Subject: subject, Students: n, Levels: make([]report.LevelCount, 4)}
	for i := range d.Levels {
		d.Levels[i] = report.LevelCount{Level: i + 1, Name: longNames[i]}
	}
	for range n {
		at := middle*4 + rng.NormFloat64()*1.15
		d.Levels[min(max(int(at), 0), 3)].Count++
	}
	left := 100
	for i := range d.Levels[:3] {
		d.Levels[i].Percent = (d.Levels[i].Count*100 + n/2) / n
		left -= d.Levels[i].Percent
	}
	d.Levels[3].Percent = max(left, 0)
	d.AtOrAbove = d.Levels[2].Percent + d.Levels[3].Percent
	return d
}

// toldDistricts are the districts of a state as everybody is told of them, but for one of the reader's own; -1 for none.
func toldDistricts(own int) report.Comparison {
	c, public := districtsOfState(), publishedDistricts("")
	at := time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)
	c.Told = report.ToldOf{Key: "told", Releases: []report.ToldRelease{{Number: 2, Kind: "final", At: at}, {Number: 1, Kind: "preliminary", At: at.AddDate(0, -2, 0)}}}
	for i, s := range c.Subjects {
		c.Told.Subjects = append(c.Told.Subjects, report.ToldSubject{Kind: "final", At: at, MinN: 11})
		c.Overall.Results[i] = toldCell(s, public.Overall.Results[i])
	}
	for k := range c.Rows {
		c.Rows[k].Exact, c.Rows[k].Students = k == own, k == own
		for i, s := range c.Subjects {
			if k != own {
				c.Rows[k].Results[i] = toldCell(s, public.Rows[k].Results[i])
			}
		}
	}
	return c
}

func toldCell(s edu.Subject, a disclosure.Answer) report.Distribution {
	d := report.Distribution{Subject: s, Students: a.Students, Unfiltered: a.OutOf, Told: &a}
	switch a.Visibility {
	case disclosure.Hidden:
		d.Visibility = report.Withheld
	case disclosure.NoStudents:
		d.Visibility = report.NoResults
	case disclosure.Outside:
		d.Visibility = report.Unanswered
	}
	return d
}

// earlier makes a comparison one as of an earlier release.
func earlier(c report.Comparison) report.Comparison {
	c.Told.AsOf = 1
	for i := range c.Told.Subjects {
		c.Told.Subjects[i].Kind, c.Told.Subjects[i].At = "preliminary", c.Told.Releases[1].At
	}
	return c
}

// refusedComparison makes what everybody is told in it nothing.
func refusedComparison(c report.Comparison, why disclosure.Refusal) report.Comparison {
	c.Filtered = true
	for _, rows := range [][]report.ComparisonRow{{c.Overall}, c.Rows} {
		for _, row := range rows {
			for i, d := range row.Results {
				if d.Told != nil {
					row.Results[i] = toldCell(d.Subject, disclosure.Answer{Visibility: disclosure.Outside, Refusal: why})
				} else if d.Visibility == report.Shown {
					row.Results[i].Unfiltered, row.Results[i].Students = d.Students, max(1, d.Students/9)
				}
			}
		}
	}
	return c
}

func hidden(subject edu.Subject, v report.Visibility) report.Distribution {
	return report.Distribution{Subject: subject, Visibility: v}
}

var districtNames = []string{
	"Alder Falls School District", "Bright Water Unified School District", "Cañon del Oro Community School District",
	"Consolidated Community School District of Upper Tamarack Bay No. 14", "Copper Ridge School District", "Évangéline–Saint-Laurent Parish Schools",
	"Hmong Village Charter Network", "Lake of Two Rivers School District", "Nguyễn Thị Minh Khai Academy District",
	"North Tamarack School District", "Otter Lake One-Room School", "Prairie du Loup School District", "South Tamarack School District", "Timber Point School District",
}

func districtsOfState() report.Comparison {
	rng := rand.New(rand.NewPCG(7, 7))
	c := report.Comparison{
		Level: report.DistrictsOfState, Place: report.Institution{StateName: "State of Tamarack"}, Year: 2026, Years: []edu.AcademicYear{2026, 2025, 2024},
		Subjects: edu.Subjects, Levels: [][]string{longNames[:], longNames[:]}, MinN: 11,
		NotStated: &report.NotStated{LimitedEnglish: 2, IEP: 0, Section504: 11, EconomicDisadvantage: 0, Migrant: 4, Ethnicity: 3, Sex: 1},
		Overall:   report.ComparisonRow{Name: "Tamarack", Results: []report.Distribution{spread(rng, edu.Math, 12480, 0.47), spread(rng, edu.ELA, 12391, 0.53)}},
	}
	for i, name := range districtNames {
		middle, n := 0.3+rng.Float64()*0.4, 200+rng.IntN(2600)
		row := report.ComparisonRow{ID: "D" + string(rune('a'+i)), Name: name, Results: []report.Distribution{spread(rng, edu.Math, n, middle), spread(rng, edu.ELA, n-rng.IntN(40), middle+0.06)}}
		switch i {
		case 6:
			row.Results = []report.Distribution{spread(rng, edu.Math, 19, 0.5), spread(rng, edu.ELA, 22, 0.6)}
		case 8:
			row.Results = []report.Distribution{hidden(edu.Math, report.InterimOnly), hidden(edu.ELA, report.NoResults)}
		case 10:
			row.Results = []report.Distribution{spread(rng, edu.Math, 4, 0.5), spread(rng, edu.ELA, 1, 0.6)}
		case 11:
			row.Results[1] = spread(rng, edu.ELA, 7, 0.1)
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func schoolsOfDistrict(n int) report.Comparison {
	rng := rand.New(rand.NewPCG(8, 8))
	c := report.Comparison{
		Level: report.SchoolsOfDistrict, Place: report.Institution{StateName: "State of Tamarack", District: edu.District{ID: "1", Name: "Bright Water Unified School District"}},
		Year: 2025, Years: []edu.AcademicYear{2026, 2025, 2024}, Subjects: edu.Subjects, Levels: [][]string{longNames[:], longNames[:]}, MinN: 11,
		Overall:   report.ComparisonRow{Name: "Bright Water Unified School District", Results: []report.Distribution{spread(rng, edu.Math, 31480, 0.47), spread(rng, edu.ELA, 31391, 0.53)}},
		Benchmark: []report.ComparisonRow{{Name: "Tamarack", Results: []report.Distribution{spread(rng, edu.Math, 112480, 0.5), spread(rng, edu.ELA, 112391, 0.55)}}},
	}
	first := []string{"Juniper", "Ada Lovelace", "Cesar Chavez", "Lincoln", "Nokomis", "Harriet Tubman", "River Bend", "Sacagawea", "Marie Curie", "Dr. Martin Luther King, Jr."}
	last := []string{"Elementary School", "Middle School", "High School", "Academy of Arts and Sciences", "K-8 School"}
	for i := range n {
		row := report.ComparisonRow{ID: string(rune('A' + i%26)), Name: first[i%10] + " " + last[i/10%5]}
		k := 20 + rng.IntN(500)
		row.Results = []report.Distribution{spread(rng, edu.Math, k, 0.2+rng.Float64()*0.6), spread(rng, edu.ELA, k, 0.2+rng.Float64()*0.6)}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func gradesOfSchool() report.Comparison {
	rng := rand.New(rand.NewPCG(9, 9))
	c := report.Comparison{
		Level: report.GradesOfSchool, Place: report.Institution{StateName: "State of Tamarack", District: edu.District{ID: "1", Name: "Alder Falls School District"}, School: edu.School{ID: "1", Name: "Ada Lovelace K-8 School"}},
		Year: 2026, Years: []edu.AcademicYear{2026, 2025}, Subjects: edu.Subjects, Levels: [][]string{longNames[:], longNames[:]}, MinN: 11,
		Overall: report.ComparisonRow{Name: "Ada Lovelace K-8 School", Results: []report.Distribution{spread(rng, edu.Math, 318, 0.47), spread(rng, edu.ELA, 316, 0.53)}},
		Benchmark: []report.ComparisonRow{
			{Name: "Alder Falls School District", Results: []report.Distribution{spread(rng, edu.Math, 3148, 0.47), spread(rng, edu.ELA, 3139, 0.53)}},
			{Name: "Tamarack", Results: []report.Distribution{spread(rng, edu.Math, 12480, 0.5), spread(rng, edu.ELA, 12391, 0.55)}},
		},
	}
	for i, g := range []edu.Grade{3, 4, 5, 6, 7, 8} {
		n := 45 + rng.IntN(20)
		c.Rows = append(c.Rows, report.ComparisonRow{ID: g.Code(), Name: g.String(), Grade: g, Students: i != 3,
			Results: []report.Distribution{spread(rng, edu.Math, n, 0.35+rng.Float64()*0.3), spread(rng, edu.ELA, n, 0.35+rng.Float64()*0.3)}})
	}
	return c
}

func tinySchool() report.Comparison {
	c := gradesOfSchool()
	c.Place.School = edu.School{ID: "2", Name: "Otter Lake One-Room School"}
	c.Rows = c.Rows[:1]
	rng := rand.New(rand.NewPCG(2, 2))
	c.Rows[0].Results = []report.Distribution{spread(rng, edu.Math, 1, 0.5), hidden(edu.ELA, report.NoResults)}
	c.Overall = report.ComparisonRow{Name: "Otter Lake One-Room School", Results: c.Rows[0].Results, Exact: true}
	return c
}
