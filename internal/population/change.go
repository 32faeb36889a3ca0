package population

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sort"

	"scorehouse/internal/edu"
)

// errInconsistent says that changes take away what is not there: the index is not what the warehouse was.
var errInconsistent = errors.New("the changes do not fit the version before")

// change says how many more results of a profile count in a school; fewer when it is negative.
type change struct {
	district, school int32
	profile          profile
	more             int32
}

func (a change) compare(b change) int {
	return cmp.Or(cmp.Compare(a.district, b.district), cmp.Compare(a.school, b.school), cmp.Compare(a.profile, b.profile))
}

// changes are what counts no more and what counts now, from one version to a later one.
type changes struct {
	results  map[branch][]change
	interims map[edu.AcademicYear][]interim
}

func newChanges() *changes {
	return &changes{results: map[branch][]change{}, interims: map[edu.AcademicYear][]interim{}}
}

// add notes that n more results of a profile count at a place.
func (c *changes) add(at place, p profile, n int32) {
	c.results[at.branch] = append(c.results[at.branch], change{at.district, at.school, p, n})
}

// addInterim notes more interim results, or fewer.
func (c *changes) addInterim(y edu.AcademicYear, x interim) {
	c.interims[y] = append(c.interims[y], x)
}

// addAll notes what another has noted.
func (c *changes) addAll(other *changes) {
	for at, all := range other.results {
		c.results[at] = append(c.results[at], all...)
	}
	for y, all := range other.interims {
		c.interims[y] = append(c.interims[y], all...)
	}
}

// net returns changes in order, one of each profile in a school, without those that cancel out.
func net(all []change) []change {
	slices.SortFunc(all, change.compare)
	kept := all[:0]
	for _, x := range all {
		if last := len(kept) - 1; last >= 0 && kept[last].compare(x) == 0 {
			kept[last].more += x.more
			continue
		}
		kept = append(kept, x)
	}
	return slices.DeleteFunc(kept, func(x change) bool { return x.more == 0 })
}

// after returns the later version: s with the changes made, which are spent. What has no changes is shared.
func (s *snapshot) after(version int, c *changes) (*snapshot, error) {
	next := &snapshot{version: version, years: maps.Clone(s.years)}
	changed := map[edu.AcademicYear]map[edu.Subject][]change{}
	for n := range c.interims {
		changed[n] = map[edu.Subject][]change{}
	}
	for at, all := range c.results {
		if changed[at.year] == nil {
			changed[at.year] = map[edu.Subject][]change{}
		}
		changed[at.year][at.subject] = net(all)
	}
	for n, subjects := range changed {
		y := s.years[n]
		if y == nil {
			y = &year{}
		}
		y, err := y.after(subjects, c.interims[n])
		if err != nil {
			return nil, fmt.Errorf("year %d: %w", n, err)
		}
		next.years[n] = y
		if len(y.subjects) == 0 && len(y.interims) == 0 {
			delete(next.years, n)
		}
	}
	return next, nil
}

// after returns the year with its subjects and interims changed.
func (y *year) after(subjects map[edu.Subject][]change, interims []interim) (*year, error) {
	next := &year{interims: y.interims}
	if len(interims) > 0 {
		var err error
		if next.interims, err = sumInterims(append(slices.Clone(y.interims), interims...)); err != nil {
			return nil, err
		}
	}
	olds := slices.Clone(y.subjects)
	for name := range subjects {
		if !slices.ContainsFunc(olds, func(x *subject) bool { return x.name == name }) {
			olds = append(olds, &subject{name: name})
		}
	}
	for _, x := range olds {
		changed, err := x.after(subjects[x.name])
		if err != nil {
			return nil, err
		}
		if len(changed.segments) > 0 {
			next.subjects = append(next.subjects, changed)
		}
	}
	next.sort()
	return next, nil
}

// after returns the subject with the changes made, which are in order.
func (x *subject) after(all []change) (*subject, error) {
	if len(all) == 0 {
		return x, nil
	}
	olds := x.segments
	if len(olds) == 0 {
		olds = []*segment{{from: all[0].district}}
	}
	mine := make([][]change, len(olds)) // the changes of each segment
	for i := range olds {
		n := len(all)
		if i+1 < len(olds) {
			n = sort.Search(len(all), func(k int) bool { return all[k].district >= olds[i+1].from })
		}
		mine[i], all = all[:n], all[n:]
	}
	news := make([][]*segment, len(olds))
	err := inParallel(len(olds), runtime.GOMAXPROCS(0), func(i int) (err error) {
		news[i] = olds[i : i+1]
		if len(mine[i]) > 0 {
			news[i], err = olds[i].after(mine[i])
		}
		return err
	})
	return &subject{name: x.name, segments: slices.Concat(news...)}, err
}

// after returns what becomes of a segment with the changes made: as a rule another one; none when nobody is left, several when there are many more results.
func (s *segment) after(all []change) ([]*segment, error) {
	rosters, err := changed(s.rosters(), all)
	if err != nil {
		return nil, err
	}
	results := 0
	for _, r := range rosters {
		results += len(r.profiles)
	}
	switch from := min(s.from, rosters[0].district); {
	case results == 0:
		return nil, nil
	case results < 2*targetResults:
		return []*segment{newSegment(from, rosters)}, nil
	default:
		return segmentsOf(from, rosters), nil
	}
}

// changed returns rosters, which are in order, with the changes made, which are in order too.
func changed(rosters []roster, all []change) ([]roster, error) {
	for len(all) > 0 {
		at := roster{district: all[0].district, school: all[0].school}
		n := 1
		for n < len(all) && all[n].district == at.district && all[n].school == at.school {
			n++
		}
		i, found := slices.BinarySearchFunc(rosters, at, roster.compare)
		if !found {
			rosters = slices.Insert(rosters, i, at)
		}
		var err error
		if rosters[i].profiles, err = rosters[i].after(all[:n]); err != nil {
			return nil, err
		}
		all = all[n:]
	}
	return rosters, nil
}

// after returns the profiles of a school with its changes made.
func (r roster) after(all []change) ([]profile, error) {
	fewer := map[profile]int32{}
	kept := make([]profile, 0, len(r.profiles)+len(all))
	for _, x := range all {
		if x.more < 0 {
			fewer[x.profile] = -x.more
		}
		for range x.more {
			kept = append(kept, x.profile)
		}
	}
	for _, p := range r.profiles {
		if fewer[p] > 0 {
			fewer[p]--
			continue
		}
		kept = append(kept, p)
	}
	for _, n := range fewer {
		if n > 0 {
			return nil, errInconsistent
		}
	}
	return kept, nil
}
