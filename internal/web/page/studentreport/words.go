package studentreport

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// words are the texts of the page. Texts about levels and claims are in meaning.go.
var words = struct {
	title, exceeded, met, notYet, leadBlocks, leadNone, careful string
	scored, levelNamed, likely, crossStandard, crossLevel       string
	figure, meaning, parts, partsNote, history, historyNote     string
	part, covers, result, none                                  string
	year, grade, score, likelyRange, level                      string
	rose, fell, same, beyond, within                            string
	supports, notes, others, facts                              string
	school, district, code, name, groups                        string
	oneOfMany, bands, college, interim, blocksNote              string
	warnInvalid, warnPartial, warnNonStandard, standard         string
	missing, block, newest, earlier, noEarlier, back            string
	standardWord, noResult, current                             string
	partial, invalid                                            string
}{
	title:    "How did %s do?",
	exceeded: "has exceeded the standard in %s", met: "has met the standard in %s", notYet: "has not yet met the standard in %s",
	careful:    " Read the warnings below first.",
	leadBlocks: "%s took %s. Each looks at one topic only.", leadNone: "%s has no result here.",
	scored:        "%s scored %d: %s.",
	levelNamed:    "level %d, %s",
	likely:        "Tested again, %s would likely score between %d and %d.",
	crossStandard: "That range lies on both sides of the standard (%d), so this result alone cannot say for sure whether %s has met it.",
	crossLevel:    "That range reaches into %s, so the level could be either.",
	figure:        "The marker is the score. The bar with ends is the range in which the score would likely lie if the test were taken again. The black line is the standard, the lowest score that meets it.",
	meaning:       "What does this level mean?",
	parts:         "What were the parts of the test?",
	partsNote:     "Each part has fewer questions than the whole test, so these results are less precise than the score.",
	history:       "How has this changed?",
	historyNote:   "Each dot is a score with its likely range. The bands behind it are the levels of that grade’s test; the black line is the standard of that grade.",
	part:          "Part", covers: "What it covers", result: "Result", none: "no result",
	year: "Year", grade: "Grade", score: "Score", likelyRange: "Likely range", level: "Level",
	rose: "Since %s the score rose by %d points", fell: "Since %s the score fell by %d points", same: "Since %s the score has stayed the same.",
	beyond: ", more than chance alone would explain.", within: "; a change of this size can happen by chance.",
	supports: "Supports available during the test", notes: "Good to know", others: "Other results", facts: "About this report",
	school: "School", district: "District", code: "Student ID", name: "Student", groups: "Groups",
	oneOfMany:       "A test shows part of what a student knows on one day. Look at it together with classwork, grades and what teachers and family see.",
	bands:           "No test measures exactly. The likely range says how far the score can be trusted.",
	college:         "Many colleges accept a grade 11 score at or above the standard as evidence that a student is ready for first-year courses. Ask the school counselor which do.",
	interim:         "Interim assessments are scored at the school and their questions are not kept secret. They help plan teaching; do not read too much into a single one.",
	blocksNote:      "Blocks are short tests of one topic. They have no score, only one of three levels.",
	warnInvalid:     "This result is marked invalid.|Something went wrong when the test was given, so the score may not show what %s can do. It is not counted in any percent or comparison.",
	warnPartial:     "%s did not finish this test.|Questions without an answer count as wrong, so the score may be lower than what %s can do.",
	warnNonStandard: "This test was not given under standard conditions.|Its score should not be compared with others.",
	standard:        "Given under standard conditions, so it can be compared with other tests given the same way.",
	missing:         "There is no result in %s.", block: "Block", newest: "Newest result", earlier: "Earlier results", noEarlier: "none", back: "All students of %s",
	standardWord: "Standard", noResult: "no result", current: "shown here",
	partial: "Partial", invalid: "Invalid",
}

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

func title(r report.StudentReport) string {
	return fmt.Sprintf(words.title, strings.TrimSpace(r.Student.First+" "+r.Student.Last))
}

// lead is the answer in one sentence, all subjects together.
func lead(r report.StudentReport) string {
	if len(r.Subjects) == 0 {
		return fmt.Sprintf(words.leadNone, first(r))
	}
	if r.Type == edu.InterimBlock {
		n := 0
		for _, s := range r.Subjects {
			n += len(s.Blocks)
		}
		return fmt.Sprintf(words.leadBlocks, first(r), layout.Plural(n, "1 interim block", "%s interim blocks"))
	}
	text := first(r) + " " + layout.List(verdicts(r)) + "."
	if slices.ContainsFunc(r.Subjects, func(s report.SubjectReport) bool { return len(warnings(r, s.Result)) > 0 }) {
		text += words.careful
	}
	return text
}

// verdicts says how the results stand to the standard, subjects that stand alike together.
func verdicts(r report.StudentReport) []string {
	var order []string
	subjects := map[string][]string{}
	for _, s := range r.Subjects {
		v := verdict(s)
		if subjects[v] == nil {
			order = append(order, v)
		}
		subjects[v] = append(subjects[v], s.Subject.Label())
	}
	for i, v := range order {
		order[i] = fmt.Sprintf(v, layout.List(subjects[v]))
	}
	return order
}

// verdict says how a result stands to the standard.
func verdict(s report.SubjectReport) string {
	standard := edu.StandardLevel(len(s.Scale.Levels))
	switch {
	case s.Result.Level > standard:
		return words.exceeded
	case s.Result.Level == standard:
		return words.met
	}
	return words.notYet
}

// levelPhrase names a level in a sentence: "Level 2", or "level 2, Partial Understanding".
func levelPhrase(number int, name string) string {
	if name == "" || strings.HasSuffix(name, fmt.Sprint(number)) {
		return strings.TrimSpace(name)
	}
	return fmt.Sprintf(words.levelNamed, number, name)
}

// sentences are the result of one subject in words.
func sentences(r report.StudentReport, s report.SubjectReport) (result, confidence string) {
	name, score := first(r), s.Result.Score
	result = fmt.Sprintf(words.scored, name, score.Value, levelPhrase(s.Result.Level, s.Result.LevelName))
	parts := []string{fmt.Sprintf(words.likely, name, score.Low, score.High)}
	standard := edu.StandardLevel(len(s.Scale.Levels))
	for _, l := range s.Scale.Levels {
		if l.CutPoint == s.Scale.Min || !score.Crosses(l.CutPoint) {
			continue
		}
		if l.Number == standard {
			parts = append(parts, fmt.Sprintf(words.crossStandard, l.CutPoint, name))
			break
		}
		other := l
		if s.Result.Level >= l.Number {
			other = s.Scale.Levels[max(l.Number-2, 0)]
		}
		parts = append(parts, fmt.Sprintf(words.crossLevel, levelPhrase(other.Number, other.Name)))
	}
	return result, strings.Join(parts, " ")
}

// warning is why a result must be read with care.
type warning struct{ Heading, Text string }

func warnings(r report.StudentReport, result report.Result) []warning {
	var all []warning
	add := func(text string) {
		heading, rest, _ := strings.Cut(strings.ReplaceAll(text, "%s", first(r)), "|")
		all = append(all, warning{heading, rest})
	}
	if result.Condition == edu.ConditionInvalid {
		add(words.warnInvalid)
	}
	if result.Complete == edu.No {
		add(words.warnPartial)
	}
	if result.Condition == edu.ConditionNonStandardized {
		add(words.warnNonStandard)
	}
	return all
}

// change says how the newest result differs from the one before it, and whether chance alone could explain it.
// The ends of an error band lie one standard error from the score; a difference counts as more than chance when it
// is over twice the standard error of the two together.
func change(history []report.PastResult) string {
	if len(history) < 2 {
		return ""
	}
	was, is := history[len(history)-2], history[len(history)-1]
	difference := int(is.Score.Value) - int(was.Score.Value)
	since := was.Grade.String()
	if was.Grade == is.Grade {
		since = layout.LongDay(was.Taken)
	}
	if difference == 0 {
		return fmt.Sprintf(words.same, since)
	}
	text, size := words.rose, difference
	if difference < 0 {
		text, size = words.fell, -difference
	}
	chance := words.within
	if float64(size) > 2*math.Hypot(halfBand(was.Score), halfBand(is.Score)) {
		chance = words.beyond
	}
	return fmt.Sprintf(text, strings.ToLower(since[:1])+since[1:], size) + chance
}

func halfBand(s edu.Score) float64 { return float64(s.High-s.Low) / 2 }

// notes are what to keep in mind, for the kind of assessment and the grade.
func notes(r report.StudentReport) []string {
	all := []string{words.oneOfMany}
	switch r.Type {
	case edu.InterimBlock:
		return append(all, words.blocksNote, words.interim)
	case edu.InterimComprehensive:
		return append(all, words.bands, words.interim)
	}
	all = append(all, words.bands)
	if r.Grade == 11 {
		all = append(all, words.college)
	}
	return all
}
