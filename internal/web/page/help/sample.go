package help

import (
	"time"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// cuts are the scales of the samples by grade: the lowest score, where levels 2 to 4 begin, the highest score.
var cuts = map[edu.Grade][5]int16{3: {2189, 2381, 2436, 2501, 2621}, 4: {2204, 2411, 2485, 2549, 2659}, 5: {2219, 2455, 2528, 2579, 2700}}

func scale(w *words.Words, g edu.Grade) report.Scale {
	s := report.Scale{Min: cuts[g][0], Max: cuts[g][4]}
	for i := range 4 {
		s.Levels = append(s.Levels, edu.PerformanceLevel{Number: i + 1, Name: w.PlainLevelName(i+1, 4, ""), CutPoint: cuts[g][i]})
	}
	return s
}

func result(w *words.Words, g edu.Grade, score edu.Score, level int) report.Result {
	year := edu.AcademicYear(2021 + int(g))
	return report.Result{Type: edu.Summative, Subject: edu.Math, Year: year, Grade: g, Taken: time.Date(int(year), time.April, 14, 0, 0, 0, 0, time.UTC),
		Score: score, Level: level, LevelName: w.PlainLevelName(level, 4, ""), Complete: edu.Yes}
}

// told tells of an invented student.
func told(w *words.Words) telling.Report {
	return telling.Report{Words: w, Report: report.StudentReport{Student: report.Student{First: w.Help.SampleStudent()}, Type: edu.Summative}}
}

// sample is the report of the invented student: just below the standard, so that the error band lies on both sides of it, and better than the
// year before by more than chance.
func sample(w *words.Words) report.SubjectReport {
	now := result(w, 5, edu.Score{Value: 2514, Low: 2492, High: 2533}, 2)
	for i, level := range []int{3, 2, 1} {
		now.Claims = append(now.Claims, report.ClaimResult{
			Claim: edu.Claim{Number: i + 1, Name: []string{"Concepts & Procedures", "Problem Solving and Modeling & Data Analysis", "Communicating Reasoning"}[i]},
			Level: level, LevelName: []string{"Below Standard", "At/Near Standard", "Above Standard"}[level-1],
		})
	}
	return report.SubjectReport{Subject: edu.Math, Scale: scale(w, 5), Result: now, History: []report.PastResult{
		{Result: result(w, 3, edu.Score{Value: 2385, Low: 2364, High: 2406}, 2), Scale: scale(w, 3)},
		{Result: result(w, 4, edu.Score{Value: 2450, Low: 2430, High: 2469}, 2), Scale: scale(w, 4)},
		{Result: now, Scale: scale(w, 5)},
	}}
}

// school is a row of the sample of a comparison.
type school struct {
	name string
	all  report.Distribution
}

func schools(w *words.Words) []school {
	var rows []school
	for i, percents := range [][]int{{14, 25, 36, 25}, {24, 30, 29, 17}, {38, 31, 21, 10}} {
		d := report.Distribution{Subject: edu.Math, Students: []int{412, 388, 27}[i], AtOrAbove: percents[2] + percents[3]}
		for k, p := range percents {
			d.Levels = append(d.Levels, report.LevelCount{Level: k + 1, Name: w.PlainLevelName(k+1, 4, ""), Percent: p})
		}
		rows = append(rows, school{w.Comparison.School() + " " + string(rune('A'+i)), d})
	}
	return rows
}

// barWidth, barHeight and barThick are the measures of the bars, as on the page itself.
const barWidth, barHeight, barThick = 248, 44, 20

func axis(rows []school) draw.Axis {
	var spreads []draw.Spread
	for _, r := range rows {
		spreads = append(spreads, layout.Spread(r.all))
	}
	return draw.NewAxis(barWidth, barHeight, -1, spreads...)
}
