package studentreport

import (
	"slices"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// opportunity names an assessment opportunity: its type and year, or the day of an interim comprehensive one.
func opportunity(w *words.Words, o report.Opportunity) string {
	if o.Type == edu.InterimComprehensive && !o.Taken.IsZero() {
		return w.Student.Opportunity(w.Type(o.Type), w.ShortDay(o.Taken))
	}
	return w.Student.Opportunity(w.Type(o.Type), w.Year(o.Year))
}

func opportunityAddress(v View, o report.Opportunity) string {
	if v.OpportunityAddress == nil {
		return ""
	}
	return v.OpportunityAddress(o)
}

func groupNames(s report.Student) string {
	var names []string
	for _, g := range s.Groups {
		names = append(names, g.Name)
	}
	return strings.Join(names, ", ")
}

// accommodated reports whether a report says which supports there were.
func accommodated(r report.StudentReport) bool {
	return slices.ContainsFunc(r.Subjects, func(s report.SubjectReport) bool { return len(s.Accommodations) > 0 })
}
