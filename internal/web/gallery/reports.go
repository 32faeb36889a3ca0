package gallery

import (
	"math/rand/v2"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/studentreport"
	"scorehouse/internal/words"
)

type reportSample struct {
	name, title string
	view        studentreport.View
}

func reports(w *words.Words) []reportSample {
	trouble := reportOf(people[0], edu.Summative, 2401, 2466)
	for i := range trouble.Subjects {
		trouble.Subjects[i].Result.Condition = edu.ConditionInvalid
		trouble.Subjects[i].Result.Complete = edu.No
	}
	single := reportOf(people[5], edu.Summative, 2560, 0)
	single.Missing = []edu.Subject{edu.ELA}
	single.Subjects[0].History = single.Subjects[0].History[2:]
	plain := reportOf(people[2], edu.Summative, 2480, 2590)
	for i := range plain.Subjects {
		plain.Subjects[i].Scale.Levels = plainLevels(plain.Subjects[i].Scale.Levels)
		plain.Subjects[i].Result.LevelName = "Level " + string(rune('0'+plain.Subjects[i].Result.Level))
	}
	unscored := reportOf(people[7], edu.Summative, 2472, 2551)
	unscored.Subjects[1].Result.Level, unscored.Subjects[1].Result.Claims, unscored.Subjects[1].History = 0, nil, nil
	unscored.Subjects[1].Result.Complete = edu.No
	return []reportSample{
		{"summative", "summative, both subjects, history with a missing year", reportView(w, reportOf(people[0], edu.Summative, 2472, 2551))},
		{"plain-levels", "levels named by number; Vietnamese name", reportView(w, plain)},
		{"invalid-partial", "invalid and partial", reportView(w, trouble)},
		{"one-subject", "one subject, no history", reportView(w, single)},
		{"interim", "interim comprehensive", reportView(w, reportOf(people[8], edu.InterimComprehensive, 2399, 2512))},
		{"blocks", "interim blocks", reportView(w, blockReport())},
		{"long-name", "a very long name, the lowest and the highest score", reportView(w, reportOf(people[4], edu.Summative, 2204, 2659))},
		{"no-score", "a test that ended without a score", reportView(w, unscored)},
		{"empty", "no result", reportView(w, report.StudentReport{Student: people[1], Grade: 4, Type: edu.Summative, Year: 2026})},
	}
}

func plainLevels(levels []edu.PerformanceLevel) []edu.PerformanceLevel {
	var all []edu.PerformanceLevel
	for i, l := range levels {
		l.Name = plainNames[i]
		all = append(all, l)
	}
	return all
}

func reportView(w *words.Words, r report.StudentReport) studentreport.View {
	return studentreport.View{
		Frame:  frame(w, r.Place.District.Name, r.Place.School.Name, w.Grade(r.Grade), r.Student.First+" "+r.Student.Last),
		Report: r, Address: layout.Address{Path: "/students/x"},
		OpportunityAddress: func(report.Opportunity) string { return "/students/x/reports/1" }, ListAddress: "/s/tk/d/1/sc/1/g/04",
		PDF: layout.Address{Path: "/students/x/reports/summative.pdf"},
	}
}

// reportOf makes a report; a score of 0 leaves the subject out.
func reportOf(s report.Student, kind edu.AssessmentType, math, ela int) report.StudentReport {
	rng := rand.New(rand.NewPCG(21, uint64(kind)))
	s.Code, s.Groups = "TK0001017", []edu.Group{{ID: "g1", Name: "Ms. Okafor, room 12"}}
	r := report.StudentReport{
		Student: s, Place: studentsOf(kind, "", 1).Place, Grade: 4, Type: kind, Year: 2026,
		Opportunities: []report.Opportunity{
			{Type: edu.Summative, Year: 2026, Grade: 4, Taken: day(2026, 4, 14), Current: kind == edu.Summative},
			{Type: edu.InterimComprehensive, Year: 2026, Grade: 4, Taken: day(2026, 1, 20), Current: kind == edu.InterimComprehensive},
			{Type: edu.InterimBlock, Year: 2026, Grade: 4, Current: kind == edu.InterimBlock},
			{Type: edu.Summative, Year: 2025, Grade: 3, Taken: day(2025, 4, 11)},
		},
	}
	for i, score := range []int{math, ela} {
		if score == 0 {
			continue
		}
		subject := edu.Subjects[i]
		one := report.SubjectReport{Subject: subject, Scale: scaleFor(subject, 4), Result: resultOf(rng, kind, subject, 4, score)}
		if i == 0 {
			one.Accommodations = []string{"Noise buffer", "Read aloud", "Text-to-speech"}
		}
		for _, past := range []struct{ grade, score int }{{3, score - 60}, {3, score - 31}} {
			was := resultOf(rng, kind, subject, past.grade, past.score)
			was.Year = edu.AcademicYear(2023 + len(one.History)) // 2025 is missing
			was.Taken = day(2025, 9+len(one.History), 9)
			one.History = append(one.History, report.PastResult{Result: was, Scale: scaleFor(subject, past.grade)})
		}
		one.History = append(one.History, report.PastResult{Result: one.Result, Scale: one.Scale})
		r.Subjects = append(r.Subjects, one)
	}
	return r
}

func blockReport() report.StudentReport {
	rng := rand.New(rand.NewPCG(31, 1))
	r := reportOf(people[0], edu.InterimBlock, 0, 0)
	one := report.SubjectReport{Subject: edu.Math}
	for _, name := range blockNames {
		one.Blocks = append(one.Blocks, blocksFor(rng, 3)[name]...)
	}
	r.Subjects = []report.SubjectReport{one}
	return r
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
