package table

import (
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/page/published"
	"scorehouse/internal/words"
)

// OfPublished is a published comparison as a table: all together, the wider places, then the rows in the order they come. Percents are bands: two columns each, the
// lowest and the highest that it may be.
func OfPublished(w *words.Words, c released.Comparison) Table {
	t := Table{Name: "published_results"}
	part := []func() string{w.Comparison.District, w.Comparison.School, w.Comparison.Grade}[c.Level()]()
	t.Head = []string{part, w.File.Id(), w.File.Row()}
	for _, s := range c.Subjects {
		of := func(what string) { t.Head = append(t.Head, w.File.OfSubject(s.Subject, what)) }
		of(w.File.Tested())
		if c.Filtered {
			of(w.File.TestedUnfiltered())
		}
		of(w.Published.FileAtOrAboveLow())
		of(w.Published.FileAtOrAboveHigh())
		for i, name := range s.Levels {
			level := w.LevelInTable(i+1, name)
			of(w.Published.FileLevelLow(level))
			of(w.Published.FileLevelHigh(level))
		}
	}
	add := func(row released.Row, kind string) {
		name := row.Name
		if row.Grade != 0 {
			name = w.Grade(row.Grade)
		}
		cells := []Cell{Text(name), Text(row.ID), Text(kind)}
		for i, a := range row.Results {
			cells = append(cells, ofAnswer(w, a, len(c.Subjects[i].Levels), c.Filtered)...)
		}
		t.Rows = append(t.Rows, cells)
	}
	if c.Subjects == nil {
		return t
	}
	add(c.Overall, w.File.Overall())
	for _, row := range c.Benchmarks {
		add(row, w.File.Reference())
	}
	for _, row := range c.Rows {
		add(row, part)
	}
	return t
}

// ofAnswer are the cells of one subject of a row. Where nothing is shown each says why.
func ofAnswer(w *words.Words, a disclosure.Answer, levels int, filtered bool) []Cell {
	n := 3 + 2*levels
	if filtered {
		n++
	}
	cells := make([]Cell, 0, n)
	if a.Visibility != disclosure.Shown {
		for range n {
			cells = append(cells, Text(published.AbsenceOf(w, a.Visibility)))
		}
		return cells
	}
	cells = append(cells, Number(a.Students))
	switch {
	case filtered && a.OutOf > 0:
		cells = append(cells, Number(a.OutOf))
	case filtered:
		cells = append(cells, Text(w.Frame.Withheld()))
	}
	cells = append(cells, Number(a.AtOrAbove.Low), Number(a.AtOrAbove.High))
	for _, b := range a.Levels {
		cells = append(cells, Number(b.Low), Number(b.High))
	}
	for len(cells) < n {
		cells = append(cells, Cell{})
	}
	return cells
}

// Published is a published comparison. It says what everybody is told: numbers of students, and percents as bands.
type Published struct {
	State    string              `json:"state" doc:"name of the state"`
	District *PublishedPlace     `json:"district,omitempty" doc:"the district, where one is chosen"`
	School   *PublishedPlace     `json:"school,omitempty" doc:"the school, where one is chosen"`
	Year     int                 `json:"year" doc:"academic year, named by its spring: 2026 is 2025-26; 0 when nothing is published"`
	Years    []int               `json:"years" doc:"academic years of which something is published, newest first"`
	Release  string              `json:"release" doc:"what kind of release the numbers are from, the newest of them where subjects were published apart; empty without one" enum:",preliminary,final,correction"`
	On       string              `json:"published_on" doc:"day of that release, 2026-09-01; empty without one"`
	From     []PublishedFrom     `json:"from" doc:"by subject: the release that its numbers are from"`
	Releases []PublishedRelease  `json:"releases" doc:"releases of the year that may be asked for, newest first"`
	RowsAre  string              `json:"rows_are" doc:"what the rows are" enum:"districts,schools,grades"`
	Subjects []edu.Subject       `json:"subjects" doc:"subjects, in the order of the results of each row"`
	Filters  map[string][]string `json:"filters" doc:"filters that are set, by parameter"`
	Refusal  string              `json:"refusal" doc:"why nothing is answered; empty when something is: no_release, nothing of the year is published; no_such_release, the year has no such release, or no more; attribute, results are not divided by it; combination, kinds of groups that are not combined; folded, values that are only counted together were asked for apart; not_released, this part of the results is not published" enum:",no_release,no_such_release,attribute,combination,folded,not_released"`
	Overall  *PublishedRow       `json:"overall" doc:"the place asked for; null when nothing is published"`
	Wider    []PublishedRow      `json:"reference" doc:"wider places, for comparison, the widest first"`
	Rows     []PublishedRow      `json:"rows" doc:"the rows, in the order asked for"`
}

// PublishedRelease is a release of a year.
type PublishedRelease struct {
	Number  int    `json:"number" doc:"its number among those of the year, for the parameter release; withdrawn ones count, so it does not change"`
	Release string `json:"release" doc:"what kind it is" enum:"preliminary,final,correction"`
	On      string `json:"published_on" doc:"its day, 2026-09-01"`
}

// PublishedFrom is the release of a subject.
type PublishedFrom struct {
	Subject edu.Subject `json:"subject" doc:"the subject"`
	Number  int         `json:"number" doc:"its number among those of the year"`
	Release string      `json:"release" doc:"what kind it is" enum:"preliminary,final,correction"`
	On      string      `json:"published_on" doc:"its day, 2026-09-01"`
}

// PublishedPlace is a district or a school.
type PublishedPlace struct {
	ID   string `json:"id" doc:"public identifier: the same in every year and release"`
	Name string `json:"name" doc:"name of the place"`
}

// PublishedRow is one district, school or grade.
type PublishedRow struct {
	ID      string            `json:"id" doc:"public identifier of the district or school, or the grade as two characters; empty for the state"`
	Name    string            `json:"name" doc:"name; empty for grades"`
	Results []PublishedResult `json:"results" doc:"one for each subject"`
}

// PublishedResult is how a group did on one subject, as far as everybody is told.
type PublishedResult struct {
	Subject    edu.Subject      `json:"subject" doc:"the subject"`
	Visibility string           `json:"visibility" doc:"whether numbers are shown; where they are not, all are null" enum:"shown,withheld,no_results,not_published"`
	Students   *int             `json:"students" doc:"students with a counted result"`
	Unfiltered *int             `json:"students_unfiltered" doc:"the same without filters; null without filters, and where it is withheld"`
	AtOrAbove  *Band            `json:"at_or_above_percent" doc:"percent of the students at or above the standard"`
	Levels     []PublishedLevel `json:"levels" null:"where not shown" doc:"percent of the students by performance level, lowest first; null where not shown"`
}

// Band is a percent of which only a range is told.
type Band struct {
	Low  int `json:"low" doc:"the lowest whole percent that it may be, rounded"`
	High int `json:"high" doc:"the highest"`
}

// PublishedLevel is one level.
type PublishedLevel struct {
	Level   int    `json:"level" doc:"number of the level, 1 the lowest"`
	Name    string `json:"name" doc:"name of the level, as delivered"`
	Percent Band   `json:"percent" doc:"percent of the students on the level"`
}

var toldVisibilities = map[disclosure.Visibility]string{disclosure.Shown: "shown", disclosure.Hidden: "withheld", disclosure.NoStudents: "no_results", disclosure.Outside: "not_published"}

// PublishedJSON is a published comparison for programs. Filters are those of the address.
func PublishedJSON(c released.Comparison, filters map[string][]string) Published {
	p := Published{State: c.State, Year: int(c.Year), Years: years(c.Years), Release: string(c.Kind), RowsAre: []string{"districts", "schools", "grades"}[c.Level()],
		Subjects: []edu.Subject{}, Filters: filters, Refusal: string(c.Refused()), Wider: []PublishedRow{}, Rows: []PublishedRow{}, From: []PublishedFrom{}, Releases: []PublishedRelease{}}
	for _, h := range c.Releases {
		p.Releases = append(p.Releases, PublishedRelease{h.Number, string(h.Kind), h.At.Format(time.DateOnly)})
	}
	if c.District.ID != "" {
		p.District = &PublishedPlace{c.District.ID, c.District.Name}
	}
	if c.School.ID != "" {
		p.School = &PublishedPlace{c.School.ID, c.School.Name}
	}
	if c.Subjects == nil {
		return p
	}
	p.On = c.At.Format(time.DateOnly)
	for _, s := range c.Subjects {
		p.Subjects = append(p.Subjects, s.Subject)
		p.From = append(p.From, PublishedFrom{s.Subject, s.Release, string(s.Kind), s.At.Format(time.DateOnly)})
	}
	p.Overall = new(publishedRow(c, c.Overall))
	for _, row := range c.Benchmarks {
		p.Wider = append(p.Wider, publishedRow(c, row))
	}
	for _, row := range c.Rows {
		p.Rows = append(p.Rows, publishedRow(c, row))
	}
	return p
}

func publishedRow(c released.Comparison, row released.Row) PublishedRow {
	r := PublishedRow{ID: row.ID, Name: row.Name, Results: []PublishedResult{}}
	for i, a := range row.Results {
		x := PublishedResult{Subject: c.Subjects[i].Subject, Visibility: toldVisibilities[a.Visibility]}
		if a.Visibility == disclosure.Shown {
			x.Students, x.AtOrAbove, x.Levels = new(a.Students), new(Band(a.AtOrAbove)), []PublishedLevel{}
			if a.OutOf > 0 {
				x.Unfiltered = new(a.OutOf)
			}
			for n, b := range a.Levels {
				name := ""
				if n < len(c.Subjects[i].Levels) {
					name = c.Subjects[i].Levels[n]
				}
				x.Levels = append(x.Levels, PublishedLevel{n + 1, name, Band(b)})
			}
		}
		r.Results = append(r.Results, x)
	}
	return r
}
