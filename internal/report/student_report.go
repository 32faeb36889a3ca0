package report

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

//go:embed student_report.sql
var studentReportSQL string

// StudentReport answers how one student did on one opportunity: the summative assessments of a year, the interim
// comprehensive assessments of a day, the interim blocks of a year. A student who does not exist, one whose results the
// scope does not hold and an opportunity that the student does not have are all NotFound, in the same words.
func (r *Reports) StudentReport(ctx context.Context, s scope.Scope, q StudentReportQuestion) (StudentReport, error) {
	if err := r.mine(s); err != nil {
		return StudentReport{}, err
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return StudentReport{}, err
	}
	rows, err := students(ctx, r.reader, version, s, "student report", studentReportSQL, []any{q.StudentID}, scanOutcome)
	if err != nil {
		return StudentReport{}, err
	}
	all := make([]*outcome, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	slices.SortFunc(all, newestFirst)
	chosen, ok := choose(all, q)
	if !ok {
		return StudentReport{}, fault.New(fault.NotFound, "There is no such report.")
	}
	byID, err := r.addWords(ctx, version, rows)
	if err != nil {
		return StudentReport{}, err
	}
	report, newest := reportOn(all, chosen, byID, version), newestOf(all, chosen)
	places, err := r.placesOf(ctx, version, []int{newest.schoolID})
	report.Place = r.placeIn(places, newest)
	return report, err
}

// reportOn makes the report on one opportunity, which the student has. all is newest first.
func reportOn(all []*outcome, x opportunity, byID map[int]assessment, version int) StudentReport {
	report := StudentReport{Type: x.kind, Year: x.year, Opportunities: opportunities(all, x), Version: version}
	report.fill(all, x, byID)
	newest := newestOf(all, x)
	report.Student, report.Grade = newest.student, newest.result.Grade
	return report
}

// opportunity names what one report shows. Day is set for interim comprehensive assessments only.
type opportunity struct {
	kind edu.AssessmentType
	year edu.AcademicYear
	day  string
}

func opportunityOf(o *outcome) opportunity {
	x := opportunity{kind: o.result.Type, year: o.result.Year}
	if x.kind == edu.InterimComprehensive {
		x.day = day(o.result.Taken)
	}
	return x
}

// choose returns the newest opportunity that fits the question, false when none does. all is newest first.
func choose(all []*outcome, q StudentReportQuestion) (opportunity, bool) {
	for _, o := range all {
		x := opportunityOf(o)
		if (q.Type == 0 || x.kind == q.Type) && (q.Year == 0 || x.year == q.Year) && (q.Taken == "" || x.day == "" || x.day == q.Taken) {
			return x, true
		}
	}
	return opportunity{}, false
}

// newestOf returns the newest outcome of an opportunity that has one. all is newest first.
func newestOf(all []*outcome, x opportunity) *outcome {
	return all[slices.IndexFunc(all, func(o *outcome) bool { return opportunityOf(o) == x })]
}

// opportunities lists everything the student has, newest first.
func opportunities(all []*outcome, current opportunity) []Opportunity {
	var list []Opportunity
	seen := map[opportunity]bool{}
	for _, o := range all {
		x := opportunityOf(o)
		if seen[x] {
			continue
		}
		seen[x] = true
		op := Opportunity{Type: x.kind, Year: x.year, Grade: o.result.Grade, Taken: o.result.Taken, Current: x == current}
		if x.kind == edu.InterimBlock {
			op.Taken = time.Time{}
		}
		list = append(list, op)
	}
	return list
}

// fill makes the report of each subject.
func (r *StudentReport) fill(all []*outcome, chosen opportunity, byID map[int]assessment) {
	bySubject := map[edu.Subject][]*outcome{}
	for _, o := range all {
		if opportunityOf(o) == chosen {
			bySubject[o.result.Subject] = append(bySubject[o.result.Subject], o)
		}
	}
	subjects := slices.Clone(edu.Subjects)
	for s := range bySubject {
		subjects = appendNew(subjects, s)
	}
	sortSubjects(subjects)
	for _, s := range subjects {
		switch of := bySubject[s]; {
		case len(of) == 0:
			r.Missing = append(r.Missing, s)
		case chosen.kind == edu.InterimBlock:
			r.Subjects = append(r.Subjects, blocksOf(s, of, byID))
		default:
			o := shownOf(of)
			r.Subjects = append(r.Subjects, SubjectReport{Subject: s, Result: o.result, Scale: byID[o.assessmentID].scale,
				Accommodations: o.supports(), History: history(all, o, byID)})
		}
	}
}

// blocksOf makes the report of one subject's interim blocks: in the order of the catalogue, newest first within.
func blocksOf(s edu.Subject, of []*outcome, byID map[int]assessment) SubjectReport {
	report := SubjectReport{Subject: s, Scale: byID[of[0].assessmentID].scale, Accommodations: of[0].supports()}
	slices.SortStableFunc(of, func(a, b *outcome) int {
		return cmp.Or(compareBlocks(s, block(a.result), block(b.result)), newestFirst(a, b))
	})
	for _, o := range of {
		report.Blocks = append(report.Blocks, o.result)
	}
	return report
}

// history returns the results of one subject and type that can be compared, oldest first, with the one shown: for
// summative assessments the one that stands for each year, for interim comprehensive each day's. Invalid results are left
// out unless one is what the report shows.
func history(all []*outcome, shown *outcome, byID map[int]assessment) []PastResult {
	kept := map[opportunity]*outcome{}
	for _, o := range all { // newest first: the first that fits stays
		x := opportunityOf(o)
		fits := o.result.Type == shown.result.Type && o.result.Subject == shown.result.Subject && o.level != nil &&
			o.result.Condition != edu.ConditionInvalid && (o.result.Type != edu.Summative || o.counted())
		if fits && kept[x] == nil {
			kept[x] = o
		}
	}
	kept[opportunityOf(shown)] = shown
	past := make([]PastResult, 0, len(kept))
	for _, o := range kept {
		past = append(past, PastResult{Result: o.result, Scale: byID[o.assessmentID].scale})
	}
	slices.SortFunc(past, func(a, b PastResult) int {
		return cmp.Or(a.Taken.Compare(b.Taken), cmp.Compare(a.AssessmentID, b.AssessmentID))
	})
	return past
}
