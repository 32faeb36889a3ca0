package population

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"scorehouse/internal/edu"
)

// building collects what counts in a version and makes a snapshot of it.
type building struct {
	rosters  map[place]*[]profile
	interims map[edu.AcademicYear][]interim

	last     place // results come school by school, more or less
	lastList *[]profile
}

func newBuilding() *building {
	return &building{rosters: map[place]*[]profile{}, interims: map[edu.AcademicYear][]interim{}}
}

// add notes a counted result.
func (b *building) add(at place, p profile) {
	if b.lastList == nil || at != b.last {
		list := b.rosters[at]
		if list == nil {
			list = new([]profile)
			b.rosters[at] = list
		}
		b.last, b.lastList = at, list
	}
	*b.lastList = append(*b.lastList, p)
}

// addInterim notes interim results. A place may be named more than once.
func (b *building) addInterim(y edu.AcademicYear, x interim) {
	b.interims[y] = append(b.interims[y], x)
}

// snapshot returns what was noted. The building is spent.
func (b *building) snapshot(version int) (*snapshot, error) {
	s := &snapshot{version: version, years: map[edu.AcademicYear]*year{}}
	places := slices.SortedFunc(maps.Keys(b.rosters), place.compare)
	for len(places) > 0 {
		first := places[0]
		n := 0
		var rosters []roster
		for n < len(places) && places[n].segment() == first.segment() {
			rosters = append(rosters, roster{places[n].school, *b.rosters[places[n]]})
			delete(b.rosters, places[n])
			n++
		}
		s.append(first, newSegment(first.district, rosters))
		places = places[n:]
	}
	for y, all := range b.interims {
		sorted, err := sumInterims(all)
		if err != nil {
			return nil, err
		}
		s.year(y).interims = sorted
	}
	s.clean()
	return s, nil
}

// compare orders places, those of a segment side by side.
func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.subject, b.subject), cmp.Compare(a.district, b.district), cmp.Compare(a.school, b.school))
}

// segment is the place without its school.
func (a place) segment() place {
	a.school = 0
	return a
}

// year returns a year of a snapshot that is being made.
func (s *snapshot) year(y edu.AcademicYear) *year {
	if s.years[y] == nil {
		s.years[y] = &year{}
	}
	return s.years[y]
}

// append adds the next segment to a snapshot that is being made.
func (s *snapshot) append(at place, g *segment) {
	y := s.year(at.year)
	last := len(y.subjects) - 1
	if last < 0 || y.subjects[last].name != at.subject {
		y.subjects = append(y.subjects, &subject{name: at.subject})
		last++
	}
	y.subjects[last].segments = append(y.subjects[last].segments, g)
}

// clean takes away what holds nothing, and room that is not used.
func (s *snapshot) clean() {
	for n, y := range s.years {
		y.subjects = slices.DeleteFunc(y.subjects, func(x *subject) bool {
			x.segments = slices.Clip(slices.DeleteFunc(x.segments, func(g *segment) bool { return g.results == 0 }))
			return len(x.segments) == 0
		})
		if len(y.subjects) == 0 && len(y.interims) == 0 {
			delete(s.years, n)
		}
	}
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

// errInconsistent says that changes take away what is not there: the index is not what the warehouse was.
var errInconsistent = errors.New("the changes do not fit the version before")

// changes are what counts no more and what counts now, from one version to a later one, by place.
type changes struct {
	results  map[place]map[profile]int // how many more
	interims map[edu.AcademicYear][]interim
}

func newChanges() *changes {
	return &changes{results: map[place]map[profile]int{}, interims: map[edu.AcademicYear][]interim{}}
}

// add notes that n more results of a profile count at a place; fewer when n is negative.
func (c *changes) add(at place, p profile, n int) {
	net := c.results[at]
	if net == nil {
		net = map[profile]int{}
		c.results[at] = net
	}
	net[p] += n
}

// addInterim notes more interim results, or fewer.
func (c *changes) addInterim(y edu.AcademicYear, x interim) {
	c.interims[y] = append(c.interims[y], x)
}

// after returns the later version: s with the changes made. Segments without changes are shared.
func (s *snapshot) after(version int, c *changes) (*snapshot, error) {
	next := &snapshot{version: version, years: make(map[edu.AcademicYear]*year, len(s.years))}
	touched := c.segments()
	years := maps.Clone(s.years)
	for at := range touched {
		if years[at.year] == nil {
			years[at.year] = &year{}
		}
	}
	for y := range c.interims {
		if years[y] == nil {
			years[y] = &year{}
		}
	}
	for n, y := range years {
		changed, err := y.after(n, touched, c.interims[n])
		if err != nil {
			return nil, fmt.Errorf("year %d: %w", n, err)
		}
		next.years[n] = changed
	}
	next.clean()
	return next, nil
}

// touch is the changes of one segment, by school.
type touch map[int32]map[profile]int

// segments returns the changes by segment, without those that cancel out.
func (c *changes) segments() map[place]touch {
	all := map[place]touch{}
	for at, net := range c.results {
		maps.DeleteFunc(net, func(_ profile, n int) bool { return n == 0 })
		if len(net) == 0 {
			continue
		}
		s := at.segment()
		if all[s] == nil {
			all[s] = touch{}
		}
		all[s][at.school] = net
	}
	return all
}

// after returns the year n with its segments and interims changed.
func (y *year) after(n edu.AcademicYear, touched map[place]touch, interims []interim) (*year, error) {
	next := &year{interims: y.interims}
	if len(interims) > 0 {
		var err error
		if next.interims, err = sumInterims(append(slices.Clone(y.interims), interims...)); err != nil {
			return nil, err
		}
	}
	bySubject := map[edu.Subject]map[int32]touch{}
	for at, t := range touched {
		if at.year != n {
			continue
		}
		if bySubject[at.subject] == nil {
			bySubject[at.subject] = map[int32]touch{}
		}
		bySubject[at.subject][at.district] = t
	}
	for _, x := range y.subjects {
		changed, err := x.after(bySubject[x.name])
		if err != nil {
			return nil, err
		}
		next.subjects = append(next.subjects, changed)
		delete(bySubject, x.name)
	}
	for name, districts := range bySubject {
		changed, err := (&subject{name: name}).after(districts)
		if err != nil {
			return nil, err
		}
		next.subjects = append(next.subjects, changed)
	}
	slices.SortFunc(next.subjects, func(a, b *subject) int { return cmp.Compare(a.name, b.name) })
	return next, nil
}

// after returns the subject with some districts changed.
func (x *subject) after(districts map[int32]touch) (*subject, error) {
	next := &subject{name: x.name, segments: slices.Clone(x.segments)}
	for id, t := range districts {
		i, found := slices.BinarySearchFunc(next.segments, id, func(s *segment, id int32) int { return cmp.Compare(s.district, id) })
		if !found {
			next.segments = slices.Insert(next.segments, i, &segment{district: id})
		}
		changed, err := next.segments[i].after(t)
		if err != nil {
			return nil, err
		}
		next.segments[i] = changed
	}
	return next, nil
}

// after returns the segment with some schools changed. A segment that nobody is left in stays, empty.
func (s *segment) after(t touch) (*segment, error) {
	rosters := s.rosters()
	for id, net := range t {
		i, found := slices.BinarySearchFunc(rosters, id, func(r roster, id int32) int { return cmp.Compare(r.school, id) })
		if !found {
			rosters = slices.Insert(rosters, i, roster{school: id})
		}
		var err error
		if rosters[i].profiles, err = changed(rosters[i].profiles, net); err != nil {
			return nil, err
		}
	}
	return newSegment(s.district, rosters), nil
}

// changed returns the profiles with as many more of each as net says, or fewer. It spends net.
func changed(profiles []profile, net map[profile]int) ([]profile, error) {
	kept := make([]profile, 0, len(profiles))
	for _, p := range profiles {
		if net[p] < 0 {
			net[p]++
			continue
		}
		kept = append(kept, p)
	}
	for _, p := range slices.Sorted(maps.Keys(net)) {
		if net[p] < 0 {
			return nil, errInconsistent
		}
		for range net[p] {
			kept = append(kept, p)
		}
	}
	return kept, nil
}
