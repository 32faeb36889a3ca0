package studentreport

import (
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// opportunity names an assessment opportunity: its type and year, or the day of an interim comprehensive one.
func opportunity(o report.Opportunity) string {
	if o.Type == edu.InterimComprehensive && !o.Taken.IsZero() {
		return o.Type.Label() + ", " + layout.ShortDay(o.Taken)
	}
	return o.Type.Label() + ", " + o.Year.String()
}

func opportunityAddress(v View, o report.Opportunity) string {
	if v.OpportunityAddress == nil {
		return ""
	}
	return v.OpportunityAddress(o)
}

func inSentence(g edu.Grade) string { return strings.ToLower(g.String()) }

func groupNames(s report.Student) string {
	var names []string
	for _, g := range s.Groups {
		names = append(names, g.Name)
	}
	return strings.Join(names, ", ")
}
