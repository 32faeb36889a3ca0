package decide

import "scorehouse/internal/disclosure"

// Closing hides what could be subtracted. It looks at one group at a time:
//
//  1. Where the total is shown, the parts hidden are none, or at least two that together are large enough for each to have been of any small size.
//  2. Where the total is hidden, so is a part.
//  3. The same of how the numbers changed since each earlier release of the year: what changed among the parts whose change is not told is
//     nothing, or not a small number of students.
//
// It hides the smallest further part, the one with the smallest id where they tie. It is necessary, not sufficient: the audit comes after it.

// hide hides a cell with students, and has its groups looked at again.
func (s *system) hide(c int32, rule disclosure.Rule) {
	if s.now.students[c] == 0 || !s.now.shown[c] {
		return
	}
	s.now.shown[c], s.rule[c] = false, rule
	var room [64]int32
	for _, g := range s.groupsOf(c, room[:]) {
		s.enqueue(g)
	}
}

func (s *system) enqueue(g int32) {
	if !s.queued[g] {
		s.queued[g] = true
		s.queue = append(s.queue, g)
	}
}

// canHide reports whether hiding a cell would hide anything: not the unfiltered answer, once that is settled, and not one that is the whole of another that is shown.
func (s *system) canHide(c int32) bool {
	if s.now.students[c] == 0 || !s.now.shown[c] {
		return false
	}
	if s.unfiltered {
		return true
	}
	row, q := s.place(c)
	if q == int(disclosure.Everybody) {
		return false
	}
	for _, i := range s.sumsOf[q] {
		total := int32(row*s.questions) + int32(s.sums[i].Total)
		if total != c && s.now.shown[total] && s.now.students[total] == s.now.students[c] {
			return false
		}
	}
	return true
}

// smallest returns the smallest part that can be hidden and is wanted, -1 when there is none.
func (s *system) smallest(parts []int32, wanted func(c int32) bool) int32 {
	best := int32(-1)
	for _, c := range parts {
		if s.now.shown[c] && s.now.students[c] > 0 && (best < 0 || s.now.students[c] < s.now.students[best]) && (wanted == nil || wanted(c)) && s.canHide(c) {
			best = c
		}
	}
	return best
}

// close closes every group in the queue, and those that follow.
func (s *system) close() {
	var room []int32
	for len(s.queue) > 0 {
		g := s.queue[0]
		s.queue = s.queue[1:]
		s.queued[g] = false
		room = s.members(g, room)
		s.closeNow(room[0], room[1:])
		for _, e := range s.earlier {
			s.closeChange(e, room[0], room[1:])
		}
	}
	s.queue = nil
}

// closeNow applies rules 1 and 2 to a group.
func (s *system) closeNow(total int32, parts []int32) {
	hidden, sum := int32(0), int32(0)
	for _, c := range parts {
		if !s.now.shown[c] {
			hidden++
			sum += s.now.students[c]
		}
	}
	if !s.now.shown[total] {
		if hidden == 0 {
			if c := s.smallest(parts, nil); c >= 0 {
				s.hide(c, disclosure.Complement)
			}
		}
		return
	}
	for hidden > 0 && (hidden < 2 || sum-hidden < s.minN-1) {
		c := s.smallest(parts, nil)
		if c < 0 {
			if hidden < 2 && s.canHide(total) {
				s.hide(total, disclosure.Complement)
			}
			return
		}
		s.hide(c, disclosure.Complement)
		hidden++
		sum += s.now.students[c]
	}
}

// closeChange applies rule 3 to a group.
func (s *system) closeChange(e *layer, total int32, parts []int32) {
	if !s.told(e, total) {
		return
	}
	untold, change := 0, int32(0)
	for _, c := range parts {
		if !s.told(e, c) {
			untold++
			change += s.change(e, c)
		}
	}
	for untold > 0 && s.small(change) {
		sign := change
		c := s.smallest(parts, func(c int32) bool { d := s.change(e, c); return s.told(e, c) && d != 0 && (d > 0) == (sign > 0) })
		if c < 0 {
			c = s.smallest(parts, func(c int32) bool { return s.told(e, c) && s.change(e, c) != 0 })
		}
		if c < 0 {
			if s.canHide(total) {
				s.hide(total, disclosure.Change)
			}
			return
		}
		s.hide(c, disclosure.Change)
		untold++
		change += s.change(e, c)
	}
}

// told reports whether how a cell changed since an earlier release can be seen in the cell itself.
func (s *system) told(e *layer, c int32) bool { return s.now.shown[c] && e.shown[c] }

// change returns by how many students a cell changed since an earlier release.
func (s *system) change(e *layer, c int32) int32 { return s.now.students[c] - e.students[c] }

// small reports whether a change is one of few students, more or less.
func (s *system) small(change int32) bool {
	return 0 < change && change < s.minN || -s.minN < change && change < 0
}

// changedLittle reports whether the answers of two releases put side by side tell that some students, but few, came, left, or are on another level.
func (s *system) changedLittle(e *layer, c int32) bool {
	if s.small(s.change(e, c)) {
		return true
	}
	if s.change(e, c) != 0 || s.now.students[c] == 0 {
		return false
	}
	for p := 1; p < s.planes(); p++ {
		from, to := e.base.at(c, p), s.now.base.at(c, p)
		fewest, most := to[0]-from[1], to[1]-from[0]
		if 0 < fewest && most < s.minN || most < 0 && -s.minN < fewest {
			return true
		}
	}
	return false
}

// planes returns how many numbers a cell has: students, those on each level, those at or above the standard.
func (s *system) planes() int { return s.levels + 2 }
