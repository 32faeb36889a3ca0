package studentreport

import (
	"math"
	"slices"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// first is how the page speaks of the student.
func first(r report.StudentReport) string {
	if r.Student.First != "" {
		return r.Student.First
	}
	return r.Student.Last
}

// fullName is the student's whole name.
func fullName(s report.Student) string {
	return strings.Join(strings.Fields(s.First+" "+s.Middle+" "+s.Last), " ")
}

func title(v View) string {
	return v.say().Student.Title(strings.TrimSpace(v.Report.Student.First + " " + v.Report.Student.Last))
}

// scored reports whether there is a score to show: a test may end without one.
func scored(s report.SubjectReport) bool { return s.Result.Level > 0 && len(s.Scale.Levels) > 0 }

// lead is the answer in one sentence, all subjects together.
func lead(w *words.Words, r report.StudentReport) string {
	if r.Type == edu.InterimBlock && len(r.Subjects) > 0 {
		n := 0
		for _, s := range r.Subjects {
			n += len(s.Blocks)
		}
		return w.Score.LeadBlocks(first(r), n)
	}
	all := verdicts(w, r)
	if len(all) == 0 {
		return w.Score.LeadNone(first(r))
	}
	text := w.Score.Lead(first(r), all)
	if slices.ContainsFunc(r.Subjects, func(s report.SubjectReport) bool { return len(warnings(w, first(r), s)) > 0 }) {
		text += " " + w.Score.Careful()
	}
	return text
}

// verdicts say how the results stand to the standard, subjects that stand alike together.
func verdicts(w *words.Words, r report.StudentReport) []string {
	var order []int // places of the subjects in all, as they are met
	var all [3][]string
	for _, s := range r.Subjects {
		if !scored(s) {
			continue
		}
		i := standing(s)
		if all[i] == nil {
			order = append(order, i)
		}
		all[i] = append(all[i], w.SubjectInSentence(s.Subject))
	}
	var said []string
	for _, i := range order {
		said = append(said, []func([]string) string{w.Score.NotYet, w.Score.Met, w.Score.Exceeded}[i](all[i]))
	}
	return said
}

// standing is how a result stands to the standard: 0 below, 1 at, 2 above it.
func standing(s report.SubjectReport) int {
	standard := edu.StandardLevel(len(s.Scale.Levels))
	switch {
	case s.Result.Level > standard:
		return 2
	case s.Result.Level == standard:
		return 1
	}
	return 0
}

// sentences are the result of one subject in words.
func sentences(w *words.Words, name string, s report.SubjectReport) (result, confidence string) {
	score := s.Result.Score
	result = w.Score.Scored(name, int(score.Value), w.LevelInSentence(s.Result.Level, s.Result.LevelName))
	parts := []string{w.Score.Likely(name, int(score.Low), int(score.High))}
	standard := edu.StandardLevel(len(s.Scale.Levels))
	for _, l := range s.Scale.Levels {
		if l.CutPoint == s.Scale.Min || !score.Crosses(l.CutPoint) {
			continue
		}
		if l.Number == standard {
			parts = append(parts, w.Score.CrossStandard(int(l.CutPoint), name))
			break
		}
		other := l
		if s.Result.Level >= l.Number {
			other = s.Scale.Levels[max(l.Number-2, 0)]
		}
		parts = append(parts, w.Score.CrossLevel(w.LevelInSentence(other.Number, other.Name)))
	}
	return result, strings.Join(parts, " ")
}

// warning is why a result must be read with care.
type warning struct{ Heading, Text string }

func warnings(w *words.Words, name string, s report.SubjectReport) []warning {
	var all []warning
	if s.Result.Condition == edu.ConditionInvalid {
		all = append(all, warning{w.Student.InvalidTitle(), w.Student.InvalidBody(name)})
	}
	if s.Result.Complete == edu.No {
		all = append(all, warning{w.Student.PartialTitle(name), w.Student.PartialBody(name)})
	}
	if s.Result.Condition == edu.ConditionNonStandardized {
		all = append(all, warning{w.Student.NonStandardTitle(), w.Student.NonStandardBody()})
	}
	if !scored(s) {
		all = append(all, warning{w.Student.NoScoreTitle(name), w.Student.NoScoreBody()})
	}
	return all
}

// change says how the newest result differs from the one before it, and whether chance alone could explain it.
// The ends of an error band lie one standard error from the score; a difference counts as more than chance when it
// is over twice the standard error of the two together.
func change(w *words.Words, history []report.PastResult) string {
	if len(history) < 2 {
		return ""
	}
	was, is := history[len(history)-2], history[len(history)-1]
	since := w.Score.SinceGrade(was.Grade)
	if was.Grade == is.Grade {
		since = w.Score.SinceDay(was.Taken)
	}
	difference := int(is.Score.Value) - int(was.Score.Value)
	beyond := math.Abs(float64(difference)) > 2*math.Hypot(halfBand(was.Score), halfBand(is.Score))
	switch {
	case difference == 0:
		return w.Score.Same(since)
	case difference > 0 && beyond:
		return w.Score.RoseBeyond(since, difference)
	case difference > 0:
		return w.Score.RoseWithin(since, difference)
	case beyond:
		return w.Score.FellBeyond(since, -difference)
	}
	return w.Score.FellWithin(since, -difference)
}

func halfBand(s edu.Score) float64 { return float64(s.High-s.Low) / 2 }

// meaning is what students at the level of a result can usually do, after the level in plain words where it has some.
func meaning(w *words.Words, s report.SubjectReport) (plain, text string) {
	levels := len(s.Scale.Levels)
	return w.PlainLevelName(s.Result.Level, levels, s.Result.LevelName), w.Meaning(s.Subject, s.Result.Grade, s.Result.Level, levels)
}

// claimLevels are the levels that occur among the claims of a result, lowest first.
func claimLevels(r report.Result) []report.ClaimResult {
	var all []report.ClaimResult
	for _, c := range r.Claims {
		if c.Level > 0 && !slices.ContainsFunc(all, func(x report.ClaimResult) bool { return x.Level == c.Level }) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b report.ClaimResult) int { return a.Level - b.Level })
	return all
}

// notes are what to keep in mind, for the kind of assessment and the grade.
func notes(w *words.Words, r report.StudentReport) []string {
	all := []string{w.Student.OneOfMany()}
	switch r.Type {
	case edu.InterimBlock:
		return append(all, w.Student.BlocksNote(), w.Student.InterimNote())
	case edu.InterimComprehensive:
		return append(all, w.Score.Precision(), w.Student.InterimComprehensiveNote(), w.Student.InterimNote())
	}
	all = append(all, w.Score.Precision())
	if r.Grade == 11 {
		all = append(all, w.Student.College())
	}
	return all
}
