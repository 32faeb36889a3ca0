package attack

import (
	"math/bits"
	"slices"
)

// prime is 2^61-1. Elimination calculates modulo it: a number that the equations determine over the fractions they determine modulo almost every prime, and the other way round.
const prime = 1<<61 - 1

func times(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return plus(lo&prime, lo>>61|hi<<3)
}

func plus(a, b uint64) uint64 {
	s := a + b
	if s >= prime {
		s -= prime
	}
	return s
}

func minus(a, b uint64) uint64 { return plus(a, prime-b) }

// inverse returns 1/a, by a to the power of prime-2.
func inverse(a uint64) uint64 {
	x := uint64(1)
	for e := uint64(prime - 2); e > 0; e >>= 1 {
		if e&1 != 0 {
			x = times(x, a)
		}
		a = times(a, a)
	}
	return x
}

// term is a number and its factor.
type term struct {
	number int32
	factor uint64
}

// equation says that the terms, in order of number, add up to value.
type equation struct {
	terms []term
	value uint64
}

// less takes factor times another equation from e.
func (e equation) less(factor uint64, x equation) equation {
	sum := equation{make([]term, 0, len(e.terms)+len(x.terms)), minus(e.value, times(factor, x.value))}
	a, b := e.terms, x.terms
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].number < b[0].number:
			sum.terms = append(sum.terms, a[0])
			a = a[1:]
		case len(a) == 0 || b[0].number < a[0].number:
			sum.terms = append(sum.terms, term{b[0].number, minus(0, times(factor, b[0].factor))})
			b = b[1:]
		default:
			if f := minus(a[0].factor, times(factor, b[0].factor)); f != 0 {
				sum.terms = append(sum.terms, term{a[0].number, f})
			}
			a, b = a[1:], b[1:]
		}
	}
	return sum
}

// factor returns the factor of a number, 0 when it is not in the equation.
func (e equation) factor(number int32) uint64 {
	i, found := slices.BinarySearchFunc(e.terms, number, func(t term, n int32) int { return int(t.number) - int(n) })
	if !found {
		return 0
	}
	return e.terms[i].factor
}

// Eliminate solves the equations over the students of all cells, and notes what they determine. It returns how many numbers that are. Levels take part where with
// says so: exact, but slow.
func (k *Knowledge) Eliminate(levels bool) int {
	open := func(n int32) bool { return k.lo[n] < k.hi[n] }
	var equations []equation
	for _, c := range k.constraints {
		if c.lo != c.hi || !levels && slices.ContainsFunc(c.numbers, func(n int32) bool { return int(n)%k.planes != 0 }) {
			continue
		}
		if e := k.equation(c, open); len(e.terms) > 0 {
			equations = append(equations, e)
		}
	}
	found := 0
	for _, e := range reduced(equations) {
		if len(e.terms) != 1 {
			continue
		}
		n, value := e.terms[0].number, signed(times(e.value, inverse(e.terms[0].factor)))
		if value < k.lo[n] || value > k.hi[n] { // a fraction is none of the numbers that are nearer to 0 than many, either
			k.contradict = true
			continue
		}
		k.lo[n], k.hi[n] = value, value
		found++
	}
	return found
}

// equation returns a constraint without the numbers that are known.
func (k *Knowledge) equation(c constraint, open func(int32) bool) equation {
	e := equation{value: modulo(c.lo)}
	for i, n := range c.numbers {
		factor := uint64(1)
		if i >= c.plus {
			factor = prime - 1
		}
		if open(n) {
			e.terms = append(e.terms, term{n, factor})
		} else {
			e.value = minus(e.value, times(factor, modulo(k.lo[n])))
		}
	}
	slices.SortFunc(e.terms, func(a, b term) int { return int(a.number) - int(b.number) })
	return e
}

func modulo(x int64) uint64 {
	if x < 0 {
		return prime - uint64(-x)
	}
	return uint64(x)
}

// signed is the reverse of modulo: how a number changed from one release to the next may be below zero.
func signed(x uint64) int64 {
	if x > prime/2 {
		return -int64(prime - x)
	}
	return int64(x)
}

// reduced brings equations to the reduced echelon form: each leads with a number that is in no other.
func reduced(equations []equation) []equation {
	leads := map[int32]int{} // by leading number: its equation in done
	in := map[int32]map[int]bool{}
	var done []equation
	set := func(i int, e equation) {
		for _, t := range done[i].terms {
			delete(in[t.number], i)
		}
		done[i] = e
		for _, t := range e.terms {
			if in[t.number] == nil {
				in[t.number] = map[int]bool{}
			}
			in[t.number][i] = true
		}
	}
	slices.SortStableFunc(equations, func(a, b equation) int { return len(a.terms) - len(b.terms) })
	for _, e := range equations {
		for _, t := range slices.Clone(e.terms) {
			if i, ok := leads[t.number]; ok {
				if f := e.factor(t.number); f != 0 {
					e = e.less(f, done[i])
				}
			}
		}
		if len(e.terms) == 0 {
			continue
		}
		lead := e.terms[0].number
		for _, t := range e.terms { // the number that the fewest others have
			if len(in[t.number]) < len(in[lead]) {
				lead = t.number
			}
		}
		scale := inverse(e.factor(lead))
		e = equation{value: 0}.less(prime-scale, e)
		i := len(done)
		done = append(done, equation{})
		leads[lead] = i
		var others []int
		for j := range in[lead] {
			others = append(others, j)
		}
		for _, j := range others {
			set(j, done[j].less(done[j].factor(lead), e))
		}
		set(i, e)
	}
	return done
}
