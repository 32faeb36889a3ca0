package gallery

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/studentlist"
	"scorehouse/internal/words"
)

type listSample struct {
	name, title string
	view        studentlist.View
}

func lists(w *words.Words) []listSample {
	one := studentsOf(edu.Summative, "", 1)
	empty := studentsOf(edu.Summative, "", 1)
	empty.Rows, empty.Shape = nil, nil
	return []listSample{
		{"overview", "summative, both subjects; partial, invalid, one subject, long and right-to-left names", listView(w, studentsOf(edu.Summative, "", 26), "")},
		{"math", "summative, mathematics with claims", listView(w, studentsOf(edu.Summative, edu.Math, 26), "subject=Math&sort=-score.Math")},
		{"ela", "summative, four claims", listView(w, studentsOf(edu.Summative, edu.ELA, 26), "subject=ELA&sex=female")},
		{"by-level", "by level", listView(w, byLevel(studentsOf(edu.Summative, edu.Math, 26)), "subject=Math&view=level")},
		{"near-cut", "close to a cut", listView(w, nearCut(studentsOf(edu.Summative, "", 26)), "view=cut")},
		{"near-none", "nobody close to a cut", listView(w, nobodyNear(studentsOf(edu.Summative, "", 3)), "view=cut")},
		{"interim", "interim comprehensive, several days for a student", listView(w, studentsOf(edu.InterimComprehensive, "", 14), "type=interim")},
		{"selected", "two selected students", listView(w, studentsOf(edu.Summative, edu.Math, 2), "subject=Math&only=s0,s1")},
		{"blocks-all", "interim blocks, earlier results too, sorted by a block", listView(w, studentsOf(edu.InterimBlock, edu.Math, 9), "type=blocks&subject=Math&results=all&sort=-block.Geometry")},
		{"blocks-chosen", "two interim blocks chosen", listView(w, studentsOf(edu.InterimBlock, edu.Math, 9), "type=blocks&subject=Math&block=Geometry&block=Measurement+and+Data")},
		{"blocks", "interim blocks", listView(w, studentsOf(edu.InterimBlock, edu.Math, 14), "type=blocks&subject=Math")},
		{"three-hundred", "three hundred students", listView(w, studentsOf(edu.Summative, "", 300), "")},
		{"one", "one student", listView(w, one, "")},
		{"empty", "nobody matches the filters", listView(w, empty, "dmgStsMig=Y")},
	}
}

// byLevel puts the students of a level of mathematics together.
func byLevel(l report.StudentList) report.StudentList {
	l.View = report.ByLevel
	slices.SortStableFunc(l.Rows, func(a, b report.StudentRow) int { return a.Results[edu.Math].Level - b.Results[edu.Math].Level })
	for _, row := range l.Rows {
		r := row.Results[edu.Math]
		if n := len(l.Levels); n == 0 || l.Levels[n-1].Level != r.Level {
			l.Levels = append(l.Levels, report.LevelGroup{Level: r.Level, Name: r.LevelName})
		}
		l.Levels[len(l.Levels)-1].Students++
	}
	return l
}

// nearCut keeps students whose error band reaches into another level.
func nearCut(l report.StudentList) report.StudentList {
	l.View, l.Considered = report.NearCut, l.Students
	l.Rows = slices.DeleteFunc(l.Rows, func(row report.StudentRow) bool {
		for _, r := range row.Results {
			if len(r.Otherwise) > 0 {
				return false
			}
		}
		return true
	})
	l.Students = len(l.Rows)
	return l
}

func nobodyNear(l report.StudentList) report.StudentList {
	l.View, l.Considered, l.Students, l.Rows = report.NearCut, l.Students, 0, nil
	return l
}

func listView(w *words.Words, r report.StudentList, query string) studentlist.View {
	q, _ := url.ParseQuery(query)
	at := layout.Address{Path: "/s/tk/d/1/sc/1/g/04", Query: q}
	pages := layout.NewPages(at, len(r.Rows), 0, 2)
	r.Rows = r.Rows[pages.From:pages.To]
	return studentlist.View{
		Print: layout.Address{Path: at.Path + "/print", Query: url.Values{"year": {"2026"}}},
		Pages: pages, File: layout.Address{Path: at.Path + ".csv", Query: q},
		Frame: frame(w, r.Place.District.Name, r.Place.School.Name, w.Grade(r.Grade)), Report: r,
		Address:        at,
		StudentAddress: func(row report.StudentRow) string { return "/students/" + row.Key },
	}
}

// people are names of many origins and shapes.
var people = []report.Student{
	{First: "Maria", Middle: "Teresa", Last: "González-Ortega"}, {First: "Liam", Last: "Ng"}, {First: "Nguyễn", Middle: "Thị", Last: "Minh Khai"},
	{First: "محمد", Last: "عبد الرحمن"}, {First: "Wolfeschlegelsteinhausen", Middle: "Bartholomew", Last: "Featherstonehaugh-Montgomery-Bergerdorff"},
	{First: "Aiyana", Last: "Red Cloud"}, {First: "Zoë", Last: "O’Connor"}, {First: "Kwame", Last: "Boateng"}, {First: "דוד", Last: "לוי"},
	{First: "Olga", Last: "Sokolova"}, {First: "Ji-woo", Last: "Park"}, {First: "Ana", Last: "Silva dos Santos"}, {First: "Noah", Middle: "J", Last: "Smith"},
}

var claimLevels = []string{"Below Standard", "At/Near Standard", "Above Standard"}

var subjectClaims = map[edu.Subject][]edu.Claim{
	edu.Math: {{Number: 1, Name: "Concepts & Procedures"}, {Number: 2, Name: "Problem Solving and Modeling & Data Analysis"}, {Number: 3, Name: "Communicating Reasoning"}},
	edu.ELA:  {{Number: 1, Name: "Reading"}, {Number: 2, Name: "Writing"}, {Number: 3, Name: "Listening"}, {Number: 4, Name: "Research & Inquiry"}},
}

var blockNames = []string{
	"Operations and Algebraic Thinking", "Number and Operations in Base Ten", "Number and Operations – Fractions", "Geometry",
	"Measurement and Data", "Mathematics Performance Task", "Four Operations: Interpreting Products and Quotients of Whole Numbers", "Area and Perimeter",
}

// scaleFor is the scale of a subject in a grade.
func scaleFor(subject edu.Subject, grade int) report.Scale {
	d := mathScale(grade, longNames)
	s := report.Scale{Min: int16(d.Min), Max: int16(d.Max), Claims: subjectClaims[subject], ClaimLevels: claimLevels}
	for _, l := range d.Levels {
		s.Levels = append(s.Levels, edu.PerformanceLevel{Number: l.Number, Name: l.Name, CutPoint: int16(l.Cut)})
	}
	return s
}

// resultOf makes a result of a score.
func resultOf(rng *rand.Rand, kind edu.AssessmentType, subject edu.Subject, grade, score int) report.Result {
	s := scaleFor(subject, grade)
	score = min(max(score, int(s.Min)), int(s.Max))
	r := report.Result{Type: kind, Subject: subject, Year: 2026, Grade: edu.Grade(grade), Complete: edu.Yes,
		Score: edu.Score{Value: int16(score), Low: int16(max(score-18-rng.IntN(12), int(s.Min))), High: int16(min(score+15+rng.IntN(12), int(s.Max)))},
		Taken: time.Date(2026, 4, 6+rng.IntN(20), 0, 0, 0, 0, time.UTC)}
	for _, l := range s.Levels {
		if r.Score.Value >= l.CutPoint {
			r.Level, r.LevelName = l.Number, l.Name
		}
	}
	for _, l := range s.Levels[1:] {
		if r.Score.Crosses(l.CutPoint) && l.Number > r.Level {
			r.Otherwise = append(r.Otherwise, l.Number)
		} else if r.Score.Crosses(l.CutPoint) {
			r.Otherwise = append(r.Otherwise, l.Number-1)
		}
	}
	for _, c := range s.Claims {
		level := min(max((r.Level*2+rng.IntN(5))/3, 1), 3)
		r.Claims = append(r.Claims, report.ClaimResult{Claim: c, Level: level, LevelName: claimLevels[level-1]})
	}
	return r
}

func studentsOf(kind edu.AssessmentType, subject edu.Subject, n int) report.StudentList {
	rng := rand.New(rand.NewPCG(11, uint64(kind)))
	list := report.StudentList{
		Place:     report.Institution{StateName: "State of Tamarack", District: edu.District{ID: "1", Name: "Alder Falls School District"}, School: edu.School{ID: "1", Name: "Ada Lovelace K-8 School"}},
		NotStated: report.NotStated{LimitedEnglish: 4, Section504: 12}, Grade: 4, Year: 2026, Years: []edu.AcademicYear{2026, 2025}, Type: kind, Types: edu.AssessmentTypes, Subject: subject, Subjects: edu.Subjects,
		Groups: []edu.Group{{ID: "g1", Name: "Ms. Okafor, room 12"}, {ID: "g2", Name: "Chess club"}},
		Scales: map[edu.Subject]report.Scale{edu.Math: scaleFor(edu.Math, 4), edu.ELA: scaleFor(edu.ELA, 4)},
	}
	if kind == edu.InterimBlock {
		list.Blocks = blockNames
	} else {
		list.Shape = []report.Distribution{spread(rng, edu.Math, n, 0.5), spread(rng, edu.ELA, n, 0.55)}
	}
	for i := range n {
		row := report.StudentRow{Key: fmt.Sprintf("s%d", i), Student: people[i%len(people)]}
		row.Student.Code = fmt.Sprintf("TK%07d", 4*i+1017)
		row.Results = map[edu.Subject]*report.Result{}
		for _, s := range edu.Subjects {
			r := resultOf(rng, kind, s, 4, 2480+int(rng.NormFloat64()*70))
			r.Condition = conditionOf(kind, i)
			if i%9 == 6 {
				r.Complete = edu.No
			}
			if i != 5 || s == edu.Math {
				row.Results[s] = &r
			}
		}
		if kind == edu.InterimBlock {
			row.Results, row.Blocks = nil, blocksFor(rng, i)
		}
		list.Students++
		list.Rows = append(list.Rows, row)
		if kind == edu.InterimComprehensive && i%4 == 1 {
			again := row
			r := resultOf(rng, kind, edu.Math, 4, 2440)
			r.Taken = time.Date(2025, 11, 12, 0, 0, 0, 0, time.UTC)
			again.Results = map[edu.Subject]*report.Result{edu.Math: &r}
			list.Rows = append(list.Rows, again)
		}
	}
	return list
}

func conditionOf(kind edu.AssessmentType, i int) edu.Condition {
	switch {
	case kind == edu.Summative && i%11 == 3:
		return edu.ConditionInvalid
	case kind == edu.InterimComprehensive && i%2 == 0:
		return edu.ConditionStandardized
	case kind == edu.InterimComprehensive:
		return edu.ConditionNonStandardized
	}
	return edu.ConditionValid
}

// blocksFor makes block results: not every student takes every block, some take one twice.
func blocksFor(rng *rand.Rand, i int) map[string][]report.Result {
	all := map[string][]report.Result{}
	for k, name := range blockNames {
		if (i+k)%3 == 0 {
			continue
		}
		for again := range 1 + (i+k)%2 {
			level := 1 + rng.IntN(3)
			all[name] = append(all[name], report.Result{
				Type: edu.InterimBlock, Subject: edu.Math, Year: 2026, Grade: 4, Complete: edu.Yes, Taken: time.Date(2026, time.Month(3-again), 1+rng.IntN(27), 0, 0, 0, 0, time.UTC),
				Claims: []report.ClaimResult{{Claim: edu.Claim{Number: 1, Name: name}, Level: level, LevelName: claimLevels[level-1]}},
			})
		}
	}
	return all
}
