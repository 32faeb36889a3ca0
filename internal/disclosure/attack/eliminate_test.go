package attack

import "testing"

// Two changes of which the sum and the difference are known: neither follows from one equation.
func TestAChangeBelowZeroIsDetermined(t *testing.T) {
	t.Parallel()
	k := &Knowledge{planes: 1, lo: []int64{-many, -many}, hi: []int64{many, many}}
	k.add(-5, -5, []int32{0, 1}, nil)
	k.add(1, 1, []int32{0}, []int32{1})
	if found := k.Eliminate(false); found != 2 || k.Contradicts() || k.lo[0] != -2 || k.lo[1] != -3 || k.hi[0] != -2 || k.hi[1] != -3 {
		t.Errorf("%d found, contradicts %v, %v to %v", found, k.Contradicts(), k.lo, k.hi)
	}
}

// Whole numbers cannot be half of an odd sum: whoever publishes that has published something untrue.
func TestAFractionContradicts(t *testing.T) {
	t.Parallel()
	k := &Knowledge{planes: 1, lo: []int64{0, 0}, hi: []int64{many, many}}
	k.add(5, 5, []int32{0, 1}, nil)
	k.add(0, 0, []int32{0}, []int32{1})
	if k.Eliminate(false); !k.Contradicts() {
		t.Errorf("%v to %v", k.lo, k.hi)
	}
}
