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
	//go:embed places.sql
	placesSQL string

	// printableCountSQL counts the same students. One row: school id, grade, how many, the number of one of them, the name of the group.
	printableCountSQL = "select p.school_id, p.grade, count(*)::int, min(p.student_id), coalesce(min(p.group_name), '')\nfrom (\n" + printableSQL + ") as p\ngroup by p.school_id, p.grade"
)

// BundleQuestion asks whose reports on one academic year and type of assessment there are: of a school, of a district, or of students chosen one
// by one, there or, without a District, anywhere.
type BundleQuestion struct {
	Type             edu.AssessmentType
	Year             edu.AcademicYear
	District, School string  // codes; an empty School is the whole district
	Students         []int   // chosen one by one
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
	Place    Institution // asked for; zero for students chosen anywhere
	Students []Printable
	Missing  int // of those chosen one by one, who have no such result
	Version  int
}

// BundleCount is how much a bundle holds.
type BundleCount struct {
	Place    Institution // asked for; zero for students chosen anywhere
	Students int
	Missing  int            // of those chosen one by one, who have no such result
	Classes  int            // schools and grades, together
	Schools  []scope.School // in which the students have their newest results of the kind, in order
	Only     int            // the number of the student when there is but one, else 0
	Group    string         // name of the student group asked for; its id when nobody is in it
}

// Bundle answers whose reports can be printed. An unknown place is NotFound, and so is any student chosen without such a result there, or outside the
// scope; a place whose students the scope does not hold is Forbidden.
func (r *Reports) Bundle(ctx context.Context, s scope.Scope, q BundleQuestion) (Bundle, error) {
	place, version, args, err := r.asked(ctx, s, q)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Place: place, Version: version}
	if b.Students, err = r.printable(ctx, s, version, args); err != nil {
		return Bundle{}, err
	}
	if b.Missing, err = q.missing(len(b.Students)); err != nil {
		return Bundle{}, err
	}
	slices.SortFunc(b.Students, func(x, y Printable) int {
		return cmp.Or(compareNames(x.Last, y.Last), compareNames(x.First, y.First), compareNames(x.Middle, y.Middle), strings.Compare(x.Code, y.Code))
	})
	return b, nil
}

// CountBundle answers how much a bundle holds, without reading its students' names, and with the errors of Bundle.
func (r *Reports) CountBundle(ctx context.Context, s scope.Scope, q BundleQuestion) (BundleCount, error) {
	place, version, args, err := r.asked(ctx, s, q)
	if err != nil {
		return BundleCount{}, err
	}
	c := BundleCount{Place: place, Group: q.GroupID}
	at, err := students(ctx, r.reader, version, s, "count of printable", printableCountSQL, args, func(row pgx.Rows) (school int, err error) {
		var grade edu.Grade
		var n int
		var group string
		err = row.Scan(&school, &grade, &n, &c.Only, &group)
		if group != "" {
			c.Group = group
		}
		c.Classes, c.Students = c.Classes+1, c.Students+n
		return school, err
	})
	if err != nil {
		return BundleCount{}, err
	}
	if c.Students != 1 {
		c.Only = 0
	}
	if c.Schools, err = r.schoolCodes(ctx, version, at); err != nil {
		return BundleCount{}, err
	}
	c.Missing, err = q.missing(c.Students)
	return c, err
}

// missing returns how many of the students chosen were not found. It is NotFound when any is, unless the question asks for those that remain.
func (q BundleQuestion) missing(found int) (int, error) {
	chosen := len(distinctInts(q.Students))
	if chosen == 0 || chosen == found {
		return 0, nil
	}
	if !q.Remaining {
		return 0, fault.New(fault.NotFound, "There is no such report.")
	}
	return chosen - found, nil
}

// asked returns what a question is about, and the values of its statement.
func (r *Reports) asked(ctx context.Context, s scope.Scope, q BundleQuestion) (at Institution, version int, args []any, err error) {
	if err := r.mine(s); err != nil {
		return at, 0, nil, err
	}
	if version, err = r.reader.Version(ctx); err != nil {
		return at, 0, nil, err
	}
	var schools []int // nil is any
	if q.District != "" || len(q.Students) == 0 {
		if at, schools, err = r.schoolsOf(ctx, s, version, q); err != nil {
			return at, 0, nil, err
		}
	}
	var chosen []int
	if len(q.Students) > 0 {
		chosen = q.Students
	}
	var group *string
	if q.GroupID != "" {
		group = &q.GroupID
	}
	f := q.Filters
	return at, version, []any{q.Year, q.Type, schools, chosen, group, numbers(f.Grades), numbers(f.LimitedEnglish), numbers(f.IEP), numbers(f.Section504), numbers(f.EconomicDisadvantage),
		numbers(f.Migrant), numbers(f.Ethnicities), numbers(f.Sexes), numbers(f.Complete), conditions(q.Validity)}, nil
}

// schoolsOf returns a place and the ids of its schools, which are never nil.
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

func (r *Reports) printable(ctx context.Context, s scope.Scope, version int, args []any) ([]Printable, error) {
	var at []int
	all, err := students(ctx, r.reader, version, s, "printable", printableSQL, args, func(row pgx.Rows) (p Printable, err error) {
		var school int
		err = row.Scan(&p.StudentID, &p.Code, &p.First, &p.Middle, &p.Last, &school, &p.Grade, nil)
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

// schoolCodes returns the codes of schools, in order, each once. A school that the version does not know has none: it is the zero value, which only a scope
// of all students sees.
func (r *Reports) schoolCodes(ctx context.Context, version int, ids []int) ([]scope.School, error) {
	places, err := r.placesOf(ctx, version, ids)
	if err != nil {
		return nil, err
	}
	return codesOf(places, ids), nil
}

func codesOf(places map[int]Institution, ids []int) []scope.School {
	codes := []scope.School{}
	for _, id := range distinctInts(ids) {
		codes = append(codes, scope.School{District: places[id].District.ID, School: places[id].School.ID})
	}
	slices.SortFunc(codes, func(a, b scope.School) int {
		return cmp.Or(strings.Compare(a.District, b.District), strings.Compare(a.School, b.School))
	})
	return slices.Compact(codes)
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
