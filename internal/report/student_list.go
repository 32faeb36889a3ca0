package report

import (
	"cmp"
	"context"
	_ "embed"
	"slices"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

var (
	//go:embed student_list.sql
	studentListSQL string
	//go:embed student_list_choices.sql
	studentListChoicesSQL string
)

// StudentList answers who in one school and grade has which results. An unknown district or school is NotFound; a
// school whose students the scope does not hold is Forbidden; a sort that does not exist is Invalid.
//
// Nobody with a result is left out: invalid and partial results are shown with their status. Where a student has several
// summative results in a subject, the one that counts in comparisons is shown, else the newest.
func (r *Reports) StudentList(ctx context.Context, s scope.Scope, q StudentListQuestion) (StudentList, error) {
	if err := r.mine(s); err != nil {
		return StudentList{}, err
	}
	order, err := parseSort(q.Sort)
	if err != nil {
		return StudentList{}, err
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return StudentList{}, err
	}
	p, err := r.find(ctx, version, q.District, q.School)
	if err != nil {
		return StudentList{}, err
	}
	if p.schoolID == 0 {
		return StudentList{}, fault.New(fault.Invalid, "A list of students needs a district and a school.")
	}
	if !s.SeesSchool(q.District, q.School) {
		return StudentList{}, fault.New(fault.Forbidden, "You may not see the students of this school.")
	}
	q.Filters.Grades = nil // the grade is chosen already
	l := StudentList{Place: p.Institution, Grade: q.Grade, Year: q.Year, Type: q.Type, Subject: q.Subject,
		Filters: q.Filters, View: q.View, GroupID: q.GroupID, Validity: q.Validity, Scales: map[edu.Subject]Scale{}, Version: version}
	if err := r.chooseList(ctx, s, &l, p); err != nil {
		return StudentList{}, err
	}
	outcomes, err := r.listed(ctx, s, &l, p)
	if err != nil {
		return StudentList{}, err
	}
	l.fill(outcomes, r.studentKey, q.Only)
	l.narrow()
	l.sort(order)
	l.group()
	return l, nil
}

// choice is something a list can show.
type choice struct {
	year    edu.AcademicYear
	kind    edu.AssessmentType
	subject edu.Subject
}

// chooseList fills what there is to choose from, and the year, type and subject where the question leaves them open.
func (r *Reports) chooseList(ctx context.Context, s scope.Scope, l *StudentList, p place) error {
	choices, err := students(ctx, r.reader, l.Version, s, "student list choices", studentListChoicesSQL, []any{p.schoolID, l.Grade},
		func(row pgx.Rows) (c choice, err error) { return c, row.Scan(&c.year, &c.kind, &c.subject) })
	if err != nil {
		return err
	}
	if l.Type == 0 {
		l.Type = edu.Summative
	}
	if l.Year == 0 {
		l.Year = newestYear(choices, l.Type)
		if today := edu.AcademicYearOf(r.today()); l.Year != 0 && today > l.Year {
			l.Awaited = today
		}
	}
	for _, c := range choices {
		l.Years = appendNew(l.Years, c.year)
		if c.year != l.Year {
			continue
		}
		l.Types = appendNew(l.Types, c.kind)
		if c.kind == l.Type {
			l.Subjects = appendNew(l.Subjects, c.subject)
		}
	}
	slices.SortFunc(l.Years, func(a, b edu.AcademicYear) int { return int(b) - int(a) })
	slices.Sort(l.Types)
	sortSubjects(l.Subjects)
	if l.Type == edu.InterimBlock && l.Subject == "" && len(l.Subjects) > 0 {
		l.Subject = l.Subjects[0] // blocks have no overview
	}
	return l.chooseView()
}

// newestYear returns the newest year with results of a type, the newest of all when the type has none.
func newestYear(choices []choice, t edu.AssessmentType) edu.AcademicYear {
	var ofType, ofAny edu.AcademicYear
	for _, c := range choices {
		ofAny = max(ofAny, c.year)
		if c.kind == t {
			ofType = max(ofType, c.year)
		}
	}
	return cmp.Or(ofType, ofAny)
}

func appendNew[T comparable](to []T, v T) []T {
	if slices.Contains(to, v) {
		return to
	}
	return append(to, v)
}

// listed reads the outcomes of the list with the words of their assessments, and fills the scales.
func (r *Reports) listed(ctx context.Context, s scope.Scope, l *StudentList, p place) ([]*outcome, error) {
	rows, err := students(ctx, r.reader, l.Version, s, "student list", studentListSQL, []any{p.schoolID, l.Grade, l.Year, l.Type}, scanOutcome)
	if err != nil {
		return nil, err
	}
	byID, err := r.addWords(ctx, l.Version, rows)
	if err != nil {
		return nil, err
	}
	var outcomes []*outcome
	newest := map[edu.Subject]int{}
	for i := range rows {
		o := &rows[i]
		if l.Subject != "" && o.result.Subject != l.Subject {
			continue
		}
		outcomes = append(outcomes, o)
		if a := byID[o.assessmentID]; a.id >= newest[a.subject] {
			newest[a.subject], l.Scales[a.subject] = a.id, a.scale
		}
	}
	return outcomes, nil
}

// addWords reads the assessments of outcomes, by id, and fills the parts of the results that need them.
func (r *Reports) addWords(ctx context.Context, version int, rows []outcome) (map[int]assessment, error) {
	var ids []int
	for i := range rows {
		ids = appendNew(ids, rows[i].assessmentID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	byID, err := r.assessments(ctx, version, ids)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].withWords(byID[rows[i].assessmentID])
	}
	return byID, nil
}

// line names a row of the list: a student, and for interim comprehensive assessments a day.
type line struct {
	studentID int
	day       string
}

// fill makes the rows, the groups and the shape of the class. Only, when it is not empty, are the keys of the students to keep.
func (l *StudentList) fill(outcomes []*outcome, key func(int) string, only []string) {
	lines := map[line][]*outcome{}
	l.NotStated = notStatedOf(outcomes)
	students := map[int]bool{}
	for _, o := range outcomes {
		for _, g := range o.student.Groups {
			l.Groups = appendNew(l.Groups, g)
		}
		if !l.shows(o) || len(only) > 0 && !slices.Contains(only, key(o.studentID)) {
			continue
		}
		students[o.studentID] = true
		at := line{studentID: o.studentID}
		if l.Type == edu.InterimComprehensive {
			at.day = day(o.result.Taken)
		}
		lines[at] = append(lines[at], o)
	}
	slices.SortFunc(l.Groups, func(a, b edu.Group) int {
		return cmp.Or(compareNames(a.Name, b.Name), compareNames(a.ID, b.ID))
	})
	l.Students = len(students)
	for at, all := range lines {
		l.Rows = append(l.Rows, l.row(key(at.studentID), all))
	}
	l.nameBlocks()
	l.shape(lines)
}

// shows reports whether an outcome passes the filters, the choice of a group and of validities.
func (l *StudentList) shows(o *outcome) bool {
	inGroup := l.GroupID == "" || slices.ContainsFunc(o.student.Groups, func(g edu.Group) bool { return g.ID == l.GroupID })
	return inGroup && admits(l.Validity, o.result.Condition) && l.Filters.pass(o.result.Grade, o.student.Demographics, o.student.Ethnicity, o.result.Complete)
}

// row makes the row of one student from the outcomes to show in it.
func (l *StudentList) row(key string, all []*outcome) StudentRow {
	slices.SortFunc(all, newestFirst)
	row := StudentRow{Key: key, Student: all[0].student}
	if l.Type == edu.InterimBlock {
		row.Blocks = map[string][]Result{}
		for _, o := range all {
			row.Blocks[block(o.result)] = append(row.Blocks[block(o.result)], o.result)
		}
		return row
	}
	row.Results = map[edu.Subject]*Result{}
	bySubject := map[edu.Subject][]*outcome{}
	for _, o := range all {
		bySubject[o.result.Subject] = append(bySubject[o.result.Subject], o)
	}
	for s, of := range bySubject {
		row.Results[s] = &shownOf(of).result
	}
	return row
}

// nameBlocks lists the blocks of the rows in the order of the catalogue, those it does not know after it in order of name.
func (l *StudentList) nameBlocks() {
	for _, row := range l.Rows {
		for name := range row.Blocks {
			l.Blocks = appendNew(l.Blocks, name)
		}
	}
	slices.SortFunc(l.Blocks, func(a, b string) int { return compareBlocks(l.Subject, a, b) })
}

// shape fills how the listed students did together: one result per student and subject, invalid ones left out.
func (l *StudentList) shape(lines map[line][]*outcome) {
	if l.Type == edu.InterimBlock {
		return
	}
	type one struct {
		studentID int
		subject   edu.Subject
	}
	newest := map[one]*outcome{}
	for _, all := range lines {
		for _, o := range all {
			if o.level == nil || o.result.Condition == edu.ConditionInvalid || l.Type == edu.Summative && !o.counted() {
				continue
			}
			k := one{o.studentID, o.result.Subject}
			if newest[k] == nil || newestFirst(o, newest[k]) < 0 {
				newest[k] = o
			}
		}
	}
	bySubject := map[edu.Subject]*tally{}
	for k, o := range newest {
		if bySubject[k.subject] == nil {
			bySubject[k.subject] = &tally{}
		}
		bySubject[k.subject].count(Count{Level: int(*o.level), Students: 1, Filtered: 1})
	}
	for _, s := range l.Subjects {
		if l.Subject != "" && s != l.Subject {
			continue
		}
		t := tally{}
		if bySubject[s] != nil {
			t = *bySubject[s]
		}
		l.Shape = append(l.Shape, t.distribution(s, levelNamesOf(l.Scales[s]), false))
	}
}

func levelNamesOf(s Scale) []string {
	var names []string
	for _, level := range s.Levels {
		names = append(names, level.Name)
	}
	return names
}

// compareBlocks orders the names of a subject's blocks as the catalogue has them, unknown ones last and by name.
func compareBlocks(s edu.Subject, a, b string) int {
	return cmp.Or(edu.BlockOrder(s, a)-edu.BlockOrder(s, b), compareNames(a, b))
}
