package table

import (
	"slices"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// The types of this file are what programs read: their field names and the meaning of their values do not change; fields may be added. The tag doc
// describes a field in /openapi.json.

// Place is where results are from.
type Place struct {
	State    Unit  `json:"state" doc:"the state"`
	District *Unit `json:"district,omitempty" doc:"the district, where one is chosen"`
	School   *Unit `json:"school,omitempty" doc:"the school, where one is chosen"`
}

// Unit is a state, a district or a school.
type Unit struct {
	Code string `json:"code" doc:"code of the place, unique within the one above it"`
	Name string `json:"name" doc:"name of the place"`
}

// Comparison is a comparison of populations.
type Comparison struct {
	Place     Place               `json:"place" doc:"whose parts are compared"`
	Year      int                 `json:"year" doc:"academic year, named by its spring: 2026 is 2025-26; 0 when there is none"`
	Years     []int               `json:"years" doc:"academic years with results, newest first"`
	Before    int                 `json:"year_before" doc:"the year to which changes refer; 0 when nothing was assessed in it"`
	RowsAre   string              `json:"rows_are" doc:"what the rows are" enum:"districts,schools,grades"`
	Subjects  []edu.Subject       `json:"subjects" doc:"subjects, in the order of the results of each row"`
	Filters   map[string][]string `json:"filters" doc:"filters that are set, by parameter"`
	MinN      int                 `json:"smallest_group_shown" doc:"groups of fewer students are withheld in rows that are not exact, and must not be passed on from exact ones"`
	Withheld  int                 `json:"rows_withheld" doc:"number of rows with a result that is withheld"`
	NotStated map[string]int      `json:"not_stated" null:"where the place is not exact" doc:"percent of the results, without filters, whose value is not stated, by parameter of the filter; null where the place is not exact"`
	Published []Publication       `json:"published" doc:"where the rows that are not exact have their numbers from, one for each subject; empty when all rows are exact"`
	Overall   ComparisonRow       `json:"overall" doc:"all rows together"`
	Reference []ComparisonRow     `json:"reference" doc:"wider places, for comparison"`
	Rows      []ComparisonRow     `json:"rows" doc:"the rows, in the order asked for"`
}

// Publication is what has been published of a subject.
type Publication struct {
	Subject edu.Subject `json:"subject" doc:"the subject"`
	Kind    string      `json:"kind" doc:"kind of release; empty when nothing of the year is published" enum:",preliminary,final,correction"`
	On      string      `json:"published_on" doc:"day of the release, 2026-09-01; empty when nothing of the year is published"`
}

// ComparisonRow is one district, school or grade.
type ComparisonRow struct {
	ID      string         `json:"id" doc:"code of the district or school, or the grade as two characters; empty for a state"`
	Name    string         `json:"name" doc:"name; empty for grades"`
	Exact   bool           `json:"exact" doc:"whether you may see each student of the row: then its numbers are exact and the newest, else they are what everybody is told"`
	Results []Distribution `json:"results" doc:"one for each subject"`
}

// Distribution is how a group did on one subject.
type Distribution struct {
	Subject    edu.Subject  `json:"subject" doc:"the subject"`
	Visibility string       `json:"visibility" doc:"whether numbers are shown; where they are not, all are null" enum:"shown,withheld,no_results,interim_only,not_published"`
	Refusal    string       `json:"refusal,omitempty" doc:"why not_published: no_release, nothing of the year is published; attribute, results are not divided by it; combination, kinds of groups that are not combined; folded, values that are only counted together were asked for apart; not_released, this part is not published" enum:"no_release,attribute,combination,folded,not_released"`
	Students   *int         `json:"students" doc:"students with a counted result"`
	Unfiltered *int         `json:"students_unfiltered" doc:"the same without filters; null without filters, and where it may not be shown"`
	AtOrAbove  *int         `json:"at_or_above_percent" doc:"percent of the students at or above the standard; null where only a range is told"`
	Range      *Band        `json:"at_or_above_range" doc:"between which percents it lies; null where the row is exact"`
	Change     *int         `json:"change_points" doc:"difference of at_or_above_percent to that of the year before, in percentage points; null where either is not shown as one number"`
	Levels     []LevelCount `json:"levels" null:"where not shown" doc:"students by performance level, lowest first; exact percents add up to 100; null where not shown"`
}

// LevelCount is one level of a distribution.
type LevelCount struct {
	Level    int    `json:"level" doc:"number of the level, 1 the lowest"`
	Name     string `json:"name" doc:"name of the level, as delivered"`
	Students *int   `json:"students" doc:"students on the level; null where the row is not exact"`
	Percent  *int   `json:"percent" doc:"percent of the students on the level; null where only a range is told"`
	Range    *Band  `json:"range" doc:"between which percents it lies; null where the row is exact"`
}

var visibilities = map[report.Visibility]string{report.Shown: "shown", report.Withheld: "withheld", report.NoResults: "no_results", report.InterimOnly: "interim_only", report.Unanswered: "not_published"}

// ComparisonJSON is a comparison for programs. Filters are those of the address.
func ComparisonJSON(state edu.StateCode, r report.Comparison, filters map[string][]string) Comparison {
	c := Comparison{
		Place: placeOf(state, r.Place), Year: int(r.Year), Years: years(r.Years), Before: int(r.Before), RowsAre: []string{"districts", "schools", "grades"}[r.Level],
		Subjects: list(r.Subjects), Filters: filters, MinN: r.MinN, Withheld: r.Withheld, Published: []Publication{},
		Overall: rowJSON(r, r.Overall), Reference: []ComparisonRow{}, Rows: []ComparisonRow{},
	}
	if n := r.Told.MinN(); n > 0 {
		c.MinN = n
	}
	if r.NotStated != nil {
		c.NotStated = NotStatedJSON(*r.NotStated)
	}
	for i, t := range r.Told.Subjects {
		p := Publication{Subject: r.Subjects[i], Kind: t.Kind}
		if t.Kind != "" {
			p.On = t.At.Format(time.DateOnly)
		}
		c.Published = append(c.Published, p)
	}
	for _, row := range r.Benchmark {
		c.Reference = append(c.Reference, rowJSON(r, row))
	}
	for _, row := range r.Rows {
		c.Rows = append(c.Rows, rowJSON(r, row))
	}
	return c
}

// NotStatedJSON names the percents not stated by the parameters of the filters.
func NotStatedJSON(n report.NotStated) map[string]int {
	return map[string]int{"dmgPrgLep": n.LimitedEnglish, "dmgPrgIep": n.IEP, "dmgPrg504": n.Section504, "dmgStsEcd": n.EconomicDisadvantage, "dmgStsMig": n.Migrant,
		"ethnicity": n.Ethnicity, "sex": n.Sex}
}

func placeOf(state edu.StateCode, p report.Institution) Place {
	place := Place{State: Unit{string(state), p.StateName}}
	if p.District.ID != "" {
		place.District = &Unit{p.District.ID, p.District.Name}
	}
	if p.School.ID != "" {
		place.School = &Unit{p.School.ID, p.School.Name}
	}
	return place
}

// list is never null in JSON.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func years(all []edu.AcademicYear) []int {
	numbers := make([]int, len(all))
	for i, y := range all {
		numbers[i] = int(y)
	}
	return numbers
}

func rowJSON(c report.Comparison, row report.ComparisonRow) ComparisonRow {
	r := ComparisonRow{ID: row.ID, Exact: row.Exact, Results: []Distribution{}}
	if row.Grade == 0 {
		r.Name = row.Name
	}
	for i, d := range row.Results {
		if d.Told != nil {
			r.Results = append(r.Results, toldJSON(d, c.Levels[i]))
		} else {
			r.Results = append(r.Results, distributionJSON(d))
		}
	}
	return r
}

func distributionJSON(d report.Distribution) Distribution {
	x := Distribution{Subject: d.Subject, Visibility: visibilities[d.Visibility]}
	if d.Visibility != report.Shown {
		return x
	}
	x.Students, x.AtOrAbove, x.Levels = &d.Students, &d.AtOrAbove, []LevelCount{}
	if d.Unfiltered > 0 {
		x.Unfiltered = &d.Unfiltered
	}
	if d.Change.Known {
		x.Change = &d.Change.Points
	}
	for _, l := range d.Levels {
		x.Levels = append(x.Levels, LevelCount{Level: l.Level, Name: l.Name, Students: &l.Count, Percent: &l.Percent})
	}
	return x
}

// toldJSON is what everybody is told of a group; names are those of the levels.
func toldJSON(d report.Distribution, names []string) Distribution {
	x := Distribution{Subject: d.Subject, Visibility: visibilities[d.Visibility], Refusal: string(d.Told.Refusal)}
	if d.Visibility != report.Shown {
		return x
	}
	x.Students, x.Levels = &d.Students, []LevelCount{}
	x.AtOrAbove, x.Range = rangeJSON(d.Told.AtOrAbove)
	if d.Unfiltered > 0 {
		x.Unfiltered = &d.Unfiltered
	}
	if d.Change.Known {
		x.Change = &d.Change.Points
	}
	for i, b := range d.Told.Levels {
		l := LevelCount{Level: i + 1}
		if i < len(names) {
			l.Name = names[i]
		}
		l.Percent, l.Range = rangeJSON(b)
		x.Levels = append(x.Levels, l)
	}
	return x
}

// rangeJSON is a percent, where it is told as one number, and the range in which it is.
func rangeJSON(b disclosure.Band) (*int, *Band) {
	x := new(Band(b))
	if b.Low == b.High {
		return &x.Low, x
	}
	return nil, x
}

// Students is a list of students.
type Students struct {
	Place     Place                 `json:"place" doc:"the school"`
	Grade     string                `json:"grade" doc:"grade of the assessment, two characters"`
	Year      int                   `json:"year" doc:"academic year, named by its spring; 0 when there is none"`
	Years     []int                 `json:"years" doc:"academic years with results, newest first"`
	Type      string                `json:"type" doc:"kind of assessment" enum:"summative,interim,blocks"`
	Types     []string              `json:"types" doc:"kinds of assessment with results in the year" enum:"summative,interim,blocks"`
	Subject   edu.Subject           `json:"subject,omitempty" doc:"the subject, where one is chosen"`
	Subjects  []edu.Subject         `json:"subjects" doc:"subjects with results"`
	View      string                `json:"view,omitempty" doc:"level: students of a level together; cut: only those whose error band reaches into another level" enum:"level,cut"`
	Filters   map[string][]string   `json:"filters" doc:"filters that are set, by parameter"`
	NotStated map[string]int        `json:"not_stated" doc:"percent of the results, without filters, whose value is not stated, by parameter of the filter"`
	Groups    []Group               `json:"groups" doc:"student groups of the students, before filters"`
	Scales    map[edu.Subject]Scale `json:"scales" doc:"what scores are measured on, by subject"`
	Shape     []Distribution        `json:"shape" doc:"how the students listed did together, one for each subject; invalid results are left out; none in the view cut"`
	Rows      []StudentRow          `json:"rows" doc:"one for each student (interim: and day), in the order asked for"`
}

// Group is a student group.
type Group struct {
	ID   string `json:"id" doc:"id of the group"`
	Name string `json:"name" doc:"name of the group"`
}

// Scale is what scores are measured on.
type Scale struct {
	Min    int          `json:"min" doc:"lowest score"`
	Max    int          `json:"max" doc:"highest score"`
	Levels []ScaleLevel `json:"levels" doc:"performance levels, lowest first"`
}

// ScaleLevel is a level of a scale.
type ScaleLevel struct {
	Level int    `json:"level" doc:"number of the level, 1 the lowest"`
	Name  string `json:"name" doc:"name of the level, as delivered"`
	From  int    `json:"from" doc:"score at which the level begins"`
}

// StudentRow is one line of a list.
type StudentRow struct {
	Key     string   `json:"key" doc:"opaque id of the student in addresses: /students/{key}"`
	Student Student  `json:"student" doc:"who it is"`
	Results []Result `json:"results" doc:"the results listed; interim blocks: all of the year, newest first within a block"`
}

// Student is who results are about.
type Student struct {
	Code          string `json:"code" doc:"the state's student identifier"`
	Last          string `json:"last_name" doc:"last name"`
	First         string `json:"first_name" doc:"first name"`
	Middle        string `json:"middle_name" doc:"middle name; may be empty"`
	EnrolledGrade string `json:"enrolled_grade" doc:"grade in which the student was enrolled when tested, two characters"`
}

// Result is one result.
type Result struct {
	Subject   edu.Subject   `json:"subject" doc:"the subject"`
	Type      string        `json:"type" doc:"kind of assessment" enum:"summative,interim,blocks"`
	Year      int           `json:"year" doc:"academic year, named by its spring"`
	Grade     string        `json:"grade" doc:"grade of the assessment, two characters"`
	Taken     string        `json:"taken" format:"date" doc:"day on which the assessment was taken"`
	Block     string        `json:"block,omitempty" doc:"name of the interim block, as delivered"`
	Score     *Score        `json:"score" doc:"score; null for blocks and for tests that ended without one"`
	Level     *int          `json:"level" doc:"performance level; of a block 1 below, 2 near, 3 above the standard"`
	LevelName string        `json:"level_name" doc:"name of the level, as delivered"`
	Otherwise []int         `json:"other_levels" doc:"other levels that the error band reaches, lowest first"`
	Claims    []ClaimResult `json:"claims" doc:"parts of the assessment"`
	Condition string        `json:"condition" doc:"how the assessment was administered" enum:"valid,standardized,non_standardized,invalid"`
	Complete  *bool         `json:"complete" doc:"whether the assessment was finished; null when not stated"`
}

// Score is a score with its error band.
type Score struct {
	Value int `json:"value" doc:"the score"`
	Low   int `json:"low" doc:"lower end of the error band"`
	High  int `json:"high" doc:"upper end of the error band"`
}

// ClaimResult is one part of a result.
type ClaimResult struct {
	Number    int    `json:"number" doc:"number of the claim"`
	Name      string `json:"name" doc:"name of the claim, as delivered"`
	Level     *int   `json:"level" doc:"1 below, 2 near, 3 above the standard; null when there is none"`
	LevelName string `json:"level_name" doc:"name of the level, as delivered"`
}

// StudentsJSON is a list of students for programs.
func StudentsJSON(state edu.StateCode, r report.StudentList, filters map[string][]string) Students {
	s := Students{
		Place: placeOf(state, r.Place), Grade: r.Grade.Code(), Year: int(r.Year), Years: years(r.Years), Type: r.Type.Slug(), Types: []string{}, Subject: r.Subject, Subjects: list(r.Subjects),
		View: string(r.View), Filters: filters, NotStated: NotStatedJSON(r.NotStated), Groups: []Group{}, Scales: map[edu.Subject]Scale{}, Shape: []Distribution{}, Rows: []StudentRow{},
	}
	for _, t := range r.Types {
		s.Types = append(s.Types, t.Slug())
	}
	for _, g := range r.Groups {
		s.Groups = append(s.Groups, Group{g.ID, g.Name})
	}
	for subject, scale := range r.Scales {
		s.Scales[subject] = scaleJSON(scale)
	}
	for _, d := range r.Shape {
		s.Shape = append(s.Shape, distributionJSON(d))
	}
	for _, row := range r.Rows {
		x := StudentRow{Key: row.Key, Student: studentJSON(row.Student), Results: []Result{}}
		for _, subject := range r.Subjects {
			if result := row.Results[subject]; result != nil {
				x.Results = append(x.Results, resultJSON(*result))
			}
		}
		for _, name := range r.Blocks {
			for _, result := range row.Blocks[name] {
				x.Results = append(x.Results, resultJSON(result))
			}
		}
		s.Rows = append(s.Rows, x)
	}
	return s
}

func studentJSON(s report.Student) Student {
	return Student{s.Code, s.Last, s.First, s.Middle, s.EnrolledGrade.Code()}
}

func scaleJSON(s report.Scale) Scale {
	x := Scale{Min: int(s.Min), Max: int(s.Max), Levels: []ScaleLevel{}}
	for _, l := range s.Levels {
		x.Levels = append(x.Levels, ScaleLevel{l.Number, l.Name, int(l.CutPoint)})
	}
	return x
}

var conditions = map[edu.Condition]string{edu.ConditionValid: "valid", edu.ConditionStandardized: "standardized", edu.ConditionNonStandardized: "non_standardized", edu.ConditionInvalid: "invalid"}

func resultJSON(r report.Result) Result {
	x := Result{Subject: r.Subject, Type: r.Type.Slug(), Year: int(r.Year), Grade: r.Grade.Code(), Taken: r.Taken.Format("2006-01-02"), Otherwise: list(r.Otherwise), Claims: []ClaimResult{}, Condition: conditions[r.Condition]}
	if r.Complete != edu.NotStated {
		complete := r.Complete == edu.Yes
		x.Complete = &complete
	}
	if r.Type == edu.InterimBlock {
		x.Block = BlockName(r)
		for _, c := range r.Claims {
			if c.Level > 0 {
				x.Level, x.LevelName = &c.Level, c.LevelName
				break
			}
		}
		return x
	}
	if r.Level > 0 {
		x.Score, x.Level, x.LevelName = &Score{int(r.Score.Value), int(r.Score.Low), int(r.Score.High)}, &r.Level, r.LevelName
	}
	for _, c := range r.Claims {
		claim := ClaimResult{Number: c.Claim.Number, Name: c.Claim.Name, LevelName: c.LevelName}
		if c.Level > 0 {
			claim.Level = &c.Level
		}
		x.Claims = append(x.Claims, claim)
	}
	return x
}

// Report is a student's report on one opportunity.
type Report struct {
	Student       Student         `json:"student" doc:"who it is about"`
	Place         Place           `json:"place" doc:"the school of the newest result shown"`
	Grade         string          `json:"grade" doc:"grade of the newest result shown, two characters"`
	Year          int             `json:"year" doc:"academic year, named by its spring"`
	Type          string          `json:"type" doc:"kind of assessment" enum:"summative,interim,blocks"`
	Subjects      []SubjectReport `json:"subjects" doc:"one for each subject with a result"`
	Missing       []edu.Subject   `json:"missing" doc:"subjects without a result"`
	Opportunities []Opportunity   `json:"opportunities" doc:"everything the student has, newest first"`
}

// SubjectReport is one subject of a report.
type SubjectReport struct {
	Subject        edu.Subject  `json:"subject" doc:"the subject"`
	Result         *Result      `json:"result" doc:"the result; null for interim blocks"`
	Scale          *Scale       `json:"scale" doc:"what the score is measured on; null for interim blocks"`
	Accommodations []string     `json:"accommodations" doc:"supports that were made available, in English"`
	History        []PastResult `json:"history" doc:"comparable results, oldest first, the one shown included"`
	Blocks         []Result     `json:"blocks" doc:"results of interim blocks, newest first within a block"`
}

// PastResult is a result with the scale it was measured on.
type PastResult struct {
	Result Result `json:"result" doc:"the result"`
	Scale  Scale  `json:"scale" doc:"what it was measured on"`
}

// Opportunity is one thing a report can show.
type Opportunity struct {
	Type  string `json:"type" doc:"kind of assessment" enum:"summative,interim,blocks"`
	Year  int    `json:"year" doc:"academic year, named by its spring"`
	Grade string `json:"grade" doc:"grade of the assessment, two characters"`
	Taken string `json:"taken,omitempty" doc:"day of an interim comprehensive assessment, YYYYMMDD as in addresses"`
	Shown bool   `json:"shown" doc:"whether it is the one this report shows"`
}

// ReportJSON is a student's report for programs.
func ReportJSON(state edu.StateCode, r report.StudentReport) Report {
	x := Report{Student: studentJSON(r.Student), Place: placeOf(state, r.Place), Grade: r.Grade.Code(), Year: int(r.Year), Type: r.Type.Slug(), Subjects: []SubjectReport{}, Missing: list(r.Missing),
		Opportunities: []Opportunity{}}
	for _, s := range r.Subjects {
		one := SubjectReport{Subject: s.Subject, Accommodations: slices.Clone(list(s.Accommodations)), History: []PastResult{}, Blocks: []Result{}}
		if r.Type != edu.InterimBlock {
			result, scale := resultJSON(s.Result), scaleJSON(s.Scale)
			one.Result, one.Scale = &result, &scale
		}
		for _, p := range s.History {
			one.History = append(one.History, PastResult{resultJSON(p.Result), scaleJSON(p.Scale)})
		}
		for _, b := range s.Blocks {
			one.Blocks = append(one.Blocks, resultJSON(b))
		}
		x.Subjects = append(x.Subjects, one)
	}
	for _, o := range r.Opportunities {
		y := Opportunity{Type: o.Type.Slug(), Year: int(o.Year), Grade: o.Grade.Code(), Shown: o.Current}
		if o.Type == edu.InterimComprehensive {
			y.Taken = o.Taken.Format("20060102")
		}
		x.Opportunities = append(x.Opportunities, y)
	}
	return x
}
