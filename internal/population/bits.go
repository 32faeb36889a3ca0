package population

import "math/bits"

// A bitmap has a bit per result, the first in the lowest bit of the first word. The functions here take bitmaps of equal length. They read several at a
// time: memory, not arithmetic, takes the time.

// without keeps in dst what is in none of the others.
func without(dst []uint64, others [][]uint64) {
	for ; len(others) >= 4; others = others[4:] {
		a, b, c, d := others[0][:len(dst)], others[1][:len(dst)], others[2][:len(dst)], others[3][:len(dst)]
		for i := range dst {
			dst[i] &^= a[i] | b[i] | c[i] | d[i]
		}
	}
	switch len(others) {
	case 3:
		a, b, c := others[0][:len(dst)], others[1][:len(dst)], others[2][:len(dst)]
		for i := range dst {
			dst[i] &^= a[i] | b[i] | c[i]
		}
	case 2:
		a, b := others[0][:len(dst)], others[1][:len(dst)]
		for i := range dst {
			dst[i] &^= a[i] | b[i]
		}
	case 1:
		a := others[0][:len(dst)]
		for i := range dst {
			dst[i] &^= a[i]
		}
	}
}

// within keeps in dst what is in any of the others.
func within(dst []uint64, others [][]uint64) {
	switch len(others) {
	case 1:
		a := others[0][:len(dst)]
		for i := range dst {
			dst[i] &= a[i]
		}
	case 2:
		a, b := others[0][:len(dst)], others[1][:len(dst)]
		for i := range dst {
			dst[i] &= a[i] | b[i]
		}
	case 3:
		a, b, c := others[0][:len(dst)], others[1][:len(dst)], others[2][:len(dst)]
		for i := range dst {
			dst[i] &= a[i] | b[i] | c[i]
		}
	case 4:
		a, b, c, d := others[0][:len(dst)], others[1][:len(dst)], others[2][:len(dst)], others[3][:len(dst)]
		for i := range dst {
			dst[i] &= a[i] | b[i] | c[i] | d[i]
		}
	default:
		for i := range dst {
			var any uint64
			for _, a := range others {
				any |= a[i]
			}
			dst[i] &= any
		}
	}
}

// count returns how many are in a.
func count(a []uint64) int {
	n := 0
	for _, w := range a {
		n += bits.OnesCount64(w)
	}
	return n
}

// countBoth returns how many are in a and in b.
func countBoth(a, b []uint64) int {
	b = b[:len(a)]
	n0, n1, n2, n3 := 0, 0, 0, 0
	for len(a) >= 4 {
		x, y := (*[4]uint64)(a), (*[4]uint64)(b)
		n0 += bits.OnesCount64(x[0] & y[0])
		n1 += bits.OnesCount64(x[1] & y[1])
		n2 += bits.OnesCount64(x[2] & y[2])
		n3 += bits.OnesCount64(x[3] & y[3])
		a, b = a[4:], b[4:]
	}
	for i := range a {
		n0 += bits.OnesCount64(a[i] & b[i])
	}
	return n0 + n1 + n2 + n3
}

// countThree returns how many are in a, b and c.
func countThree(a, b, c []uint64) int {
	b, c = b[:len(a)], c[:len(a)]
	n := 0
	for i := range a {
		n += bits.OnesCount64(a[i] & b[i] & c[i])
	}
	return n
}
