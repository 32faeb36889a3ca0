package report

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

var (
	//go:embed printable.sql
	printableSQL string
	//go:embed student_reports.sql
	studentReportsSQL string
	//go:embed places.sql
	placesSQL string

	// printableOfSQL is printableSQL for students who are chosen one by one.
	printableOfSQL = strings.Replace(printableSQL, "o.school_id = any($7::int[])", "o.student_id = any($7::int[])", 1)
)

// BundleQuestion asks whose reports on one academic year and type of assessment there are: of a school, of a district, or of students chosen one
// by one.
type BundleQuestion struct {
	Type             edu.AssessmentType
	Year             edu.AcademicYear
	District, School string  // codes; an empty School is the whole district
	Students         []int   // chosen one by one; District and School are then not looked at
	Filters          Filters // of places; grades too
	GroupID          string  // student group; empty is all
	Validity         []Validity
	Remaining        bool // students chosen who have no such result are left out and counted, instead of NotFound
}

// Printable is a student whose report can be printed, with where the student's newest result of the kind was.
type Printable struct {
	StudentID                 int
	Code, First, Middle, Last string
	Place                     Institution
	Grade                     edu.Grade
}

// Bundle is the answer: whose reports there are, by name.
type Bundle struct {
	Place    Institution // asked for; zero for students chosen one by one
	Students []Printable
	Missing  int // of those chosen one by one, who have no such result
	Version  int
}

// Bundle answers whose reports can be printed. An unknown place is NotFound, and so is any student chosen without such a result in the scope; a
// place whose students the scope does not hold is Forbidden.
func (r *Reports) Bundle(ctx context.Context, s scope.Scope, q BundleQuestion) (Bundle, error) {
	if err := r.mine(s); err != nil {
		return Bundle{}, err
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Version: version}
	sql, ids := printableOfSQL, q.Students
	if len(q.Students) == 0 {
		sql = printableSQL
		if b.Place, ids, err = r.schoolsOf(ctx, s, version, q); err != nil {
			return Bundle{}, err
		}
	}
	if b.Students, err = r.printable(ctx, s, version, sql, ids, q); err != nil {
		return Bundle{}, err
	}
	if want := len(distinctInts(q.Students)); want > 0 {
		b.Missing = want - len(b.Students)
	}
	if b.Missing > 0 && !q.Remaining {
		return Bundle{}, fault.New(fault.NotFound, "There is no such report.")
	}
	slices.SortFunc(b.Students, func(x, y Printable) int {
		return cmp.Or(compareNames(x.Last, y.Last), compareNames(x.First, y.First), compareNames(x.Middle, y.Middle), strings.Compare(x.Code, y.Code))
	})
	return b, nil
}

// schoolsOf returns a place and the ids of its schools.
func (r *Reports) schoolsOf(ctx context.Context, s scope.Scope, version int, q BundleQuestion) (Institution, []int, error) {
	if q.District == "" {
		return Institution{}, nil, fault.New(fault.Invalid, "Reports are printed for a school or a district at a time.")
	}
	p, err := r.find(ctx, version, q.District, q.School)
	if err != nil {
		return Institution{}, nil, err
	}
	if q.School == "" && !s.SeesDistrict(q.District) || q.School != "" && !s.SeesSchool(q.District, q.School) {
		return Institution{}, nil, fault.New(fault.Forbidden, "You may not see the students there.")
	}
	if q.School != "" {
		return p.Institution, []int{p.schoolID}, nil
	}
	ids := make([]int, 0, len(p.schools))
	for _, c := range p.schools {
		ids = append(ids, c.id)
	}
	return p.Institution, ids, nil
}

func (r *Reports) printable(ctx context.Context, s scope.Scope, version int, sql string, ids []int, q BundleQuestion) ([]Printable, error) {
	var group *string
	if q.GroupID != "" {
		group = &q.GroupID
	}
	f := q.Filters
	args := []any{q.Year, q.Type, ids, group, numbers(f.Grades), numbers(f.LimitedEnglish), numbers(f.IEP), numbers(f.Section504), numbers(f.EconomicDisadvantage),
		numbers(f.Migrant), numbers(f.Ethnicities), numbers(f.Sexes), numbers(f.Complete), conditions(q.Validity)}
	var at []int
	all, err := students(ctx, r.reader, version, s, "printable", sql, args, func(row pgx.Rows) (p Printable, err error) {
		var school int
		err = row.Scan(&p.StudentID, &p.Code, &p.First, &p.Middle, &p.Last, &school, &p.Grade)
		at = append(at, school)
		return p, err
	})
	if err != nil {
		return nil, err
	}
	places, err := r.placesOf(ctx, version, at)
	for i := range all {
		all[i].Place = places[at[i]]
	}
	return all, err
}

// conditions gives a choice of validities to PostgreSQL, null when there is none.
func conditions(chosen []Validity) []int16 {
	if len(chosen) == 0 {
		return nil
	}
	admitted := []int16{}
	for _, c := range []edu.Condition{edu.ConditionValid, edu.ConditionStandardized, edu.ConditionInvalid, edu.ConditionNonStandardized} {
		if admits(chosen, c) {
			admitted = append(admitted, int16(c))
		}
	}
	return admitted
}

func distinctInts(ids []int) []int {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// placesOf returns schools with their districts, by the school's id.
func (r *Reports) placesOf(ctx context.Context, version int, schools []int) (map[int]Institution, error) {
	byID := map[int]Institution{}
	_, err := aggregate(ctx, r.reader, version, "places", placesSQL, []any{distinctInts(schools)}, func(row pgx.Rows) (p Institution, err error) {
		var id int
		p.StateName = r.tenant.Name
		err = row.Scan(&id, &p.District.ID, &p.District.Name, &p.School.ID, &p.School.Name)
		byID[id] = p
		return p, err
	})
	return byID, err
}

// StudentReports answers how students did in one academic year by one type of assessment, at a version: each student's reports by the student's
// number, the newest first. There is one, but for interim comprehensive assessments, which have one for each day. Students who have none that
// the scope holds are absent. However many students are asked about, it takes three statements.
func (r *Reports) StudentReports(ctx context.Context, s scope.Scope, version int, t edu.AssessmentType, year edu.AcademicYear, ids []int) (map[int][]StudentReport, error) {
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
	reports := make(map[int][]StudentReport, len(outcomes))
	for id, all := range outcomes {
		slices.SortFunc(all, newestFirst)
		var done []opportunity
		for _, o := range all {
			x := opportunityOf(o)
			if x.kind != t || x.year != year || slices.Contains(done, x) {
				continue
			}
			done = append(done, x)
			report := reportOn(all, x, byID, version)
			report.Place = r.placeIn(places, newestOf(all, x))
			reports[id] = append(reports[id], report)
		}
	}
	return reports, nil
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
