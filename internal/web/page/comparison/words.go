package comparison

import (
	"fmt"
	"strings"

	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// words are the texts of the page.
var words = struct {
	titles, heads                                            [3]string // by report.InstitutionLevel
	counted, kinds                                           [3][2]string
	place                                                    string
	year, bars, aligned, full                                string
	answer, answerFiltered, withheldAll, noneAll, interimAll string
	compare, compareOne, only, all, sort, remove, removeOne  string
	tested, percent, spread                                  string
	small, ofAll                                             string
	empty, emptyFiltered, emptyHint                          string
	caption, howToRead, dashed                               string
	noteWithheld, noteInterim, noteNone, noteSmall           string
	noteCounted, filtersWithhold                             string
	name, below, standard, above                             string
}{
	titles:  [3]string{"How do the districts of %s compare?", "How do the schools of %s compare?", "How do the grades of %s compare?"},
	heads:   [3]string{"District", "School", "Grade"},
	counted: [3][2]string{{"1 district", "%s districts"}, {"1 school", "%s schools"}, {"1 grade", "%s grades"}},
	kinds:   [3][2]string{{"the one district", "the %s districts"}, {"the one school", "the %s schools"}, {"the one grade", "the %s grades"}},
	place:   "Summative assessments, %s",
	year:    "Academic year", bars: "Bars", aligned: "Aligned at the standard", full: "Full width",
	answer:         "of the %s students tested met or exceeded the standard",
	answerFiltered: "of the %s students who match the filters met or exceeded the standard",
	withheldAll:    "Withheld for privacy: the results would tell about single students, of this group or of a smaller one beside it.",
	noneAll:        "Nobody has a result.",
	interimAll:     "There is no summative result yet, only interim results. Interim results are in the lists of students.",
	compare:        "Compare selected", compareOne: "Compare %s", only: "Showing %s you selected.", all: "Show all", sort: "Sort by", remove: "Remove", removeOne: "Remove %s from the comparison",
	tested: "Tested", percent: "At or above", spread: "Levels, in percent",
	small: "small group", ofAll: "of %s",
	empty:           "There are no results for %s in %s.",
	emptyFiltered:   "No student matches these filters.",
	emptyHint:       "Remove a filter, or choose another year.",
	caption:         "Students tested and percent at or above the standard, %s, %s",
	howToRead:       "Each bar shows how the students of a row are spread over the levels; the numbers in it are percents. Left of the black line are the levels below the standard, right of it the levels at or above.",
	dashed:          "The dashed line marks the percent at or above the standard of %s.",
	noteWithheld:    "withheld for privacy: groups of fewer than %s students, groups whose results would tell about each student in them, and groups from which such a group could be worked out by subtraction.",
	noteInterim:     "interim results only; see the lists of students.",
	noteNone:        "no results.",
	noteSmall:       "Small group: fewer than 30 students. Expect such percents to move by many points from year to year by chance alone.",
	noteCounted:     "Counted are valid results, also of students who did not finish the test. Results marked invalid are not counted. Percents are rounded and add up to 100.",
	filtersWithhold: "With these filters %s cannot be shown, because the groups become too small.",
	name:            "Name", below: "Below", standard: "Standard", above: "At or above",
}

// smallGroup is the number of students below which a row carries a caution.
const smallGroup = 30

// placeName is the name of the place whose parts are compared.
func placeName(r report.Comparison) string {
	switch {
	case r.Place.School.Name != "":
		return r.Place.School.Name
	case r.Place.District.Name != "":
		return r.Place.District.Name
	}
	return strings.TrimPrefix(r.Place.StateName, "State of ")
}

func title(r report.Comparison) string { return fmt.Sprintf(words.titles[r.Level], placeName(r)) }

func counted(r report.Comparison) string {
	return layout.Plural(len(r.Rows), words.counted[r.Level][0], words.counted[r.Level][1])
}

func selected(r report.Comparison) string {
	return layout.Plural(len(r.Rows), words.kinds[r.Level][0], words.kinds[r.Level][1])
}

// answer is the sentence about all rows together.
func answer(r report.Comparison, d report.Distribution) string {
	switch d.Visibility {
	case report.Withheld:
		return words.withheldAll
	case report.NoResults:
		return words.noneAll
	case report.InterimOnly:
		return words.interimAll
	}
	if r.Filtered {
		return fmt.Sprintf(words.answerFiltered, layout.Count(d.Students))
	}
	return fmt.Sprintf(words.answer, layout.Count(d.Students))
}

// overallName is what the row of all rows together is called.
func overallName(r report.Comparison) string {
	if r.Overall.Name != "" {
		return r.Overall.Name
	}
	return placeName(r)
}
