package population

import (
	"cmp"
	"slices"
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
	segments []*segment // by district
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
	var all []report.Count
	for _, x := range y.subjects {
		from := len(all)
		var grades gradeCounts
		for _, g := range x.of(q.DistrictID) {
			all = g.counts(all, x.name, q, conditions, &grades)
		}
		all = grades.appendTo(all, x.name)
		if q.DistrictID == 0 && q.Parts == report.SchoolsOfDistrict {
			all = append(all[:from], merged(all[from:])...)
		}
	}
	return all
}

// of returns the segments of a district, of all when the id is 0.
func (x *subject) of(districtID int) []*segment {
	if districtID == 0 {
		return x.segments
	}
	i, found := slices.BinarySearchFunc(x.segments, districtID, func(s *segment, id int) int { return cmp.Compare(int(s.district), id) })
	if !found {
		return nil
	}
	return x.segments[i : i+1]
}

// of returns the schools with an id, all when it is 0, as a range of s.schools.
func (s *segment) of(schoolID int) (from, to int) {
	if schoolID == 0 {
		return 0, len(s.schools)
	}
	i, found := slices.BinarySearchFunc(s.schools, schoolID, func(x school, id int) int { return cmp.Compare(int(x.id), id) })
	if !found {
		return 0, 0
	}
	return i, i + 1
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

// scratch is room for two masks.
type scratch struct{ mask, spare []uint64 }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// room returns both at the given length, their content anything.
func (s *scratch) room(words int) (mask, spare []uint64) {
	if cap(s.mask) < words {
		s.mask, s.spare = make([]uint64, words), make([]uint64, words)
	}
	return s.mask[:words], s.spare[:words]
}

// counts adds the counts of a segment: of districts and schools to all, of grades to grades.
func (s *segment) counts(all []report.Count, name edu.Subject, q report.CountQuestion, conditions []condition, grades *gradeCounts) []report.Count {
	from, to := s.of(q.SchoolID)
	if from == to {
		return all
	}
	first, last := int(s.schools[from].first), int(s.schools[to-1].last)
	var mask []uint64 // nil when everybody passes
	if len(conditions) > 0 {
		room := scratches.Get().(*scratch)
		defer scratches.Put(room)
		m, spare := room.room(last - first)
		if s.passing(conditions, first, last, m, spare) {
			mask = m
		}
	}
	switch q.Parts {
	case report.DistrictsOfState:
		return s.countLevels(all, report.Count{Part: int(s.district), Subject: name}, from, to, mask)
	case report.SchoolsOfDistrict:
		for i := from; i < to; i++ {
			part := mask
			if mask != nil {
				part = mask[int(s.schools[i].first)-first : int(s.schools[i].last)-first]
			}
			all = s.countLevels(all, report.Count{Part: int(s.schools[i].id), Subject: name}, i, i+1, part)
		}
		return all
	}
	s.countGrades(grades, first, last, mask)
	return all
}

// countLevels adds a count like the given one for each level of some schools, whose words the mask covers.
func (s *segment) countLevels(all []report.Count, like report.Count, from, to int, mask []uint64) []report.Count {
	first, last := s.schools[from].first, s.schools[to-1].last
	for i, l := range s.levels {
		n := like
		n.Level = int(l)
		for x := from; x < to; x++ {
			n.Students += int(s.totals[x*len(s.levels)+i])
		}
		if n.Students == 0 {
			continue
		}
		n.Filtered = n.Students
		if mask != nil {
			n.Filtered = countBoth(s.bitmap(level, int(l))[first:last], mask)
		}
		all = append(all, n)
	}
	return all
}

func (s *segment) countGrades(grades *gradeCounts, first, last int, mask []uint64) {
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
			if mask == nil {
				n[1] += students
			} else {
				n[1] += countThree(inGrade[first:last], onLevel, mask)
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
			g.addNotStated(&n, q.SchoolID)
		}
	}
	return n
}

func (s *segment) addNotStated(n *report.NotStatedCounts, schoolID int) {
	from, to := s.of(schoolID)
	if from == to {
		return
	}
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
