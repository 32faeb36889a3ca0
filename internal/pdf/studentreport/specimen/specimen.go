// Package specimen has reports to print: one of each kind, as awkward as they come, and random ones with names that people have and that
// people try. It is for tests, the gallery, campaigns and benches.
package specimen

import (
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// Variant is a report that differs from the others in what it holds.
type Variant struct {
	Name   string
	Report report.StudentReport
	Change func(*studentreport.Options) // nil when it is printed as others are
}

// Options are how the variant is printed.
func (v Variant) Options(language string, tone compose.Tone) studentreport.Options {
	o := studentreport.Options{Words: words.For(language), Tone: tone, Brand: "State of Tamarack"}
	if v.Change != nil {
		v.Change(&o)
	}
	return o
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

var levelNames = []string{"Minimal Understanding", "Partial Understanding", "Adequate Understanding", "Thorough Understanding"}

func scale(subject edu.Subject, grade edu.Grade, levels int) report.Scale {
	s := report.Scale{Min: 2204, Max: 2659, ClaimLevels: []string{"Below Standard", "At/Near Standard", "Above Standard"}}
	first := int16(2380 + 30*int(grade-3))
	for i := range levels {
		l := edu.PerformanceLevel{Number: i + 1, CutPoint: first + int16(i-1)*int16(180/levels)*2, Name: "Level " + string(rune('1'+i))}
		if levels == 4 {
			l.Name = levelNames[i]
		}
		if i == 0 {
			l.CutPoint = s.Min
		}
		s.Levels = append(s.Levels, l)
	}
	names := []string{"Concepts & Procedures", "Problem Solving and Modeling & Data Analysis", "Communicating Reasoning"}
	if subject == edu.ELA {
		names = []string{"Reading", "Writing", "Listening", "Research & Inquiry"}
	}
	for i, n := range names {
		s.Claims = append(s.Claims, edu.Claim{Number: i + 1, Name: n, Min: 2204, Max: 2659})
	}
	return s
}

func result(kind edu.AssessmentType, subject edu.Subject, s report.Scale, grade edu.Grade, score int16, year edu.AcademicYear) report.Result {
	r := report.Result{Type: kind, Subject: subject, Year: year, Grade: grade, Taken: day(int(year), 4, 14), Complete: edu.Yes,
		Score: edu.Score{Value: score, Low: score - 19, High: score + 23}}
	score = max(score, s.Min)
	r.Score.Value = score
	for _, l := range s.Levels {
		if score >= l.CutPoint {
			r.Level, r.LevelName = l.Number, l.Name
		}
	}
	for i, c := range s.Claims {
		level := 1 + (int(score)+i*7)%3
		r.Claims = append(r.Claims, report.ClaimResult{Claim: c, Score: r.Score, Level: level, LevelName: s.ClaimLevels[level-1]})
	}
	return r
}

// Of is a report of both subjects with a history that lacks a year. A score of 0 leaves a subject out.
func Of(kind edu.AssessmentType, math, ela int16) report.StudentReport {
	r := report.StudentReport{
		Student: report.Student{Code: "TK0001017", First: "Ana", Middle: "Lucía", Last: "Reyes", EnrolledGrade: 5},
		Place:   report.Institution{StateName: "State of Tamarack", District: edu.District{ID: "0042", Name: "Alder Falls School District"}, School: edu.School{ID: "0117", Name: "Otter Lake Elementary School"}},
		Grade:   5, Type: kind, Year: 2026,
	}
	for i, score := range []int16{math, ela} {
		subject := edu.Subjects[i]
		if score == 0 {
			r.Missing = append(r.Missing, subject)
			continue
		}
		one := report.SubjectReport{Subject: subject, Scale: scale(subject, 5, 4), Accommodations: []string{"Noise buffer", "Read aloud", "Text-to-speech"}}
		one.Result = result(kind, subject, one.Scale, 5, score, 2026)
		for _, past := range []struct {
			year  edu.AcademicYear
			grade edu.Grade
			below int16
		}{{2023, 3, 92}, {2025, 4, 31}} {
			s := scale(subject, past.grade, 4)
			one.History = append(one.History, report.PastResult{Result: result(kind, subject, s, past.grade, score-past.below, past.year), Scale: s})
		}
		one.History = append(one.History, report.PastResult{Result: one.Result, Scale: one.Scale})
		r.Subjects = append(r.Subjects, one)
	}
	return r
}

var blockNames = []string{"Number and Operations in Base Ten", "Operations and Algebraic Thinking", "Fractions", "Geometry", "Measurement and Data", "Performance Task: Animal Jumping"}

func blocks() report.StudentReport {
	r := Of(edu.InterimBlock, 0, 0)
	r.Missing = nil
	one := report.SubjectReport{Subject: edu.Math}
	for i, name := range blockNames {
		for k := range 1 + i%3 {
			level := 1 + (i+k)%3
			b := report.Result{Type: edu.InterimBlock, Subject: edu.Math, Year: 2026, Grade: 4 + edu.Grade(i%2), Taken: day(2025, 10+k, 3+i), Complete: edu.Yes,
				Claims: []report.ClaimResult{{Claim: edu.Claim{Number: 1, Name: name}, Level: level, LevelName: scale(edu.Math, 5, 4).ClaimLevels[level-1]}}}
			if i == 2 {
				b.Complete = edu.No
			}
			one.Blocks = append(one.Blocks, b)
		}
	}
	r.Subjects = []report.SubjectReport{one}
	return r
}

// Named gives a report to a student of another name.
func Named(r report.StudentReport, first, middle, last string) report.StudentReport {
	r.Student.First, r.Student.Middle, r.Student.Last = first, middle, last
	return r
}

// All is what printed reports can hold.
func All() []Variant {
	trouble := Of(edu.Summative, 2401, 2466)
	for i := range trouble.Subjects {
		trouble.Subjects[i].Result.Condition, trouble.Subjects[i].Result.Complete = edu.ConditionInvalid, edu.No
	}
	standardized := Of(edu.Summative, 2512, 2530)
	standardized.Subjects[0].Result.Condition = edu.ConditionStandardized
	standardized.Subjects[1].Result.Condition = edu.ConditionNonStandardized
	oneClaim := Of(edu.Summative, 2512, 0)
	oneClaim.Subjects[0].Result.Claims = oneClaim.Subjects[0].Result.Claims[:1]
	oneClaim.Subjects[0].History = oneClaim.Subjects[0].History[2:]
	oneClaim.Subjects[0].Accommodations = nil
	noScore := Of(edu.Summative, 2512, 0)
	noScore.Subjects[0].Result.Level, noScore.Subjects[0].Result.Score, noScore.Subjects[0].Result.Claims = 0, edu.Score{}, nil
	noScore.Subjects[0].History = nil
	long := Named(Of(edu.Summative, 2204, 2659), "Maximiliana-Alexandrina Theodora", "Konstantinopolitana", "Wolfeschlegelsteinhausenbergerdorff-Papadopoulos-Featherstonehaugh")
	long.Place.District.Name = "Regional Cooperative School District of the Northern Wetlands and the Upper Moose River Territories"
	long.Place.School.Name = "Saint Bartholomew Memorial Consolidated Elementary and Intermediate School of Science, Arts and Letters"
	five := Of(edu.Summative, 2480, 0)
	five.Subjects[0].Scale = scale(edu.Math, 5, 5)
	five.Subjects[0].Result = result(edu.Summative, edu.Math, five.Subjects[0].Scale, 5, 2480, 2026)
	many := Of(edu.Summative, 2480, 2477)
	for i := range many.Subjects {
		many.Subjects[i].Accommodations = nil
		for _, a := range edu.Accommodations {
			many.Subjects[i].Accommodations = append(many.Subjects[i].Accommodations, a.Label)
		}
		for _, g := range []edu.Grade{6, 7, 8, 11} {
			s := scale(many.Subjects[i].Subject, g, 4)
			many.Subjects[i].History = append(many.Subjects[i].History, report.PastResult{Result: result(edu.Summative, many.Subjects[i].Subject, s, g, 2500+10*int16(g), 2021+edu.AcademicYear(g)), Scale: s})
		}
	}
	many.Grade = 11
	none := Of(edu.Summative, 0, 0)
	return []Variant{
		{"summative", Of(edu.Summative, 2472, 2551), nil},
		{"invalid-partial", trouble, nil},
		{"standardized", standardized, func(o *studentreport.Options) { o.ShowCode = true }},
		{"one-claim", oneClaim, func(o *studentreport.Options) { o.HideSupports = true }},
		{"no-score", noScore, nil},
		{"long", long, func(o *studentreport.Options) { o.ShowCode = true }},
		{"five-levels", five, nil},
		{"many", many, nil},
		{"none", none, nil},
		{"interim", Of(edu.InterimComprehensive, 2399, 2512), nil},
		{"blocks", blocks(), nil},
		{"envelope", Named(Of(edu.Summative, 2590, 0), "Minh Quân", "", "Nguyễn"), func(o *studentreport.Options) {
			o.Address = func(r report.StudentReport) []string {
				return []string{"To the family of", r.Student.First + " " + r.Student.Last, "4410 Heron Street", "Otter Lake, TK 55817"}
			}
		}},
	}
}
