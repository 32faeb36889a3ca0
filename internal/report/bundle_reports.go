package report

import (
	"context"
	_ "embed"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/scope"
)

//go:embed student_reports.sql
var studentReportsSQL string

// ReportsOfStudent are the reports of one student on one academic year and type of assessment.
type ReportsOfStudent struct {
	Reports []StudentReport // newest first
	Schools []scope.School  // whose results they show, earlier years' included, in order
}

// StudentReports answers how students did in one academic year by one type of assessment, at a version: each student's reports by the student's
// number. There is one, but for interim comprehensive assessments, which have one for each day. Students who have none that
// the scope holds are absent. However many students are asked about, it takes three statements.
func (r *Reports) StudentReports(ctx context.Context, s scope.Scope, version int, t edu.AssessmentType, year edu.AcademicYear, ids []int) (map[int]ReportsOfStudent, error) {
	if err := r.mine(s); err != nil {
		return nil, err
	}
	rows, err := students(ctx, r.reader, version, s, "student reports", studentReportsSQL, []any{ids}, scanOutcome)
	if err != nil {
		return nil, err
	}
	byID, err := r.addWords(ctx, version, rows)
	if err != nil {
		return nil, err
	}
	outcomes, schools := map[int][]*outcome{}, []int(nil)
	for i := range rows {
		o := &rows[i]
		outcomes[o.studentID] = append(outcomes[o.studentID], o)
		schools = append(schools, o.schoolID)
	}
	places, err := r.placesOf(ctx, version, schools)
	if err != nil {
		return nil, err
	}
	reports := make(map[int]ReportsOfStudent, len(outcomes))
	for id, all := range outcomes {
		slices.SortFunc(all, newestFirst)
		var of ReportsOfStudent
		var done []opportunity
		for _, o := range all {
			x := opportunityOf(o)
			if x.kind != t || x.year != year || slices.Contains(done, x) {
				continue
			}
			done = append(done, x)
			report := reportOn(all, x, byID, version)
			report.Place = r.placeIn(places, newestOf(all, x))
			of.Reports = append(of.Reports, report)
		}
		if len(of.Reports) > 0 {
			of.Schools = codesOf(places, schoolsShown(all, t, year))
			reports[id] = of
		}
	}
	return reports, nil
}

// schoolsShown returns the ids of the schools of the results that a student's reports can show: those of the year and type and, where reports have a
// history, those of other years.
func schoolsShown(all []*outcome, t edu.AssessmentType, year edu.AcademicYear) []int {
	var ids []int
	for _, o := range all {
		if o.result.Type == t && (o.result.Year == year || t != edu.InterimBlock) {
			ids = append(ids, o.schoolID)
		}
	}
	return ids
}

// placeIn returns where an outcome belongs.
func (r *Reports) placeIn(places map[int]Institution, o *outcome) Institution {
	if p, ok := places[o.schoolID]; ok {
		return p
	}
	return Institution{StateName: r.tenant.Name}
}

// Version returns the newest version that can be read, 0 when nothing has been published.
func (r *Reports) Version(ctx context.Context) (int, error) { return r.reader.Version(ctx) }

// NewestYear returns the newest academic year for which assessments of a type are published, 0 when there is none.
func (r *Reports) NewestYear(ctx context.Context, t edu.AssessmentType) (edu.AcademicYear, error) {
	version, err := r.reader.Version(ctx)
	if err != nil {
		return 0, err
	}
	all, err := r.years(ctx, version, t)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[0].year, nil
}
