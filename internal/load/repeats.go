package load

import "hash/maphash"

// repeats finds the rows whose student occurs more than once, so that staging need not sort all rows to find the few that repeat
// a result. It keeps eight bytes per student: 32 bits of a hash and a line. Two students with the same hash make their
// lines suspect for nothing, which does no harm.
type repeats struct {
	seed  maphash.Seed
	slots []uint64 // hash in the upper half, line and listed in the lower; 0 is free
	shift int      // of a hash to its first slot
	used  int
	lines []int32 // suspects, each once
}

const listed = 1 << 31 // the line of a slot is among the suspects already

// newRepeats makes room for an expected number of students. It grows when there are more.
func newRepeats(expected int) repeats {
	bits := 10
	for 1<<bits*3/4 < expected && bits < 23 {
		bits++
	}
	return repeats{seed: maphash.MakeSeed(), slots: make([]uint64, 1<<bits), shift: 32 - bits}
}

// see notes the row of a student.
func (r *repeats) see(student []byte, line int32) {
	if r.used >= len(r.slots)/4*3 {
		r.grow()
	}
	hash := uint64(uint32(maphash.Bytes(r.seed, student)))
	slot := r.find(hash)
	held := r.slots[slot]
	if held == 0 {
		r.slots[slot] = hash<<32 | uint64(uint32(line))
		r.used++
		return
	}
	if held&listed == 0 {
		r.lines = append(r.lines, int32(held&(listed-1)))
		r.slots[slot] |= listed
	}
	r.lines = append(r.lines, line)
}

// find returns the slot that holds a hash, or the free one where it belongs.
func (r *repeats) find(hash uint64) int {
	mask := len(r.slots) - 1
	for slot := int(hash >> r.shift); ; slot = (slot + 1) & mask {
		if held := r.slots[slot]; held == 0 || held>>32 == hash {
			return slot
		}
	}
}

func (r *repeats) grow() {
	old := r.slots
	r.slots, r.shift = make([]uint64, 2*len(old)), r.shift-1
	for _, held := range old {
		if held != 0 {
			r.slots[r.find(held>>32)] = held
		}
	}
}
