package population

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
	"sort"
	"unsafe"
)

// segment holds the counted results of some districts, whose ids follow each other, in one year and subject. It does not change once made.
type segment struct {
	from      int32 // the first district; the segment goes on to where the next one begins
	results   int32
	districts int      // that have results
	schools   []school // ascending by district and id

	// One bitmap per value that occurs, one after another in words; at says which is whose, -1 for a value that nobody has. Schools
	// begin with a word of their own, so that a school is a range of words, and so is a district. Bits that fill the last word of a school are in no bitmap.
	words  []uint64
	length int // words of a bitmap
	at     [values]int8

	levels []int8  // that occur, ascending
	totals []int32 // results of each school on each of the levels
}

// targetResults is when a segment is full: the next district begins another. Larger segments are read faster, since memory likes long bitmaps; smaller ones
// are made faster when a few results change.
const targetResults = 1 << 16

// school is a range of words of a segment's bitmaps.
type school struct {
	district, id int32
	first, last  int32 // words; last is the one after
	results      int32
}

// roster is a school's results, in no order.
type roster struct {
	district, school int32
	profiles         []profile
}

// compare orders rosters as segments have their schools.
func (r roster) compare(x roster) int {
	return cmp.Or(cmp.Compare(r.district, x.district), cmp.Compare(r.school, x.school))
}

// newSegment makes a segment from its schools, which must be in order. Schools without results are left out.
func newSegment(from int32, rosters []roster) *segment {
	s := &segment{from: from}
	var seen [values]bool
	for _, r := range rosters {
		if len(r.profiles) == 0 {
			continue
		}
		words := (len(r.profiles) + 63) / 64
		if n := len(s.schools); n == 0 || s.schools[n-1].district != r.district {
			s.districts++
		}
		s.schools = append(s.schools, school{
			district: r.district, id: r.school, first: int32(s.length), last: int32(s.length + words), results: int32(len(r.profiles)),
		})
		s.length += words
		s.results += int32(len(r.profiles))
		for _, p := range r.profiles {
			for a := range attributes {
				seen[firstValue[a]+p.value(a)] = true
			}
		}
	}
	s.schools = slices.Clip(s.schools)
	n := 0
	for v := range s.at {
		s.at[v] = -1
		if seen[v] {
			s.at[v] = int8(n)
			n++
		}
	}
	s.words = make([]uint64, n*s.length)
	first := 0
	for _, r := range rosters {
		s.fill(first, r.profiles)
		first += (len(r.profiles) + 63) / 64
	}
	s.total()
	return s
}

// fill sets the bits of results that begin with a word.
func (s *segment) fill(first int, profiles []profile) {
	for i, p := range profiles {
		word, bit := first+i/64, uint64(1)<<(i%64)
		for a := range attributes {
			s.words[int(s.at[firstValue[a]+p.value(a)])*s.length+word] |= bit
		}
	}
}

func (s *segment) total() {
	for v := range 1 << fields[level].bits {
		if s.at[firstValue[level]+v] >= 0 {
			s.levels = append(s.levels, int8(v))
		}
	}
	s.totals = make([]int32, 0, len(s.schools)*len(s.levels))
	for _, x := range s.schools {
		for _, l := range s.levels {
			s.totals = append(s.totals, int32(count(s.bitmap(level, int(l))[x.first:x.last])))
		}
	}
}

// bitmap returns who has a value, nil when nobody has.
func (s *segment) bitmap(a attribute, value int) []uint64 {
	n := int(s.at[firstValue[a]+value])
	if n < 0 {
		return nil
	}
	return s.words[n*s.length : (n+1)*s.length : (n+1)*s.length]
}

// rosters returns the results from which the segment can be made again. The last word of a school is left out of the roster where it is not full.
func (s *segment) rosters() []roster {
	profiles := make([]profile, s.length*64)
	for a := range attributes {
		for v := 1; v < 1<<fields[a].bits; v++ { // value 0 adds nothing
			packed := profile(v) << fields[a].shift
			for i, w := range s.bitmap(a, v) {
				for ; w != 0; w &= w - 1 {
					profiles[i*64+bits.TrailingZeros64(w)] |= packed
				}
			}
		}
	}
	all := make([]roster, len(s.schools))
	for i, x := range s.schools {
		from := int(x.first) * 64
		all[i] = roster{district: x.district, school: x.id, profiles: profiles[from : from+int(x.results) : from+int(x.results)]}
	}
	return all
}

// passing puts into mask, of the length of the words from first to last, who there meets the conditions. Bits that belong to nobody may be set
// too. It answers false, and leaves mask alone, when everybody does.
func (s *segment) passing(conditions []condition, first, last int, mask []uint64) bool {
	var room [values][]uint64
	refused, narrowed := room[:0], false
	narrow := func() {
		if !narrowed {
			for i := range mask {
				mask[i] = ^uint64(0)
			}
			narrowed = true
		}
	}
	for _, c := range conditions {
		chosen, others := s.present(c)
		if others == 0 {
			continue
		}
		if bits.OnesCount16(others) < bits.OnesCount16(chosen) { // who has none of the others has one of the chosen
			refused = s.bitmaps(refused, c.attribute, others, first, last)
			continue
		}
		narrow()
		var accepted [1 << 4][]uint64
		within(mask, s.bitmaps(accepted[:0], c.attribute, chosen, first, last))
	}
	if len(refused) > 0 {
		narrow()
		without(mask, refused)
	}
	return narrowed
}

// bitmaps adds to all the words from first to last of the bitmaps of some values.
func (s *segment) bitmaps(all [][]uint64, a attribute, values uint16, first, last int) [][]uint64 {
	for ; values != 0; values &= values - 1 {
		all = append(all, s.bitmap(a, bits.TrailingZeros16(values))[first:last])
	}
	return all
}

// present returns which values of a condition, and which others, occur in the segment.
func (s *segment) present(c condition) (chosen, others uint16) {
	for v := range 1 << fields[c.attribute].bits {
		if s.at[firstValue[c.attribute]+v] < 0 {
			continue
		}
		if bit := uint16(1) << v; c.values&bit != 0 {
			chosen |= bit
		} else {
			others |= bit
		}
	}
	return chosen, others
}

// bytes returns how much memory the segment takes.
func (s *segment) bytes() int {
	return int(unsafe.Sizeof(*s)) + 8*cap(s.words) + int(unsafe.Sizeof(school{}))*cap(s.schools) + cap(s.levels) + 4*cap(s.totals)
}

// ranges yields the schools that a question is about as ranges of s.schools: those of a district and the one with an id; 0 stands for all.
func (s *segment) ranges(districtID, schoolID int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		from, to := 0, len(s.schools)
		if districtID != 0 {
			from = sort.Search(to, func(i int) bool { return int(s.schools[i].district) >= districtID })
			to = s.endOfDistrict(from, int32(districtID))
		}
		if schoolID == 0 {
			if from < to {
				yield(from, to)
			}
			return
		}
		for i := from; i < to; i++ {
			if int(s.schools[i].id) == schoolID && !yield(i, i+1) {
				return
			}
		}
	}
}

// endOfDistrict returns where the schools of a district end that begin with from, from itself when that is of another.
func (s *segment) endOfDistrict(from int, district int32) int {
	return from + sort.Search(len(s.schools)-from, func(i int) bool { return s.schools[from+i].district > district })
}
