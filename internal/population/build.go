package population

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"scorehouse/internal/edu"
)

// branch is a year and subject: what has segments of its own.
type branch struct {
	year    edu.AcademicYear
	subject edu.Subject
}

// place is where results are counted.
type place struct {
	branch
	district, school int32
}

// building collects what counts in a version and makes a snapshot of it.
type building struct {
	results  map[branch]map[[2]int32]*[]profile // by district and school
	taken    *changes                           // away from the results
	interims map[edu.AcademicYear][]interim

	last     place // results come school by school, more or less
	lastList *[]profile
}

func newBuilding() *building {
	return &building{results: map[branch]map[[2]int32]*[]profile{}, taken: newChanges(), interims: map[edu.AcademicYear][]interim{}}
}

// add notes a result.
func (b *building) add(at place, p profile) {
	if b.lastList == nil || at != b.last {
		schools := b.results[at.branch]
		if schools == nil {
			schools = map[[2]int32]*[]profile{}
			b.results[at.branch] = schools
		}
		list := schools[[2]int32{at.district, at.school}]
		if list == nil {
			list = new([]profile)
			schools[[2]int32{at.district, at.school}] = list
		}
		b.last, b.lastList = at, list
	}
	*b.lastList = append(*b.lastList, p)
}

// takeAway notes that one of the results does not count. It may be called before that is added, and while others are.
func (b *building) takeAway(at place, p profile) { b.taken.add(at, p, -1) }

// addInterim notes interim results. A place may be named more than once.
func (b *building) addInterim(y edu.AcademicYear, x interim) {
	b.interims[y] = append(b.interims[y], x)
}

// snapshot returns what was noted. The building is spent.
func (b *building) snapshot(version int) (*snapshot, error) {
	s := &snapshot{version: version, years: map[edu.AcademicYear]*year{}}
	for at, schools := range b.results {
		rosters := make([]roster, 0, len(schools))
		for school, profiles := range schools {
			rosters = append(rosters, roster{school[0], school[1], *profiles})
		}
		slices.SortFunc(rosters, roster.compare)
		rosters, err := changed(rosters, net(b.taken.results[at]))
		if err != nil {
			return nil, err
		}
		y := s.year(at.year)
		y.subjects = append(y.subjects, &subject{name: at.subject, segments: segmentsOf(rosters[0].district, rosters)})
		delete(b.results, at)
	}
	for y, all := range b.interims {
		sorted, err := sumInterims(all)
		if err != nil {
			return nil, err
		}
		s.year(y).interims = sorted
	}
	for _, y := range s.years {
		y.sort()
	}
	return s, nil
}

// year returns a year of a snapshot that is being made.
func (s *snapshot) year(y edu.AcademicYear) *year {
	if s.years[y] == nil {
		s.years[y] = &year{}
	}
	return s.years[y]
}

func (y *year) sort() {
	slices.SortFunc(y.subjects, func(a, b *subject) int { return cmp.Compare(a.name, b.name) })
}

// segmentsOf makes as many segments as there should be of schools in their order, the first of which begins with a district.
func segmentsOf(from int32, rosters []roster) []*segment {
	var parts [][]roster
	for rest := rosters; len(rest) > 0; {
		n, results := 0, 0
		for n < len(rest) && (results < targetResults || rest[n].district == rest[n-1].district) {
			results += len(rest[n].profiles)
			n++
		}
		parts, rest = append(parts, rest[:n]), rest[n:]
	}
	all := make([]*segment, len(parts))
	_ = inParallel(len(parts), runtime.GOMAXPROCS(0), func(i int) error {
		first := parts[i][0].district
		if i == 0 {
			first = from
		}
		all[i] = newSegment(first, parts[i])
		return nil
	})
	return slices.DeleteFunc(all, func(s *segment) bool { return s.results == 0 })
}

// inParallel calls do for 0 to n-1, several at a time, and returns one of the errors: one that is no echo of the others, if there is one.
func inParallel(n, atATime int, do func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var working sync.WaitGroup
	for range min(n, atATime) {
		working.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i)
			}
		})
	}
	working.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil && !errors.Is(err, context.Canceled) }); i >= 0 {
		return errs[i]
	}
	return cmp.Or(errs...)
}

// sumInterims sorts interims and makes one of those of a place.
func sumInterims(all []interim) ([]interim, error) {
	slices.SortFunc(all, interim.where)
	kept := all[:0]
	for _, x := range all {
		if last := len(kept) - 1; last >= 0 && kept[last].where(x) == 0 {
			kept[last].results += x.results
			continue
		}
		kept = append(kept, x)
	}
	if slices.ContainsFunc(kept, func(x interim) bool { return x.results < 0 }) {
		return nil, errInconsistent
	}
	return slices.Clone(slices.DeleteFunc(kept, func(x interim) bool { return x.results == 0 })), nil
}
