package studentlist

import (
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

func title(v View) string { return v.say().Students.Title(v.Report.Grade) }

func answer(v View, d report.Distribution) string {
	if d.Visibility != report.Shown {
		return v.say().Students.Empty()
	}
	return v.say().Students.Answer(d.Students)
}

// cuts says the scale of a subject in words.
func cuts(v View, subject edu.Subject) string {
	s := v.Report.Scales[subject]
	var parts []string
	for _, l := range s.Levels {
		if l.CutPoint > s.Min {
			parts = append(parts, v.say().Students.LevelFrom(v.say().LevelName(l.Number, l.Name), int(l.CutPoint)))
		}
	}
	return v.say().Students.NoteCuts(subject, int(s.Min), int(s.Max), parts)
}
