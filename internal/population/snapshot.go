package population

import (
	"cmp"
	"runtime"
	"slices"
	"sort"
	"sync"
	"unsafe"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// snapshot is what counts in one version of a warehouse. It does not change; snapshots share the segments that are equal.
type snapshot struct {
	version int
	years   map[edu.AcademicYear]*year
}

// year is what counts in one academic year.
type year struct {
	subjects []*subject // by name
	interims []interim  // by subject, district, school and grade
}

// subject is the results of a year in one subject.
type subject struct {
	name     edu.Subject
	segments []*segment // by their first district
}

// interim is how many interim results there are of a grade of a school, valid or not. There is none with 0.
type interim struct {
	subject                 edu.Subject
	district, school, grade int32
	results                 int32
}

// where orders interims.
func (a interim) where(b interim) int {
	return cmp.Or(cmp.Compare(a.subject, b.subject), cmp.Compare(a.district, b.district), cmp.Compare(a.school, b.school), cmp.Compare(a.grade, b.grade))
}

// part returns which part of an institution results of a place belong to.
func part(kind report.InstitutionLevel, district, school, grade int32) int {
	switch kind {
	case report.DistrictsOfState:
		return int(district)
	case report.SchoolsOfDistrict:
		return int(school)
	}
	return int(grade)
}

// counts answers report.Counter.Counts.
func (s *snapshot) counts(q report.CountQuestion) []report.Count {
	y := s.years[q.Year]
	if y == nil {
		return nil
	}
	conditions := conditionsOf(q.Filters)
	answers := make([][]report.Count, len(y.subjects))
	together := 1 // a question about the whole state takes milliseconds: the subjects are counted on as many processors as there are
	if q.DistrictID == 0 {
		together = runtime.GOMAXPROCS(0)
	}
	_ = inParallel(len(answers), together, func(i int) error {
		answers[i] = y.subjects[i].counts(q, conditions)
		return nil
	})
	return slices.Concat(answers...)
}

// counts answers for one subject.
func (x *subject) counts(q report.CountQuestion, conditions []condition) []report.Count {
	all := make([]report.Count, 0, x.rows(q))
	var grades gradeCounts
	for _, g := range x.of(q.DistrictID) {
		all = g.counts(all, x.name, q, conditions, &grades)
	}
	all = grades.appendTo(all, x.name)
	if q.DistrictID == 0 && q.Parts == report.SchoolsOfDistrict {
		all = merged(all)
	}
	return all
}

// rows returns about how many counts the answer to a question has.
func (x *subject) rows(q report.CountQuestion) int {
	n := 0
	for _, g := range x.of(q.DistrictID) {
		switch {
		case q.SchoolID != 0 || q.Parts == report.GradesOfSchool:
			n += len(g.levels)
		case q.Parts == report.SchoolsOfDistrict && q.DistrictID == 0:
			n += len(g.totals)
		case q.Parts == report.SchoolsOfDistrict:
			n += len(g.totals) / max(g.districts, 1)
		default:
			n += len(g.levels) * g.districts
		}
	}
	return n
}

// of returns the segment that a district belongs to, whether it has results or not; all segments when the id is 0.
func (x *subject) of(districtID int) []*segment {
	if districtID == 0 || len(x.segments) == 0 {
		return x.segments
	}
	i := x.index(int32(districtID))
	return x.segments[i : i+1]
}

// index returns which segment a district belongs to. What lies before the first belongs to it too.
func (x *subject) index(district int32) int {
	after := sort.Search(len(x.segments), func(i int) bool { return x.segments[i].from > district })
	return max(after-1, 0)
}

// gradeCounts are students and those who pass, by grade and level.
type gradeCounts [1 << 4][1 << 4][2]int

func (c *gradeCounts) appendTo(all []report.Count, name edu.Subject) []report.Count {
	for g := range c {
		for l, n := range c[g] {
			if n[0] > 0 {
				all = append(all, report.Count{Part: g, Subject: name, Level: l, Students: n[0], Filtered: n[1]})
			}
		}
	}
	return all
}

// masks keeps room for masks from question to question.
var masks = sync.Pool{New: func() any { return new([]uint64) }}

// counts adds the counts of a segment: of districts and schools to all, of grades to grades.
func (s *segment) counts(all []report.Count, name edu.Subject, q report.CountQuestion, conditions []condition, grades *gradeCounts) []report.Count {
	room := masks.Get().(*[]uint64)
	defer masks.Put(room)
	for from, to := range s.ranges(q.DistrictID, q.SchoolID) {
		first, last := s.schools[from].first, s.schools[to-1].last
		passing := masked{first: first}
		if n := int(last - first); len(*room) < n {
			*room = make([]uint64, n)
		}
		if mask := (*room)[:last-first]; s.passing(conditions, int(first), int(last), mask) {
			passing.mask = mask
		}
		switch q.Parts {
		case report.DistrictsOfState:
			for from < to {
				district := s.schools[from].district
				end := min(s.endOfDistrict(from, district), to)
				all = s.countLevels(all, report.Count{Part: int(district), Subject: name}, from, end, passing)
				from = end
			}
		case report.SchoolsOfDistrict:
			for ; from < to; from++ {
				all = s.countLevels(all, report.Count{Part: int(s.schools[from].id), Subject: name}, from, from+1, passing)
			}
		default:
			s.countGrades(grades, first, last, passing)
		}
	}
	return all
}

// masked is who passes the filters, from a word on; everybody when there is no mask.
type masked struct {
	first int32
	mask  []uint64
}

func (m masked) words(first, last int32) []uint64 { return m.mask[first-m.first : last-m.first] }

// countLevels adds a count like the given one for each level of some schools.
func (s *segment) countLevels(all []report.Count, like report.Count, from, to int, passing masked) []report.Count {
	first, last := s.schools[from].first, s.schools[to-1].last
	var students [1 << 4]int32
	n := len(s.levels)
	for totals := s.totals[from*n : to*n]; len(totals) > 0; totals = totals[n:] {
		for i, x := range totals[:n] {
			students[i] += x
		}
	}
	for i, l := range s.levels {
		if students[i] == 0 {
			continue
		}
		like.Level, like.Students, like.Filtered = int(l), int(students[i]), int(students[i])
		if passing.mask != nil {
			like.Filtered = countBoth(s.bitmap(level, int(l))[first:last], passing.words(first, last))
		}
		all = append(all, like)
	}
	return all
}

func (s *segment) countGrades(grades *gradeCounts, first, last int32, passing masked) {
	for g := range 1 << fields[grade].bits {
		inGrade := s.bitmap(grade, g)
		if inGrade == nil {
			continue
		}
		for _, l := range s.levels {
			n := &grades[g][l]
			onLevel := s.bitmap(level, int(l))[first:last]
			students := countBoth(inGrade[first:last], onLevel)
			n[0] += students
			if passing.mask == nil {
				n[1] += students
			} else {
				n[1] += countThree(inGrade[first:last], onLevel, passing.words(first, last))
			}
		}
	}
}

// merged makes one count of those that only differ in their numbers. Counts of schools do when one id stands in two districts, which the warehouse
// does not make but SQL would count.
func merged(counts []report.Count) []report.Count {
	slices.SortFunc(counts, func(a, b report.Count) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Level, b.Level))
	})
	kept := counts[:0]
	for _, n := range counts {
		if last := len(kept) - 1; last >= 0 && kept[last].Part == n.Part && kept[last].Level == n.Level {
			kept[last].Students += n.Students
			kept[last].Filtered += n.Filtered
			continue
		}
		kept = append(kept, n)
	}
	return kept
}

// presences answers report.Counter.Interim.
func (s *snapshot) presences(q report.CountQuestion) []report.Presence {
	y := s.years[q.Year]
	if y == nil {
		return nil
	}
	var all []report.Presence
	seen := map[report.Presence]bool{}
	for _, x := range y.interims {
		if q.DistrictID != 0 && int(x.district) != q.DistrictID || q.SchoolID != 0 && int(x.school) != q.SchoolID {
			continue
		}
		p := report.Presence{Part: part(q.Parts, x.district, x.school, x.grade), Subject: x.subject}
		if len(all) > 0 && all[len(all)-1] == p || seen[p] {
			continue
		}
		seen[p] = true
		all = append(all, p)
	}
	return all
}

// notStated answers report.Counter.NotStated.
func (s *snapshot) notStated(q report.CountQuestion) report.NotStatedCounts {
	var n report.NotStatedCounts
	y := s.years[q.Year]
	if y == nil {
		return n
	}
	for _, x := range y.subjects {
		for _, g := range x.of(q.DistrictID) {
			g.addNotStated(&n, q)
		}
	}
	return n
}

func (s *segment) addNotStated(n *report.NotStatedCounts, q report.CountQuestion) {
	for from, to := range s.ranges(q.DistrictID, q.SchoolID) {
		for _, x := range s.schools[from:to] {
			n.Results += int(x.results)
		}
		first, last := s.schools[from].first, s.schools[to-1].last
		for _, x := range []struct {
			attribute attribute
			count     *int
		}{
			{limitedEnglish, &n.LimitedEnglish}, {iep, &n.IEP}, {section504, &n.Section504}, {economicDisadvantage, &n.EconomicDisadvantage},
			{migrant, &n.Migrant}, {ethnicity, &n.Ethnicity}, {sex, &n.Sex},
		} {
			if b := s.bitmap(x.attribute, 0); b != nil {
				*x.count += count(b[first:last])
			}
		}
	}
}

// results returns how many results a snapshot counts in a year.
func (y *year) results() int {
	n := 0
	for _, x := range y.subjects {
		for _, s := range x.segments {
			n += int(s.results)
		}
	}
	return n
}

// bytes returns how much memory a year takes beside its segments.
func (y *year) bytes() int {
	n := int(unsafe.Sizeof(*y)) + int(unsafe.Sizeof(interim{}))*cap(y.interims)
	for _, x := range y.subjects {
		n += int(unsafe.Sizeof(*x)) + 8*cap(x.segments)
	}
	return n
}
