package decide

import (
	"slices"

	"scorehouse/internal/disclosure"
)

// bounds are between which numbers everything lies for somebody who knows all answers of a release and the rules: of each cell its students, those on
// each level, and those at or above the standard (its planes).
type bounds struct {
	planes int
	lo, hi []int32 // by cell and plane
	by     []int32 // the group that last narrowed it, -1 for none
	queue  []int32 // groups to look at
	queued []bool
	moved  bool // something was narrowed
}

// unbounded is more than any state has students.
const unbounded = 1 << 28

func newBounds(cells, planes, groups int) *bounds {
	b := &bounds{planes: planes, lo: make([]int32, cells*planes), hi: make([]int32, cells*planes), by: make([]int32, cells*planes), queued: make([]bool, groups)}
	for i := range b.by {
		b.by[i] = -1
	}
	return b
}

func (b *bounds) at(c int32, plane int) [2]int32 {
	i := int(c)*b.planes + plane
	return [2]int32{b.lo[i], b.hi[i]}
}

// copyFrom makes b what another was.
func (b *bounds) copyFrom(x *bounds) {
	copy(b.lo, x.lo)
	copy(b.hi, x.hi)
	for i := range b.by {
		b.by[i] = -1
	}
}

// answers fills the bounds that the answers of a layer give, as if every cell were shown.
func (s *system) answers(l *layer) {
	l.base = newBounds(len(l.students), s.planes(), 0)
	for c, n := range l.students {
		if n == 0 {
			continue
		}
		at, above := c*s.planes(), int32(0)
		l.base.lo[at], l.base.hi[at] = n, n
		for k, count := range l.counts[c*s.levels : (c+1)*s.levels] {
			if k >= s.standard {
				above += count
			}
			l.base.band(at+1+k, &l.policy, count, n)
		}
		l.base.band(at+1+s.levels, &l.policy, above, n)
		s.narrowCell(l.base, int32(c))
	}
}

func (b *bounds) band(at int, p *disclosure.Policy, k, n int32) {
	fewest, most := p.Band(int(k), int(n)).Counts(int(n))
	b.lo[at], b.hi[at] = int32(fewest), int32(most)
}

// forget makes hidden cells unknown: that there is somebody is all that is told of them, and not even that in a row that is hidden.
func (s *system) forget(b *bounds, l *layer) {
	for c, shown := range l.shown {
		if shown {
			continue
		}
		at := c * b.planes
		b.lo[at], b.hi[at] = 1, unbounded
		if l.blank[c] {
			b.lo[at] = 0
		}
		for p := 1; p < b.planes; p++ {
			b.lo[at+p], b.hi[at+p] = 0, unbounded
		}
	}
}

// narrow sets a bound when it is closer than the present one, and has what depends on it looked at again.
func (s *system) narrow(b *bounds, c int32, plane int, lo, hi int64, by int32) {
	i := int(c)*b.planes + plane
	closer := false
	if lo > int64(b.lo[i]) {
		b.lo[i], closer = int32(min(lo, unbounded)), true
	}
	if hi < int64(b.hi[i]) {
		b.hi[i], closer = int32(max(hi, -unbounded)), true
	}
	if !closer {
		return
	}
	b.by[i], b.moved = by, true
	if len(b.queued) == 0 { // groups do not matter yet
		return
	}
	var room [64]int32
	for _, g := range s.groupsOf(c, room[:]) {
		b.enqueue(g)
	}
}

func (b *bounds) enqueue(g int32) {
	if !b.queued[g] {
		b.queued[g] = true
		b.queue = append(b.queue, g)
	}
}

// patience is how many times each group is looked at on average before propagation is taken for finished: bounds that creep by one at a time pin nothing for long.
const patience = 60

// propagate narrows the bounds until nothing follows any more.
func (s *system) propagate(b *bounds) {
	var room []int32
	left := patience * s.groups()
	for len(b.queue) > 0 && left > 0 {
		wave := b.queue
		b.queue = nil
		for _, g := range wave {
			b.queued[g] = false
			room = s.members(g, room)
			s.narrowGroup(b, g, room)
			left--
		}
	}
	for _, g := range b.queue {
		b.queued[g] = false
	}
	b.queue = b.queue[:0]
}

// narrowGroup draws what follows from the parts of a group adding up to its total.
func (s *system) narrowGroup(b *bounds, g int32, members []int32) {
	total, parts := members[0], members[1:]
	for p := range b.planes {
		t := int(total)*b.planes + p
		lo, hi, exact := int64(0), int64(0), b.lo[t] == b.hi[t]
		for _, c := range parts {
			i := int(c)*b.planes + p
			lo += int64(b.lo[i])
			hi += int64(b.hi[i])
			exact = exact && b.lo[i] == b.hi[i]
		}
		if exact {
			continue
		}
		if lo > int64(b.lo[t]) || hi < int64(b.hi[t]) {
			s.narrow(b, total, p, lo, hi, g)
			s.narrowCell(b, total)
		}
		low, high := int64(b.lo[t]), int64(b.hi[t])
		for _, c := range parts {
			i := int(c)*b.planes + p
			l, h := low-(hi-int64(b.hi[i])), high-(lo-int64(b.lo[i]))
			if l > int64(b.lo[i]) || h < int64(b.hi[i]) {
				lo, hi = lo-int64(b.lo[i]), hi-int64(b.hi[i])
				s.narrow(b, c, p, l, h, g)
				s.narrowCell(b, c)
				lo, hi = lo+int64(b.lo[i]), hi+int64(b.hi[i])
			}
		}
	}
}

// narrowCell draws what follows from the levels of a cell adding up to its students, and the upper ones to those at or above the standard.
func (s *system) narrowCell(b *bounds, c int32) {
	if b.planes == 1 {
		return
	}
	at := int(c) * b.planes
	upper, students := s.levels+1, 0
	for range 4 {
		before := b.moved
		b.moved = false
		s.narrowSum(b, c, students, 1, s.levels+1)
		s.narrowSum(b, c, upper, 1+s.standard, s.levels+1)
		// those below the standard are the rest of the students
		lo, hi := int64(0), int64(0)
		for p := 1; p <= s.standard; p++ {
			lo += int64(b.lo[at+p])
			hi += int64(b.hi[at+p])
		}
		s.narrow(b, c, upper, int64(b.lo[at])-hi, int64(b.hi[at])-lo, -1)
		s.narrow(b, c, students, int64(b.lo[at+upper])+lo, int64(b.hi[at+upper])+hi, -1)
		again := b.moved
		b.moved = before || again
		if !again {
			return
		}
	}
}

// narrowSum draws what follows from planes of a cell, from first to before last, adding up to another.
func (s *system) narrowSum(b *bounds, c int32, total, first, last int) {
	at := int(c) * b.planes
	lo, hi := int64(0), int64(0)
	for p := first; p < last; p++ {
		lo += int64(b.lo[at+p])
		hi += int64(b.hi[at+p])
	}
	s.narrow(b, c, total, lo, hi, -1)
	low, high := int64(b.lo[at+total]), int64(b.hi[at+total])
	for p := first; p < last; p++ {
		s.narrow(b, c, p, low-(hi-int64(b.hi[at+p])), high-(lo-int64(b.lo[at+p])), -1)
	}
}

// pin is something hidden that can be worked out: where, and which group gave it away (-1 when that is not known).
type pin struct {
	cell, by int32
}

// auditor keeps the room of audits.
type auditor struct {
	layers []*layer  // earlier releases in their order, then the one that is being decided
	known  []*bounds // of each
	links  []link
}

// link is two releases, and how the numbers of students differ. Whoever reads both may know from elsewhere that late results were added and nothing else.
type link struct {
	from, to int
	change   *bounds
	onlyAdd  bool
}

func (s *system) newAuditor() *auditor {
	a := &auditor{layers: append(slices.Clone(s.earlier), s.now)}
	cells, groups, last := len(s.rule), s.groups(), len(s.earlier)
	for to, l := range a.layers {
		s.answers(l)
		a.known = append(a.known, newBounds(cells, s.planes(), groups))
		for from, e := range a.layers[:to] {
			if from+1 < to && to < last { // two that are over, with others between
				continue
			}
			x := link{from: from, to: to, change: newBounds(cells, 1, groups), onlyAdd: true}
			for c := range e.students {
				x.onlyAdd = x.onlyAdd && e.students[c] <= l.students[c]
			}
			a.links = append(a.links, x)
		}
	}
	return a
}

// audit plays somebody who knows everything published and the rules, and returns what small group could be worked out, in order of cell.
func (s *system) audit(a *auditor) []pin {
	for i, l := range a.layers {
		b := a.known[i]
		b.copyFrom(l.base)
		s.forget(b, l)
		s.each(b.enqueue)
		s.propagate(b)
	}
	for _, x := range a.links {
		s.startChange(x)
	}
	for range auditRounds {
		s.linkAll(a)
		if pins := s.allPinned(a); len(pins) > 0 { // enough to mend for now
			return pins
		}
		if !s.fixDetermined(a) {
			break
		}
		open := s.open(a)
		s.linkAll(a)
		if s.open(a) == open { // what the sums determine does not change by it
			break
		}
	}
	return s.allPinned(a)
}

// allPinned returns the small groups of which something is known, in order of cell.
func (s *system) allPinned(a *auditor) []pin {
	var pins []pin
	for i, l := range a.layers {
		pins = append(pins, s.pinned(a.known[i], l)...)
	}
	for _, x := range a.links {
		pins = append(pins, s.pinnedChanges(x.change)...)
	}
	slices.SortStableFunc(pins, func(x, y pin) int { return int(x.cell) - int(y.cell) })
	return slices.Compact(pins)
}

// open returns how many numbers of students are not known, and how many changes.
func (s *system) open(a *auditor) int {
	n := 0
	count := func(b *bounds) {
		for i := 0; i < len(b.lo); i += b.planes {
			if b.lo[i] < b.hi[i] {
				n++
			}
		}
	}
	for _, b := range a.known {
		count(b)
	}
	for _, x := range a.links {
		count(x.change)
	}
	return n
}

// auditRounds is how often bounds and null space take turns at most.
const auditRounds = 8

// pinned returns the small hidden groups of which a number above zero is known.
func (s *system) pinned(b *bounds, l *layer) []pin {
	var pins []pin
	for c, shown := range l.shown {
		if shown || l.students[c] == 0 || l.students[c] >= s.minN || !s.matters(int32(c)) {
			continue
		}
		for p := range b.planes {
			if i := c*b.planes + p; b.lo[i] == b.hi[i] && b.lo[i] > 0 {
				pins = append(pins, pin{int32(c), b.by[i]})
			}
		}
	}
	return pins
}

// matters reports whether a cell is being decided, or was before.
func (s *system) matters(c int32) bool { return !s.unfiltered || int(c)%s.questions == 0 }

// startChange sets what is known of how two releases differ.
func (s *system) startChange(x link) {
	b := x.change
	for c := range b.lo {
		b.lo[c], b.hi[c], b.by[c] = -unbounded, unbounded, -1
		if x.onlyAdd {
			b.lo[c] = 0
		}
	}
	s.each(b.enqueue)
}

// linkAll draws what follows from each number being that of the release before and the change.
func (s *system) linkAll(a *auditor) {
	for range 20 {
		moved := false
		for _, b := range a.known {
			b.moved = false
			s.propagate(b)
		}
		for _, x := range a.links {
			x.change.moved = false
			for c := range s.now.students {
				if s.matters(int32(c)) {
					s.follow(a, x, int32(c))
				}
			}
			s.propagate(x.change)
			moved = moved || x.change.moved
		}
		for _, b := range a.known {
			moved = moved || b.moved
		}
		if !moved {
			return
		}
	}
}

// follow narrows a cell's number before, its change, and its number after it.
func (s *system) follow(a *auditor, x link, c int32) {
	before, after := a.known[x.from], a.known[x.to]
	n, e := after.at(c, 0), before.at(c, 0)
	s.narrow(x.change, c, 0, int64(n[0])-int64(e[1]), int64(n[1])-int64(e[0]), -1)
	d := x.change.at(c, 0)
	if n[0] != n[1] {
		s.narrow(after, c, 0, int64(e[0])+int64(d[0]), int64(e[1])+int64(d[1]), -1)
		s.narrowCell(after, c)
	}
	if e[0] != e[1] {
		s.narrow(before, c, 0, int64(n[0])-int64(d[1]), int64(n[1])-int64(d[0]), -1)
		s.narrowCell(before, c)
	}
}

// pinnedChanges returns the cells of which it is known that few students came or left, and how many.
func (s *system) pinnedChanges(b *bounds) []pin {
	var pins []pin
	for c := range b.lo {
		if b.lo[c] == b.hi[c] && s.small(b.lo[c]) && s.matters(int32(c)) {
			pins = append(pins, pin{int32(c), b.by[c]})
		}
	}
	return pins
}
