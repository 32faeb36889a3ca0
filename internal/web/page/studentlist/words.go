package studentlist

import (
	"fmt"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// words are the texts of the page.
var words = struct {
	title, students, oneStudent                     string
	year, kind, view, overview, group, allGroups    string
	student, score, scale, level, status, date      string
	answer                                          string
	partial, invalid, standardized, nonStandardized string
	sort, name, interval                            string
	empty, emptyFiltered, emptyHint, otherYear      string
	caption, blocksCaption, results                 string
	noteScale, noteCuts, noteClaims, noteInterim    string
	notePartial, noteInvalid, noteStandard          string
	noteNonStandard, noteOthers                     string
	noteBlocks, noteCounted                         string
	earlier                                         string
}{
	title:    "How did the students of %s do?",
	students: "%s students with results", oneStudent: "1 student with results",
	year: "Academic year", kind: "Assessment", view: "Subject", overview: "All subjects", group: "Student group", allGroups: "All students",
	student: "Student", score: "Score", scale: "On the scale", level: "Level", status: "Status", date: "Date taken",
	answer:  "of the %s students tested met or exceeded the standard",
	partial: "Partial", invalid: "Invalid", standardized: "Standardized", nonStandardized: "Non-standardized",
	sort: "Sort by", name: "Name", interval: "%d, likely between %d and %d",
	empty: "No student has results here.", emptyFiltered: "No student matches these filters.", emptyHint: "Remove a filter, or choose another assessment or year.", otherYear: "Choose another assessment or year.",
	caption: "Results of each student, %s, %s", blocksCaption: "Newest result of each student in each block, %s", results: "results, one column per block",
	noteScale:    "The dot is the score; the thin bar is its error band: tested again, the student would likely score within it. The black line is the standard.",
	noteCuts:     "%s: scores run from %d to %d. %s.",
	noteClaims:   "Claims are parts of the test, measured with fewer questions than the whole and so less precisely.",
	noteInterim:  "Interim assessments are scored locally and their questions are not kept secret. Do not read too much into a single one.",
	notePartial:  "Partial: the test was not finished; questions without an answer count as wrong.",
	noteInvalid:  "Invalid: something went wrong when the test was given. Treat the score with caution; it is not counted in percents and comparisons.",
	noteStandard: "Standardized: given under standard conditions, so it can be compared with others given the same way.", noteNonStandard: "Non-standardized: not given under standard conditions.",
	noteOthers:  "Blocks without the word were not.",
	noteBlocks:  "Each cell shows the newest result of a block. The student’s report shows all of them.",
	noteCounted: "The bars above count valid results.",
	earlier:     "%d earlier",
}

func title(r report.StudentList) string { return fmt.Sprintf(words.title, inSentence(r.Grade)) }

// inSentence writes a grade in the middle of a sentence.
func inSentence(g edu.Grade) string { return strings.ToLower(g.String()) }

func counted(n int) string { return layout.Plural(n, words.oneStudent, words.students) }

func answer(d report.Distribution) string {
	if d.Visibility != report.Shown {
		return words.empty
	}
	return fmt.Sprintf(words.answer, layout.Count(d.Students))
}

// cuts says the scale of a subject in words.
func cuts(subject edu.Subject, s report.Scale) string {
	var parts []string
	for _, l := range s.Levels {
		if l.CutPoint > s.Min {
			parts = append(parts, fmt.Sprintf("%s from %d", l.Name, l.CutPoint))
		}
	}
	return fmt.Sprintf(words.noteCuts, subject.Label(), s.Min, s.Max, strings.Join(parts, ", "))
}
