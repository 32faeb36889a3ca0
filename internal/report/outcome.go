package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
)

// outcome is a row of student_list.sql or student_report.sql: a result, and its student as the warehouse's version
// knows them.
type outcome struct {
	studentID, assessmentID, districtID, schoolID, batchID int
	student                                                Student
	result                                                 Result // Score, Level and Claims are filled by withWords
	score, low, high, level                                *int16
	claims                                                 []*int16
	accommodations                                         []byte
}

func scanOutcome(row pgx.Rows) (outcome, error) {
	var o outcome
	var groupIDs, groupNames []string
	var race int16
	s, r, d := &o.student, &o.result, &o.student.Demographics
	err := row.Scan(&o.studentID, &s.Code, &s.First, &s.Middle, &s.Last, &groupIDs, &groupNames,
		&o.assessmentID, &o.districtID, &o.schoolID, &o.batchID, &r.Year, &r.Type, &r.Subject, &r.Grade, &s.EnrolledGrade, &r.Taken,
		&o.score, &o.low, &o.high, &o.level, &o.claims, &o.accommodations,
		&d.Sex, &s.Ethnicity, &race, &d.IEP, &d.LimitedEnglish, &d.Section504, &d.EconomicDisadvantage, &d.Migrant, &r.Complete, &r.Condition)
	d.Race = edu.UnpackRace(race)
	r.AssessmentID = o.assessmentID
	for i, id := range groupIDs {
		g := edu.Group{ID: id}
		if i < len(groupNames) {
			g.Name = groupNames[i]
		}
		s.Groups = append(s.Groups, g)
	}
	return o, err
}

// withWords fills the parts of a result that need its assessment: names of levels and claims.
func (o *outcome) withWords(a assessment) {
	r := &o.result
	r.GUID, r.Period = a.guid, a.period
	if r.Type.HasOverallScore() {
		r.Score = edu.Score{Value: number(o.score), Low: number(o.low), High: number(o.high)}
		r.Level = int(number(o.level))
		r.LevelName = nameOf(a.levelNames, r.Level)
		r.Otherwise = a.scale.reached(*r)
	}
	for i, c := range a.scale.Claims {
		if 4*i+4 > len(o.claims) {
			break
		}
		x := ClaimResult{Claim: c, Score: edu.Score{Value: number(o.claims[4*i]), Low: number(o.claims[4*i+1]), High: number(o.claims[4*i+2])}}
		x.Level = int(number(o.claims[4*i+3]))
		x.LevelName = nameOf(a.claimLevels, x.Level)
		r.Claims = append(r.Claims, x)
	}
}

func number(n *int16) int16 {
	if n == nil {
		return 0
	}
	return *n
}

// nameOf returns the name of a level counted from 1, "" when there is none.
func nameOf(names []string, level int) string {
	if level < 1 || level > len(names) {
		return ""
	}
	return names[level-1]
}

// counted reports whether the result enters comparisons of its type.
func (o *outcome) counted() bool {
	return o.result.Condition.Counted() && (!o.result.Type.HasOverallScore() || o.level != nil)
}

// newestFirst orders outcomes of one student: the newer day first, then the later batch.
func newestFirst(a, b *outcome) int {
	return cmp.Or(b.result.Taken.Compare(a.result.Taken), b.batchID-a.batchID, b.assessmentID-a.assessmentID)
}

// shownOf picks the outcome that stands for several of one student, subject and year: the newest that counts, else the
// newest. There must be one.
func shownOf(all []*outcome) *outcome {
	all = slices.SortedFunc(slices.Values(all), newestFirst)
	for _, o := range all {
		if o.counted() {
			return o
		}
	}
	return all[0]
}

// block returns the name of the interim block a result is about.
func block(r Result) string {
	if len(r.Claims) == 0 {
		return ""
	}
	return r.Claims[0].Claim.Name
}

// supports returns the labels of the accommodations that were made available, sorted.
func (o *outcome) supports() []string {
	var labels []string
	for i, code := range o.accommodations {
		if i < len(edu.Accommodations) && edu.AccommodationMadeAvailable(code) {
			labels = append(labels, edu.Accommodations[i].Label)
		}
	}
	slices.Sort(labels)
	return labels
}

// day returns the wire form of a day: YYYYMMDD.
func day(t time.Time) string { return t.Format("20060102") }
