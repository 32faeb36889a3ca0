package report

import (
	"context"
	"slices"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/scope"
	"scorehouse/internal/settings"
)

// What a person is told of a group depends on the person. Whoever may see each of its students is told exact numbers of the newest version. Everybody else, and the
// whole of readers where the state wants it so, is told what package disclosure has decided to say of the newest release: a number of students and bands of percents,
// or nothing. show is the only way for numbers to leave this package as a Comparison (docs/disclosure.md).

// Releases is what everybody is told of a state.
type Releases interface {
	// Shelf returns what is released, all of one moment. Unavailable while that is not known.
	Shelf(ctx context.Context) (Shelf, error)
}

// Shelf is everything that is released of a state.
type Shelf interface {
	// Years returns the years of which something is released, newest first.
	Years() []edu.AcademicYear
	// Told returns what is told of a year as of one of its releases, by number; 0 is the newest. nil when nothing of the year is released; NotFound when it has no such release.
	Told(ctx context.Context, year edu.AcademicYear, release int) (*Told, error)
}

// Told is what everybody is told of a year: for each subject the newest release that has it.
type Told struct {
	Key      string // of everything that an answer depends on
	Subjects map[edu.Subject]ToldSubject
	Releases []ToldRelease // of the year, the newest first
}

// ToldSubject is a subject of a release.
type ToldSubject struct {
	Kind    string    // of release: preliminary, final, correction
	At      time.Time // when it was released
	MinN    int       // smallest number of students shown
	Answers *disclosure.Release
}

// ToldRelease is a release of a year, as lists have it.
type ToldRelease struct {
	Number int // by which it is asked for
	Kind   string
	At     time.Time
}

// nothingReleased is the shelf of a state that has released nothing.
type nothingReleased struct{}

func (nothingReleased) Years() []edu.AcademicYear                                  { return nil }
func (nothingReleased) Told(context.Context, edu.AcademicYear, int) (*Told, error) { return nil, nil }

// shelf is what is released at this moment.
func (r *Reports) shelf(ctx context.Context) (Shelf, error) {
	if r.releases == nil {
		return nothingReleased{}, nil
	}
	return r.releases.Shelf(ctx)
}

// MinN is the smallest number of students that everybody is shown: the largest of the subjects'. It is that of the release, whatever the state has set since; 0 when
// nothing is released.
func (t ToldOf) MinN() int {
	n := 0
	for _, s := range t.Subjects {
		n = max(n, s.MinN)
	}
	return n
}

// audience is one person, before the rules of a state.
type audience struct {
	scope scope.Scope
	own   *settings.Settings
}

// exact reports whether the person is told exact numbers of an institution: its codes, empty where not chosen.
func (a audience) exact(district, school string) bool {
	covers := a.scope.AllStudents
	switch {
	case school != "":
		covers = a.scope.SeesSchool(district, school)
	case district != "":
		covers = a.scope.SeesDistrict(district)
	}
	return a.own.Policy().AudienceOf(covers) == disclosure.Exact
}

// show makes of what everybody shares what one person is told: exact numbers where the person may see every student; everything else, and which other rows there are, of
// a release; the rows asked for alone; which of them lead to students; and how many have something withheld.
func (c Comparison) show(ctx context.Context, shelf Shelf, who audience, q ComparisonQuestion) (Comparison, error) {
	c.Rows, c.Benchmark = slices.Clone(c.Rows), slices.Clone(c.Benchmark)
	c.mark(who)
	if !c.Overall.Exact || slices.ContainsFunc(c.Benchmark, func(row ComparisonRow) bool { return !row.Exact }) {
		if err := c.tell(ctx, shelf, who, q); err != nil {
			return Comparison{}, err
		}
	}
	if !c.Overall.Exact {
		c.NotStated = nil
	}
	if len(q.Only) > 0 {
		c.Rows = slices.DeleteFunc(c.Rows, func(row ComparisonRow) bool { return !slices.Contains(q.Only, row.ID) })
	}
	if c.Filtered { // whose results none passes; a row of which that is not told stays
		c.Rows = slices.DeleteFunc(c.Rows, func(row ComparisonRow) bool {
			return !slices.ContainsFunc(row.Results, func(d Distribution) bool { return d.Visibility != NoResults })
		})
	}
	for _, row := range c.Rows {
		if slices.ContainsFunc(row.Results, func(d Distribution) bool { return d.Visibility == Withheld }) {
			c.Withheld++
		}
	}
	return c, nil
}

// every returns all rows, to be changed.
func (c *Comparison) every() []*ComparisonRow {
	all := []*ComparisonRow{&c.Overall}
	for _, rows := range [][]ComparisonRow{c.Benchmark, c.Rows} {
		for i := range rows {
			all = append(all, &rows[i])
		}
	}
	return all
}

// mark notes which rows the person is told exactly, and whose students the person may open.
func (c *Comparison) mark(who audience) {
	c.Overall.Exact = who.exact(c.Place.District.ID, c.Place.School.ID)
	for i := range c.Benchmark {
		c.Benchmark[i].Exact = who.exact([]string{"", c.Place.District.ID}[i], "")
	}
	for i := range c.Rows {
		c.markRow(who, &c.Rows[i])
	}
}

func (c *Comparison) markRow(who audience, row *ComparisonRow) {
	district, school := c.Place.District.ID, c.Place.School.ID
	switch c.Level {
	case DistrictsOfState:
		row.Exact, row.Students = who.exact(row.ID, ""), who.scope.SeesDistrict(row.ID)
	case SchoolsOfDistrict:
		row.Exact, row.Students = who.exact(district, row.ID), who.scope.SeesSchool(district, row.ID)
	case GradesOfSchool:
		row.Exact, row.Students = c.Overall.Exact, who.scope.SeesSchool(district, school)
	}
}

// tell puts what everybody is told into the rows that are not exact. Which of these there are is told by the release, too.
func (c *Comparison) tell(ctx context.Context, shelf Shelf, who audience, q ComparisonQuestion) error {
	now, err := shelf.Told(ctx, c.Year, q.Release)
	if err != nil {
		return err
	}
	var before *Told
	if c.Before != 0 {
		if before, err = shelf.Told(ctx, c.Before, 0); err != nil {
			return err
		}
	}
	filters := q.Filters.chosen()
	c.Told = ToldOf{Key: now.key() + " " + before.key(), AsOf: q.Release, Subjects: make([]ToldSubject, len(c.Subjects))}
	if now != nil {
		c.Told.Releases = now.Releases
	}
	if !c.Overall.Exact {
		c.toldRows(now, who, filters)
	}
	for i, s := range c.Subjects {
		answers, past := now.answerer(s, filters), before.answerer(s, filters)
		c.Told.Subjects[i] = now.subject(s)
		for _, row := range c.every() {
			if row.Exact {
				continue
			}
			if i == 0 {
				row.Results = slices.Clone(row.Results) // what everybody shares stays as it is
			}
			row.Results[i] = told(s, answers(row.at, row.Grade))
			if c.Before != 0 {
				row.Results[i].Change = changeTold(row.Results[i], told(s, past(row.at, row.Grade)))
			}
		}
	}
	return nil
}

// toldRows are the rows of a place that is not exact: those of the person's own that have results, and those of the release.
func (c *Comparison) toldRows(now *Told, who audience, filters []disclosure.Chosen) {
	own := map[string]ComparisonRow{}
	for _, row := range c.Rows {
		if row.Exact {
			own[row.ID] = row
		}
	}
	parts := c.known
	if c.Level == GradesOfSchool {
		parts = now.grades(c.Overall.at, filters)
	}
	c.Rows = make([]ComparisonRow, 0, len(parts))
	for _, x := range parts {
		row := ComparisonRow{ID: x.code, Name: x.name, Grade: x.grade, Results: make([]Distribution, len(c.Subjects)), at: x.at}
		c.markRow(who, &row)
		counted, mine := own[x.code]
		switch {
		case mine:
			c.Rows = append(c.Rows, counted)
		case !row.Exact && now.has(x.at):
			c.Rows = append(c.Rows, row)
		}
	}
}

// toldPart is a row that there may be.
type toldPart struct {
	code, name string
	grade      edu.Grade
	at         disclosure.Row
}

// has reports whether an institution is in any release of the year.
func (t *Told) has(at disclosure.Row) bool {
	if t == nil {
		return false
	}
	for _, s := range t.Subjects {
		if s.Answers.Row(at) >= 0 {
			return true
		}
	}
	return false
}

// grades are those of a school that releases know somebody of, or do not tell of nobody, ascending; with a filter by grade only those that it keeps.
func (t *Told) grades(at disclosure.Row, filters []disclosure.Chosen) []toldPart {
	var grades []edu.Grade
	if t != nil {
		for subject, s := range t.Subjects {
			answer := t.answerer(subject, filters)
			for _, g := range s.Answers.Decision.Catalogue.Grades() {
				if !slices.Contains(grades, g) && answer(at, g).Visibility != disclosure.NoStudents {
					grades = append(grades, g)
				}
			}
		}
	}
	slices.Sort(grades)
	parts := make([]toldPart, len(grades))
	for i, g := range grades {
		parts[i] = toldPart{g.Code(), g.String(), g, at}
	}
	return parts
}

func (t *Told) key() string {
	if t == nil {
		return "none"
	}
	return t.Key
}

func (t *Told) subject(s edu.Subject) ToldSubject {
	if t == nil {
		return ToldSubject{}
	}
	return t.Subjects[s]
}

// answerer returns what answers a question about a subject for an institution, and a grade of it (0 for all).
func (t *Told) answerer(s edu.Subject, filters []disclosure.Chosen) func(disclosure.Row, edu.Grade) disclosure.Answer {
	answers := t.subject(s).Answers
	if answers == nil {
		return func(disclosure.Row, edu.Grade) disclosure.Answer {
			return disclosure.Answer{Visibility: disclosure.Outside, Refusal: disclosure.NoSuchYear}
		}
	}
	subject, all, byGrade := answers.Subject(s), answers.Ask(filters), map[edu.Grade]disclosure.Asked{}
	return func(row disclosure.Row, g edu.Grade) disclosure.Answer {
		asked := all
		if g != 0 {
			others, kept := ofGrade(filters, g)
			if !kept {
				return disclosure.Answer{Visibility: disclosure.NoStudents}
			}
			var known bool
			if asked, known = byGrade[g]; !known {
				asked = answers.Ask(others)
				byGrade[g] = asked
			}
		}
		a := answers.Answer(subject, answers.Row(row), asked)
		if g != 0 {
			a.OutOf = 0 // the whole school's, of which the grade is no filter
		}
		return a
	}
}

// ofGrade puts a grade in the place of a filter by grades; false when that leaves the grade out.
func ofGrade(filters []disclosure.Chosen, g edu.Grade) (of []disclosure.Chosen, kept bool) {
	of = []disclosure.Chosen{{Attribute: disclosure.Grade, Values: []int16{int16(g)}}}
	for _, f := range filters {
		switch {
		case f.Attribute != disclosure.Grade:
			of = append(of, f)
		case !slices.Contains(f.Values, int16(g)):
			return nil, false
		}
	}
	return of, true
}

// visibilities of answers, as comparisons have them.
var toldVisibilities = map[disclosure.Visibility]Visibility{disclosure.Hidden: Withheld, disclosure.Shown: Shown, disclosure.NoStudents: NoResults, disclosure.Outside: Unanswered}

// told is a cell of which everybody is told an answer.
func told(s edu.Subject, a disclosure.Answer) Distribution {
	return Distribution{Subject: s, Visibility: toldVisibilities[a.Visibility], Students: a.Students, Unfiltered: a.OutOf, Told: &a}
}

// changeTold returns the change between two years of what is told: it is known where both percents are told as one number, so that it says no more than the pages of
// the two years do.
func changeTold(now, before Distribution) Change {
	known := func(d Distribution) bool {
		return d.Visibility == Shown && d.Told.AtOrAbove.Low == d.Told.AtOrAbove.High
	}
	switch {
	case known(now) && known(before):
		return Change{Known: true, Points: now.Told.AtOrAbove.Low - before.Told.AtOrAbove.Low}
	case now.Visibility == NoResults || before.Visibility == NoResults:
		return Change{}
	case now.Visibility == Unanswered || before.Visibility == Unanswered:
		return Change{Untold: true}
	}
	return Change{Withheld: true}
}

// chosen are filters as catalogues have them.
func (f Filters) chosen() []disclosure.Chosen {
	var all []disclosure.Chosen
	add := func(a disclosure.Attribute, values []int16) {
		if len(values) > 0 {
			all = append(all, disclosure.Chosen{Attribute: a, Values: values})
		}
	}
	add(disclosure.Grade, numbers(f.Grades))
	add(disclosure.LimitedEnglish, numbers(f.LimitedEnglish))
	add(disclosure.IEP, numbers(f.IEP))
	add(disclosure.Section504, numbers(f.Section504))
	add(disclosure.EconomicDisadvantage, numbers(f.EconomicDisadvantage))
	add(disclosure.Migrant, numbers(f.Migrant))
	add(disclosure.Ethnicity, numbers(f.Ethnicities))
	add(disclosure.Sex, numbers(f.Sexes))
	add(disclosure.Complete, numbers(f.Complete))
	return all
}
