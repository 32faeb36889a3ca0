package decide

import (
	"slices"

	"scorehouse/internal/disclosure"
)

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
	if s.unfiltered && s.now.shown[total] {
		s.closeRows(total, parts)
		return
	}
	hidden, sum := int32(0), int32(0) // sum less one for each part that is known to have somebody
	for _, c := range parts {
		if !s.now.shown[c] {
			hidden++
			sum += s.now.students[c]
			if !s.now.blank[c] {
				sum--
			}
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
	for hidden > 0 && (hidden < 2 || sum < s.minN-1) {
		c := s.smallest(parts, nil)
		if c < 0 {
			if hidden < 2 && s.canHide(total) {
				s.hide(total, disclosure.Complement)
			}
			return
		}
		s.hide(c, disclosure.Complement)
		hidden++
		sum += s.now.students[c] - 1
	}
}

// closeRows applies rule 1 to the unfiltered answers of rows. Grade by grade the rows add up to the whole as well, and which grades a school has is known; so
// the rule must hold of hidden rows that have grades in common, directly or through others, by themselves: of hidden elementary schools without the high schools. A district
// that is hidden for the sake of one of its schools counts as that school does.
func (s *system) closeRows(total int32, parts []int32) {
	for {
		wanting := s.wanting(parts)
		if len(wanting) == 0 {
			return
		}
		grades := wanting[0]
		c := s.smallest(parts, func(c int32) bool { return s.gradesOf(c)&grades != 0 })
		if c < 0 {
			if s.canHide(total) {
				s.hide(total, disclosure.Complement)
			}
			return
		}
		s.hide(c, disclosure.Complement)
		row, _ := s.place(c)
		if below := s.below(row); len(below) > 0 {
			if c := s.smallest(below, func(c int32) bool { return s.gradesOf(c)&grades != 0 }); c >= 0 {
				s.hide(c, disclosure.Complement)
			}
		}
	}
}

// below returns the unfiltered answers of the rows below a row.
func (s *system) below(row int) []int32 {
	cells := make([]int32, len(s.children[row]))
	for i, r := range s.children[row] {
		cells[i] = r * int32(s.questions)
	}
	return cells
}

// wanting returns the grades of hidden rows that rule 1 does not hold of by themselves.
func (s *system) wanting(parts []int32) []uint32 {
	var bands []uint32 // grades that hidden rows have in common
	for _, c := range parts {
		if s.now.shown[c] {
			continue
		}
		band := s.gradesOf(c)
		kept := bands[:0]
		for _, other := range bands {
			if other&band != 0 {
				band |= other
			} else {
				kept = append(kept, other)
			}
		}
		bands = append(kept, band)
	}
	return slices.DeleteFunc(bands, func(band uint32) bool {
		hidden, sum := s.hiddenOf(parts, band)
		return hidden > 1 && sum >= s.minN-1
	})
}

// hiddenOf returns how many hidden rows have any of some grades, and their students less one each.
func (s *system) hiddenOf(parts []int32, grades uint32) (hidden int, sum int32) {
	for _, c := range parts {
		if !s.now.shown[c] && s.gradesOf(c)&grades != 0 {
			hidden++
			sum += s.unsure(c) - 1
		}
	}
	return hidden, sum
}

// unsure returns how many students of a hidden row are in what is hidden below it.
func (s *system) unsure(c int32) int32 {
	row, _ := s.place(c)
	sum := int32(0)
	for _, b := range s.below(row) {
		if !s.now.shown[b] {
			sum += s.now.students[b]
		}
	}
	if sum == 0 {
		return s.now.students[c]
	}
	return sum
}

// gradesOf returns which grades a row has, a bit each; of a hidden row with hidden rows below it those of the latter. When no grade can be asked for, all rows have
// the same.
func (s *system) gradesOf(c int32) uint32 {
	if len(s.grades) == 0 {
		return 1
	}
	grades := uint32(0)
	if row, _ := s.place(c); !s.now.shown[c] {
		for _, b := range s.below(row) {
			if !s.now.shown[b] {
				grades |= s.gradesOf(b)
			}
		}
		if grades != 0 {
			return grades
		}
	}
	for i, q := range s.grades {
		if s.now.students[c+int32(q)] > 0 {
			grades |= 1 << i
		}
	}
	return grades
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
