package synth_test

import (
	"math"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/synth"
)

// moments gathers mean, variance and covariance of pairs.
type moments struct{ n, x, y, xx, yy, xy float64 }

func (m *moments) add(x, y float64) {
	m.n++
	m.x, m.y, m.xx, m.yy, m.xy = m.x+x, m.y+y, m.xx+x*x, m.yy+y*y, m.xy+x*y
}

func (m moments) mean() float64     { return m.x / m.n }
func (m moments) variance() float64 { return m.xx/m.n - m.mean()*m.mean() }
func (m moments) correlation() float64 {
	return (m.xy/m.n - m.x/m.n*m.y/m.n) / math.Sqrt(m.variance()*(m.yy/m.n-m.y/m.n*m.y/m.n))
}

// result is a summative result of one student, subject and year.
type result struct {
	record
	grade edu.Grade
	score float64
}

// results reads all summative results by year, subject and student.
func results(t *testing.T, s *synth.State) map[edu.AcademicYear]map[edu.Subject]map[string]result {
	t.Helper()
	out := map[edu.AcademicYear]map[edu.Subject]map[string]result{}
	for p := range s.Packages() {
		if out[p.Year] == nil {
			out[p.Year] = map[edu.Subject]map[string]result{edu.Math: {}, edu.ELA: {}}
		}
		for _, r := range rows(t, p) {
			score := float64(r.number(t, "AssessmentSubtestResultScoreValue"))
			out[p.Year][p.Subject][r.get("StudentIdentifier")] = result{r, p.Grade, score}
		}
	}
	return out
}

func between(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if !(low <= got && got <= high) {
		t.Errorf("%s is %.3f, want %.3f to %.3f", what, got, low, high)
	}
}

func TestResultsLookLikeAState(t *testing.T) {
	t.Parallel()
	all := results(t, synth.New(synth.Config{Seed: 5, Students: 12_000, NoInterims: true}))
	t.Run("subjects go together", func(t *testing.T) {
		var m moments
		both := 0
		math, ela := all[2026][edu.Math], all[2026][edu.ELA]
		for id, r := range math {
			if e, ok := ela[id]; ok {
				both++
				if r.grade == 5 {
					m.add(r.score, e.score)
				}
			}
		}
		between(t, "correlation of subjects", m.correlation(), 0.68, 0.82)
		between(t, "share of students with one subject", 1-float64(both)/float64(len(math)+len(ela)-both), 0.02, 0.04)
	})
	t.Run("students grow", func(t *testing.T) { checkGrowth(t, all) })
	t.Run("groups and districts differ", func(t *testing.T) { checkGaps(t, all[2026]) })
	t.Run("all levels and conditions occur", func(t *testing.T) { checkShares(t, all[2026]) })
}

func checkGrowth(t *testing.T, all map[edu.AcademicYear]map[edu.Subject]map[string]result) {
	for _, subject := range edu.Subjects {
		var m moments
		moved := 0.0
		for id, now := range all[2026][subject] {
			before, ok := all[2025][subject][id]
			if !ok {
				continue
			}
			if now.grade != before.grade+1 {
				t.Fatalf("grade %d after grade %d", now.grade, before.grade)
			}
			for _, c := range []string{"FirstName", "MiddleName", "LastOrSurname", "Birthdate", "Sex", "ExternalSSID", "White"} {
				if now.record.get(c) != before.record.get(c) {
					t.Fatalf("%s changed from one year to the next", c)
				}
			}
			m.add(now.score-before.score, now.score)
			if now.record.get("ResponsibleDistrictIdentifier") != before.record.get("ResponsibleDistrictIdentifier") {
				moved++
			}
		}
		between(t, "growth in "+string(subject), m.mean(), 12, 50)
		between(t, "share that moved to another district", moved/m.n, 0.005, 0.04)
	}
}

func checkGaps(t *testing.T, year map[edu.Subject]map[string]result) {
	for _, subject := range edu.Subjects {
		var state moments
		districts := map[string]*moments{}
		gaps := map[string]*[2]moments{"EconomicDisadvantageStatus": {}, "LEPStatus": {}, "IDEAIndicator": {}}
		for _, r := range year[subject] {
			if r.grade < 4 || r.grade > 5 {
				continue
			}
			state.add(r.score, 0)
			d := r.record.get("ResponsibleDistrictIdentifier")
			if districts[d] == nil {
				districts[d] = &moments{}
			}
			districts[d].add(r.score, 0)
			for column, g := range gaps {
				switch r.record.get(column) {
				case "N":
					g[0].add(r.score, 0)
				case "Y":
					g[1].add(r.score, 0)
				}
			}
		}
		spread := 0.0
		for _, d := range districts {
			spread += d.n * (d.mean() - state.mean()) * (d.mean() - state.mean())
		}
		between(t, "share of variance between districts in "+string(subject), spread/state.n/state.variance(), 0.03, 0.3)
		sd := math.Sqrt(state.variance())
		for column, g := range gaps {
			between(t, "gap by "+column+" in "+string(subject), (g[0].mean()-g[1].mean())/sd, 0.3, 1.3)
			between(t, "share of "+column, g[1].n/state.n, 0.03, 0.65)
		}
	}
}

func checkShares(t *testing.T, year map[edu.Subject]map[string]result) {
	for _, subject := range edu.Subjects {
		count := map[string]float64{}
		n := float64(len(year[subject]))
		for _, r := range year[subject] {
			count["level "+r.record.get("AssessmentPerformanceLevelIdentifier")]++
			count["sex "+r.record.get("Sex")]++
			count["condition "+r.record.get("AdministrationCondition")]++
			count["status "+r.record.get("CompleteStatus")]++
			count["migrant "+r.record.get("MigrantStatus")]++
			for _, a := range edu.Accommodations {
				if edu.AccommodationMadeAvailable(byte(r.number(t, a.Column))) {
					count["accommodated"]++
					break
				}
			}
		}
		for _, level := range []string{"1", "2", "3", "4"} {
			between(t, string(subject)+" share of level "+level, count["level "+level]/n, 0.08, 0.5)
		}
		for what, limits := range map[string][2]float64{
			"sex NS": {0.003, 0.03}, "condition IN": {0.001, 0.02}, "status Partial": {0.003, 0.03},
			"migrant ": {0.01, 0.3}, "migrant Y": {0.001, 0.06}, "accommodated": {0.05, 0.25},
		} {
			between(t, string(subject)+" share of "+what, count[what]/n, limits[0], limits[1])
		}
	}
}
