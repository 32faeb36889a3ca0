// Package telling says what a student's report holds in the words of a language: the answer, how sure it is, what changed, warnings and
// notes, and the charts with their words. Paper and pages that use it say the same.
//
// It decides which sentence holds; the sentences are in package words, numbers in report, shapes in draw.
package telling

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// Report tells one report in one language.
type Report struct {
	Words  *words.Words
	Report report.StudentReport
}

// First is how the report speaks of the student.
func (t Report) First() string {
	if t.Report.Student.First != "" {
		return t.Report.Student.First
	}
	return t.Report.Student.Last
}

// Called is the name in the title: first and last.
func (t Report) Called() string {
	return strings.TrimSpace(t.Report.Student.First + " " + t.Report.Student.Last)
}

// FullName is the student's whole name.
func (t Report) FullName() string {
	s := t.Report.Student
	return strings.Join(strings.Fields(s.First+" "+s.Middle+" "+s.Last), " ")
}

// Title is the question the report answers.
func (t Report) Title() string { return t.Words.Student.Title(t.Called()) }

// Running is whose report it is, for the head of a sheet.
func (t Report) Running() string {
	return t.Words.Student.Running(t.FullName(), t.Report.Grade, t.Report.Place.School.Name)
}

// Opportunity says which assessment it is: Summative, 2025–26.
func (t Report) Opportunity() string {
	return t.Words.Student.TypeYear(t.Words.Type(t.Report.Type), t.Report.Year)
}

// Lead is the answer in one sentence for some subjects of the report.
func (t Report) Lead(subjects ...report.SubjectReport) string {
	w := t.Words.Score
	if len(subjects) == 0 {
		return w.LeadNone(t.First())
	}
	if t.Report.Type == edu.InterimBlock {
		blocks := 0
		for _, s := range subjects {
			blocks += len(s.Blocks)
		}
		return w.LeadBlocks(t.First(), blocks)
	}
	verdicts := t.verdicts(subjects)
	if len(verdicts) == 0 {
		return w.LeadNone(t.First())
	}
	return w.Lead(t.First(), verdicts)
}

// Answer is the lead for the whole report, and what to read first.
func (t Report) Answer() string {
	lead := t.Lead(t.Report.Subjects...)
	if careful := t.Careful(t.Report.Subjects...); careful != "" && (t.Report.Type == edu.InterimBlock || len(t.verdicts(t.Report.Subjects)) > 0) {
		return lead + " " + careful
	}
	return lead
}

// Careful asks to read warnings that stand below the lead; empty without any.
func (t Report) Careful(subjects ...report.SubjectReport) string {
	if slices.ContainsFunc(subjects, func(s report.SubjectReport) bool { return len(t.Warnings(s.Result)) > 0 }) {
		return t.Words.Score.Careful()
	}
	return ""
}

// verdicts says how results stand to the standard, subjects that stand alike together.
func (t Report) verdicts(subjects []report.SubjectReport) []string {
	type stand func([]string) string
	says := map[int]stand{-1: t.Words.Score.NotYet, 0: t.Words.Score.Met, 1: t.Words.Score.Exceeded}
	named := map[int][]string{}
	var order []int
	for _, s := range subjects {
		if !Scored(s.Result) {
			continue
		}
		standard := edu.StandardLevel(len(s.Scale.Levels))
		at := min(1, max(-1, s.Result.Level-standard))
		if named[at] == nil {
			order = append(order, at)
		}
		named[at] = append(named[at], t.Words.SubjectInSentence(s.Subject))
	}
	var all []string
	for _, at := range order {
		all = append(all, says[at](named[at]))
	}
	return all
}

// Scored reports whether a result has a score to show.
func Scored(r report.Result) bool { return r.Level > 0 }

// Result is the score of a subject in a sentence.
func (t Report) Result(s report.SubjectReport) string {
	return t.Words.Score.Scored(t.First(), int(s.Result.Score.Value), t.Words.LevelInSentence(s.Result.Level, s.Result.LevelName))
}

// Confidence says how sure a score is: where it would likely lie again, and which other levels that reaches.
func (t Report) Confidence(s report.SubjectReport) string {
	w, score := t.Words.Score, s.Result.Score
	parts := []string{w.Likely(t.First(), int(score.Low), int(score.High))}
	standard := edu.StandardLevel(len(s.Scale.Levels))
	for _, l := range s.Scale.Levels {
		if l.CutPoint == s.Scale.Min || !score.Crosses(l.CutPoint) {
			continue
		}
		if l.Number == standard {
			parts = append(parts, w.CrossStandard(int(l.CutPoint), t.First()))
			break
		}
		other := l
		if s.Result.Level >= l.Number {
			other = s.Scale.Levels[max(l.Number-2, 0)]
		}
		parts = append(parts, w.CrossLevel(t.Words.LevelInSentence(other.Number, other.Name)))
	}
	return strings.Join(parts, " ")
}

// Meaning is the level of a result in plain words, then what students at it can usually do.
func (t Report) Meaning(s report.SubjectReport) (plain, text string) {
	levels := len(s.Scale.Levels)
	return t.Words.PlainLevelName(s.Result.Level, levels, s.Result.LevelName) + ".", t.Words.Meaning(s.Subject, s.Result.Grade, s.Result.Level, levels)
}

// ClaimLevels are the levels that occur among the claims of a result, lowest first.
func ClaimLevels(r report.Result) []report.ClaimResult {
	var all []report.ClaimResult
	for _, c := range r.Claims {
		if c.Level > 0 && !slices.ContainsFunc(all, func(x report.ClaimResult) bool { return x.Level == c.Level }) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b report.ClaimResult) int { return a.Level - b.Level })
	return all
}

// Warning is why a result must be read with care.
type Warning struct{ Heading, Text string }

// Warnings are those of a result, the gravest first.
func (t Report) Warnings(r report.Result) []Warning {
	w, name := t.Words.Student, t.First()
	var all []Warning
	if r.Condition == edu.ConditionInvalid {
		all = append(all, Warning{w.InvalidTitle(), w.InvalidBody(name)})
	}
	if r.Complete == edu.No {
		all = append(all, Warning{w.PartialTitle(name), w.PartialBody(name)})
	}
	if r.Condition == edu.ConditionNonStandardized {
		all = append(all, Warning{w.NonStandardTitle(), w.NonStandardBody()})
	}
	if t.Report.Type.HasOverallScore() && !Scored(r) {
		all = append(all, Warning{w.NoScoreTitle(name), w.NoScoreBody()})
	}
	return all
}

// Change says how the newest result differs from the one before it, and whether chance alone could explain it; empty without an earlier one.
// The ends of an error band lie one standard error from the score; a difference counts as more than chance when it is over twice the
// standard error of the two together.
func (t Report) Change(history []report.PastResult) string {
	if len(history) < 2 {
		return ""
	}
	w := t.Words.Score
	was, is := history[len(history)-2], history[len(history)-1]
	since := w.SinceGrade(was.Grade)
	if was.Grade == is.Grade {
		since = w.SinceDay(was.Taken)
	}
	points := int(is.Score.Value) - int(was.Score.Value)
	beyond := math.Abs(float64(points)) > 2*math.Hypot(halfBand(was.Score), halfBand(is.Score))
	switch {
	case points == 0:
		return w.Same(since)
	case points > 0 && beyond:
		return w.RoseBeyond(since, points)
	case points > 0:
		return w.RoseWithin(since, points)
	case beyond:
		return w.FellBeyond(since, -points)
	}
	return w.FellWithin(since, -points)
}

func halfBand(s edu.Score) float64 { return float64(s.High-s.Low) / 2 }

// Notes are what to keep in mind, for the kind of assessment and the grade.
func (t Report) Notes() []string {
	w := t.Words
	all := []string{w.Student.OneOfMany()}
	switch t.Report.Type {
	case edu.InterimBlock:
		return append(all, w.Student.BlocksNote(), w.Student.InterimNote())
	case edu.InterimComprehensive:
		return append(all, w.Score.Precision(), w.Student.InterimComprehensiveNote(), w.Student.InterimNote())
	}
	all = append(all, w.Score.Precision())
	if t.Report.Grade == 11 {
		all = append(all, w.Student.College())
	}
	return all
}

// Scale is what a score is drawn on, with levels named.
func (t Report) Scale(s report.Scale) draw.Scale {
	d := draw.Scale{Min: float64(s.Min), Max: float64(s.Max), Standard: edu.StandardLevel(len(s.Levels))}
	for _, l := range s.Levels {
		d.Levels = append(d.Levels, draw.Level{Number: l.Number, Name: t.Words.LevelName(l.Number, l.Name), Cut: float64(l.CutPoint)})
	}
	return d
}

// Score is a score to be drawn.
func Score(s edu.Score) draw.Score {
	return draw.Score{Value: float64(s.Value), Low: float64(s.Low), High: float64(s.High)}
}

// Naming says what stands under the levels of a figure.
type Naming bool

// The two ways.
const (
	Named    Naming = false // their names where they fit
	Numbered Naming = true  // their numbers; a key beside the figure says the names
)

// Figure is the score on its scale. Its alternative is what stands beside it.
func (t Report) Figure(s report.SubjectReport, width float64, n Naming) draw.List {
	scale := t.Scale(s.Scale)
	for i := range scale.Levels {
		if n == Numbered {
			scale.Levels[i].Name = strconv.Itoa(scale.Levels[i].Number)
		}
	}
	return draw.ScoreFigure(scale, Score(s.Result.Score), width, t.Words.Score.Standard(), t.Result(s)+" "+t.Confidence(s))
}

// History is the results over time. Its alternative says what changed and each result.
func (t Report) History(s report.SubjectReport, width float64) draw.List {
	return draw.History(t.slots(s), width, t.Words.Score.Standard(), t.Words.Score.NoResult(), t.Change(s.History))
}

// slots are the places of a history: every year from the first to the last for summative results, so that a missing year shows; each day
// for interim ones.
func (t Report) slots(s report.SubjectReport) []draw.Slot {
	w := t.Words
	var all []draw.Slot
	if t.Report.Type != edu.Summative {
		for _, p := range s.History {
			score := Score(p.Score)
			all = append(all, draw.Slot{Label: w.ShortDay(p.Taken), Sub: w.Grade(p.Grade), ShortLabel: w.ShortMonth(p.Taken),
				ShortSub: "’" + p.Taken.Format("06"), Scale: t.Scale(p.Scale), Score: &score})
		}
		return all
	}
	if len(s.History) == 0 {
		return nil
	}
	for year := s.History[0].Year; year <= s.History[len(s.History)-1].Year; year++ {
		slot := draw.Slot{Label: w.Year(year), ShortLabel: strconv.Itoa(int(year))}
		for _, p := range s.History {
			if p.Year == year {
				score := Score(p.Score)
				slot.Sub, slot.ShortSub, slot.Scale, slot.Score = w.Grade(p.Grade), w.ShortGrade(p.Grade), t.Scale(p.Scale), &score
			}
		}
		all = append(all, slot)
	}
	return all
}

// Block is one interim block with all its results, newest first.
type Block struct {
	Grade   edu.Grade
	Name    string // as delivered
	Results []report.Result
}

// Blocks groups the results of a subject by block: highest grade first, then in the order they come.
func Blocks(s report.SubjectReport) []Block {
	var all []Block
	for _, r := range s.Blocks {
		name := BlockName(r)
		i := slices.IndexFunc(all, func(b Block) bool { return b.Name == name && b.Grade == r.Grade })
		if i < 0 {
			all, i = append(all, Block{Grade: r.Grade, Name: name}), len(all)
		}
		all[i].Results = append(all[i].Results, r)
	}
	for i := range all {
		slices.SortStableFunc(all[i].Results, func(a, b report.Result) int { return b.Taken.Compare(a.Taken) })
	}
	slices.SortStableFunc(all, func(a, b Block) int { return int(b.Grade) - int(a.Grade) })
	return all
}

// BlockName is the name of the one claim of a block.
func BlockName(r report.Result) string {
	if len(r.Claims) > 0 {
		return r.Claims[0].Claim.Name
	}
	return r.Period
}

// BlockLevel is the level of a block's result; 0 when it has none.
func BlockLevel(r report.Result) (int, string) {
	if len(r.Claims) > 0 {
		return r.Claims[0].Level, r.Claims[0].LevelName
	}
	return 0, ""
}

// Day writes a day, or nothing when it is not known.
func (t Report) Day(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return t.Words.LongDay(day)
}
