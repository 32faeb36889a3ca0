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
	tired  bool // propagation was given up before its end
	broken bool // something would have to be less than it is at least
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
	b.tired, b.broken = false, x.broken
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
	b.broken = b.broken || b.lo[i] > b.hi[i]
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

// patience is how many times each group is looked at on average before propagation is given up. What was not followed to its end proves nothing: the audit has not settled then.
var patience = 200

// propagate narrows the bounds until nothing follows any more.
func (s *system) propagate(b *bounds) {
	var room []int32
	left := patience * s.groups()
	for len(b.queue) > 0 && left > 0 && !b.broken {
		wave := b.queue
		b.queue = nil
		for _, g := range wave {
			b.queued[g] = false
			room = s.members(g, room)
			s.narrowGroup(b, g, room)
			left--
		}
	}
	b.tired = b.tired || len(b.queue) > 0
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
			b.broken = b.broken || lo != int64(b.lo[t])
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
	layers     []*layer  // earlier releases in their order, then the one that is being decided
	known      []*bounds // of each
	links      []link
	before     [][]bool // by earlier release, and then by link between two of these: cells of which something was known before there was another release
	whole      bool     // go on after something was found
	unfinished string   // why the last audit has not settled anything, for operators; empty when it has
	iterations int      // the most that a projection on the null space took
}

// link is two releases, and how the numbers differ. Whoever reads both may know from elsewhere that late results were added and nothing else, or that nobody left.
type link struct {
	from, to   int
	change     *bounds
	onlyAdd    bool // on every level there are as many as before, or more
	nobodyLeft bool // in every cell
}

func (s *system) newAuditor() *auditor {
	a := &auditor{layers: append(slices.Clone(s.earlier), s.now)}
	cells, groups := len(s.rule), s.groups()
	for to, l := range a.layers {
		s.answers(l)
		a.known = append(a.known, newBounds(cells, s.planes(), groups))
		for from, e := range a.layers[:to] {
			x := link{from: from, to: to, change: newBounds(cells, s.planes(), groups), onlyAdd: true, nobodyLeft: true}
			for c := range e.students {
				x.nobodyLeft = x.nobodyLeft && e.students[c] <= l.students[c]
			}
			for i := range e.counts {
				x.onlyAdd = x.onlyAdd && e.counts[i] <= l.counts[i]
			}
			a.links = append(a.links, x)
		}
	}
	return a
}

// lookBack notes what could be worked out of the earlier releases alone. It was so before, and no decision about another release mends it: of a smaller smallest number, for one.
func (s *system) lookBack(a *auditor) {
	if len(s.earlier) == 0 {
		return
	}
	all := *a
	a.layers, a.known = a.layers[:len(s.earlier)], a.known[:len(s.earlier)]
	a.links = slices.DeleteFunc(slices.Clone(a.links), func(x link) bool { return x.to == len(s.earlier) })
	a.whole = true
	s.audit(a)
	var before [][]bool
	note := func(pins []pin) {
		at := make([]bool, len(s.rule))
		for _, p := range pins {
			at[p.cell] = true
		}
		before = append(before, at)
	}
	for i, l := range a.layers {
		note(s.pinned(a.known[i], l))
	}
	for _, x := range a.links {
		note(s.pinnedChanges(a, x))
	}
	all.iterations = a.iterations
	*a = all
	a.before = before
}

// audit plays somebody who knows everything published and the rules, and returns what small group could be worked out, in order of cell. When it finds nothing it may not have
// come to its end, which unfinished says.
func (s *system) audit(a *auditor) []pin {
	a.unfinished = ""
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
	for round := 0; ; round++ {
		if !s.linkAll(a) {
			a.unfinished = "what two releases tell together has no end"
		}
		if pins := s.allPinned(a); len(pins) > 0 && !a.whole { // enough to mend for now
			return pins
		}
		if round == auditRounds {
			a.unfinished = "bounds and sums go on telling more of each other"
			return nil
		}
		found, settled := s.fixDetermined(a)
		if !settled {
			a.unfinished = "the sums are too many or too entangled to be solved together"
		}
		if !found {
			break
		}
		open := s.open(a)
		if !s.linkAll(a) {
			a.unfinished = "what two releases tell together has no end"
		}
		if s.open(a) == open { // what the sums determine does not change by it
			break
		}
	}
	s.lookForTrouble(a)
	return s.allPinned(a)
}

// lookForTrouble notes that bounds were not followed to their end, or contradict each other: then what is told is not what is true, and nothing follows from finding nothing.
func (s *system) lookForTrouble(a *auditor) {
	all := slices.Clone(a.known)
	for _, x := range a.links {
		all = append(all, x.change)
	}
	for _, b := range all {
		switch {
		case b.broken:
			a.unfinished = "the numbers of two answers contradict each other"
		case b.tired:
			a.unfinished = "the bounds have no end"
		}
	}
}

// allPinned returns the small groups of which something is known that was not known before, in order of cell.
func (s *system) allPinned(a *auditor) []pin {
	var pins []pin
	at := 0
	add := func(found []pin, over bool) {
		if over && at < len(a.before) {
			known := a.before[at]
			found = slices.DeleteFunc(found, func(p pin) bool { return known[p.cell] })
			at++
		}
		pins = append(pins, found...)
	}
	for i, l := range a.layers {
		add(s.pinned(a.known[i], l), l != s.now)
	}
	for _, x := range a.links {
		add(s.pinnedChanges(a, x), a.layers[x.to] != s.now)
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

// How often bounds and null space take turns at most, and how often releases that are followed side by side.
var (
	auditRounds = 8
	linkRounds  = 40
)

// pinned returns the small hidden groups of which a number above zero is known, and the groups of any size, hidden or shown, of which it is known that all are alike.
func (s *system) pinned(b *bounds, l *layer) []pin {
	var pins []pin
	for c, n := range l.students {
		if n == 0 || !s.matters(int32(c)) {
			continue
		}
		small := !l.shown[c] && n < min(s.minN, l.minN)
		by, alike := s.alike(b, int32(c))
		if !small && !alike || l == s.now && s.given(int32(c)) {
			continue
		}
		if alike {
			pins = append(pins, pin{int32(c), by})
		}
		for p := range b.planes {
			if i := c*b.planes + p; small && b.lo[i] == b.hi[i] && b.lo[i] > 0 {
				pins = append(pins, pin{int32(c), b.by[i]})
			}
		}
	}
	return pins
}

// given reports whether an earlier release showed a cell as it is now: by a smaller smallest number.
func (s *system) given(c int32) bool {
	return slices.ContainsFunc(s.earlier, func(e *layer) bool {
		i := int(c) * s.levels
		return e.shown[c] && slices.Equal(e.counts[i:i+s.levels], s.now.counts[i:i+s.levels])
	})
}

// alike reports whether it is known of a cell that there is somebody, and that all are on one level, all below the standard, or all at or above it; and which group last said so.
func (s *system) alike(b *bounds, c int32) (by int32, is bool) {
	at := int(c) * b.planes
	if b.lo[at] < 1 {
		return -1, false
	}
	open, lower := 0, int32(0)
	by = -1
	for p := 1; p <= s.levels; p++ {
		switch most := b.hi[at+p]; {
		case most > 0:
			open++
			if p <= s.standard {
				lower += most
			}
		case b.by[at+p] >= 0:
			by = b.by[at+p]
		}
	}
	upper := at + s.levels + 1
	if b.hi[upper] == 0 && b.by[upper] >= 0 {
		by = b.by[upper]
	}
	return by, open == 1 || lower == 0 || b.hi[upper] == 0
}

// matters reports whether a cell is being decided, or was before.
func (s *system) matters(c int32) bool { return !s.unfiltered || int(c)%s.questions == 0 }

// startChange sets what is known of how two releases differ.
func (s *system) startChange(x link) {
	b := x.change
	b.tired, b.broken = false, false
	for i := range b.lo {
		b.lo[i], b.hi[i], b.by[i] = -unbounded, unbounded, -1
		if x.onlyAdd || x.nobodyLeft && i%b.planes == 0 {
			b.lo[i] = 0
		}
	}
	s.each(b.enqueue)
}

// linkAll draws what follows from each number being that of the release before and the change. It answers false when that has no end.
func (s *system) linkAll(a *auditor) bool {
	for range linkRounds {
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
			return true
		}
	}
	return false
}

// follow narrows a cell's numbers before, how they changed, and those after it.
func (s *system) follow(a *auditor, x link, c int32) {
	before, after := a.known[x.from], a.known[x.to]
	var changed, was, is bool
	for p := range before.planes {
		n, e, d := after.at(c, p), before.at(c, p), x.change.at(c, p)
		if lo, hi := n[0]-e[1], n[1]-e[0]; lo > d[0] || hi < d[1] {
			s.narrow(x.change, c, p, int64(lo), int64(hi), -1)
			d, changed = x.change.at(c, p), true
		}
		if lo, hi := e[0]+d[0], e[1]+d[1]; lo > n[0] || hi < n[1] {
			s.narrow(after, c, p, int64(lo), int64(hi), -1)
			n, is = after.at(c, p), true
		}
		if lo, hi := n[0]-d[1], n[1]-d[0]; lo > e[0] || hi < e[1] {
			s.narrow(before, c, p, int64(lo), int64(hi), -1)
			was = true
		}
	}
	if changed {
		s.narrowCell(x.change, c)
	}
	if is {
		s.narrowCell(after, c)
	}
	if was {
		s.narrowCell(before, c)
	}
}

// pinnedChanges returns the cells of which it is known that few students came or left, and how many; and, where as many came as left, that few are on another level.
func (s *system) pinnedChanges(a *auditor, x link) []pin {
	var pins []pin
	b, before, after := x.change, a.layers[x.from], a.layers[x.to]
	few := min(s.minN, after.minN)
	for c := range s.rule {
		if !s.matters(int32(c)) {
			continue
		}
		students := after.students[c] - before.students[c]
		if students <= -few || students >= few {
			continue
		}
		for p := range b.planes {
			i := c*b.planes + p
			if b.lo[i] == b.hi[i] && b.lo[i] != 0 && (students != 0 || -few < b.lo[i] && b.lo[i] < few) {
				pins = append(pins, pin{int32(c), b.by[i]})
			}
		}
	}
	return pins
}
