package studentreport

import (
	"fmt"
	"slices"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// wide and narrow are the widths of a chart: for screens and paper, and for phones.
const wide, narrow = 680, 328

func scaleOf(w *words.Words, s report.Scale) draw.Scale {
	d := draw.Scale{Min: float64(s.Min), Max: float64(s.Max), Standard: edu.StandardLevel(len(s.Levels))}
	for _, l := range s.Levels {
		d.Levels = append(d.Levels, draw.Level{Number: l.Number, Name: w.LevelName(l.Number, l.Name), Cut: float64(l.CutPoint)})
	}
	return d
}

func scoreOf(s edu.Score) draw.Score {
	return draw.Score{Value: float64(s.Value), Low: float64(s.Low), High: float64(s.High)}
}

// figure is the score on its scale; its alternative is what the page says beside it.
func figure(w *words.Words, name string, s report.SubjectReport, width float64) draw.List {
	result, confidence := sentences(w, name, s)
	return draw.ScoreFigure(scaleOf(w, s.Scale), scoreOf(s.Result.Score), width, w.Score.Standard(), result+" "+confidence)
}

// slots are the places of a history: every year from the first to the last for summative results, so that a
// missing year shows; each day for interim ones.
func slots(w *words.Words, s report.SubjectReport) []draw.Slot {
	var all []draw.Slot
	if s.Result.Type != edu.Summative {
		for _, p := range s.History {
			score := scoreOf(p.Score)
			all = append(all, draw.Slot{Label: w.ShortDay(p.Taken), Sub: w.Grade(p.Grade), ShortLabel: w.ShortMonth(p.Taken), ShortSub: p.Taken.Format("’06"),
				Scale: scaleOf(w, p.Scale), Score: &score})
		}
		return all
	}
	for year := s.History[0].Year; year <= s.History[len(s.History)-1].Year; year++ {
		slot := draw.Slot{Label: w.Year(year), ShortLabel: fmt.Sprint(int(year))}
		for _, p := range s.History {
			if p.Year == year {
				score := scoreOf(p.Score)
				slot.Sub, slot.ShortSub = w.Grade(p.Grade), w.ShortGrade(p.Grade)
				slot.Scale, slot.Score = scaleOf(w, p.Scale), &score
			}
		}
		all = append(all, slot)
	}
	return all
}

func history(w *words.Words, s report.SubjectReport, width float64) draw.List {
	return draw.History(slots(w, s), width, w.Score.Standard(), w.Score.NoResult(), change(w, s.History))
}

// blockRow is one block with all its results, newest first.
type blockRow struct {
	Grade   edu.Grade
	Name    string
	Results []report.Result
}

// blockRows groups the results of blocks: highest grade first, then in the order they come.
func blockRows(s report.SubjectReport) []blockRow {
	var rows []blockRow
	for _, b := range s.Blocks {
		name := blockName(b)
		i := slices.IndexFunc(rows, func(r blockRow) bool { return r.Name == name && r.Grade == b.Grade })
		if i < 0 {
			rows, i = append(rows, blockRow{Grade: b.Grade, Name: name}), len(rows)
		}
		rows[i].Results = append(rows[i].Results, b)
	}
	for i := range rows {
		slices.SortStableFunc(rows[i].Results, func(a, b report.Result) int { return b.Taken.Compare(a.Taken) })
	}
	slices.SortStableFunc(rows, func(a, b blockRow) int { return int(b.Grade) - int(a.Grade) })
	return rows
}

// blockName is the name of the one claim of a block.
func blockName(r report.Result) string {
	if len(r.Claims) > 0 {
		return r.Claims[0].Claim.Name
	}
	return r.Period
}

// blockLevel is the level of a block's result.
func blockLevel(r report.Result) (int, string) {
	if len(r.Claims) > 0 {
		return r.Claims[0].Level, r.Claims[0].LevelName
	}
	return 0, ""
}
