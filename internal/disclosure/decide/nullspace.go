package decide

import (
	"math"
	"math/rand/v2"
)

// The second audit. Bounds follow one sum at a time; sums put together can determine a number that none of them bounds. The hidden numbers that fit all sums
// are a solution plus any vector of the null space of the sums; a number is determined exactly when it is the same in all, that is, when its coordinate is
// zero in every vector of the null space. A random vector projected on the null space has a zero there and, but for chance of measure zero, nowhere else.

// equations are the groups with numbers that are not known, of all releases, as a sparse matrix: +1 for parts, -1 for the total.
type equations struct {
	unknowns int
	at       [][]int32 // by release and cell: which unknown, -1; where it is known how a number changed, both releases have the same unknown
	from     []int32   // by equation: where its members begin; ends with their number
	members  []int32   // unknowns; the complement of one is the total
	scale    []float64
}

// equations returns the sums over what is not known.
func (s *system) equations(a *auditor) *equations {
	e := &equations{from: []int32{0}}
	for i, b := range a.known {
		at := make([]int32, len(s.rule))
		for c := range at {
			at[c] = -1
			if b.lo[c*b.planes] < b.hi[c*b.planes] && s.matters(int32(c)) {
				if at[c] = e.same(a, i, c); at[c] < 0 {
					at[c] = int32(e.unknowns)
					e.unknowns++
				}
			}
		}
		e.at = append(e.at, at)
	}
	for i := range a.known {
		e.addSums(s, e.at[i])
	}
	return e
}

// same returns the unknown of an earlier release from which a cell differs by a known number, -1 when there is none.
func (e *equations) same(a *auditor, release, c int) int32 {
	for _, x := range a.links {
		if x.to == release && x.change.lo[c] == x.change.hi[c] && e.at[x.from][c] >= 0 {
			return e.at[x.from][c]
		}
	}
	return -1
}

func (e *equations) addSums(s *system, at []int32) {
	var room []int32
	s.each(func(g int32) {
		room = s.members(g, room)
		if u := at[room[0]]; u >= 0 {
			e.members = append(e.members, ^u)
		}
		for _, c := range room[1:] {
			if u := at[c]; u >= 0 {
				e.members = append(e.members, u)
			}
		}
		if n := int32(len(e.members)) - e.from[len(e.from)-1]; n > 0 {
			e.from = append(e.from, int32(len(e.members)))
			e.scale = append(e.scale, 1/math.Sqrt(float64(n)))
		}
	})
}

// times puts the matrix times x into y.
func (e *equations) times(x, y []float64) {
	for i := range y {
		sum := 0.0
		for _, u := range e.members[e.from[i]:e.from[i+1]] {
			if u < 0 {
				sum -= x[^u]
			} else {
				sum += x[u]
			}
		}
		y[i] = sum * e.scale[i]
	}
}

// transposed puts the transposed matrix times y into x.
func (e *equations) transposed(y, x []float64) {
	clear(x)
	for i, v := range y {
		v *= e.scale[i]
		for _, u := range e.members[e.from[i]:e.from[i+1]] {
			if u < 0 {
				x[^u] -= v
			} else {
				x[u] += v
			}
		}
	}
}

// project returns a random vector projected on the null space, by conjugate gradients.
func (e *equations) project(seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 5))
	x := make([]float64, e.unknowns)
	for i := range x {
		x[i] = 1 + r.Float64()
		if r.IntN(2) == 0 {
			x[i] = -x[i]
		}
	}
	m := len(e.scale)
	residual, direction, image, step := make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, len(x))
	e.times(x, residual)
	copy(direction, residual)
	norm := dot(residual, residual)
	enough := norm * 1e-20
	for range min(maxIterations, 2*e.unknowns+100) {
		if norm <= enough {
			break
		}
		e.transposed(direction, step)
		e.times(step, image)
		alpha := norm / dot(direction, image)
		for i := range residual {
			residual[i] -= alpha * image[i]
		}
		for i := range x {
			x[i] -= alpha * step[i]
		}
		next := dot(residual, residual)
		beta := next / norm
		norm = next
		for i := range direction {
			direction[i] = residual[i] + beta*direction[i]
		}
	}
	return x
}

const (
	maxIterations = 3000
	determinedAt  = 1e-5 // a coordinate below is zero
)

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// fixDetermined notes the numbers of students that all sums of all releases together determine. It answers false when there are none.
func (s *system) fixDetermined(a *auditor) bool {
	e := s.equations(a)
	if e.unknowns == 0 {
		return false
	}
	x, found := e.project(1), false
	for i, l := range a.layers {
		for c, u := range e.at[i] {
			if u >= 0 && math.Abs(x[u]) < determinedAt {
				found = true
				s.narrow(a.known[i], int32(c), 0, int64(l.students[c]), int64(l.students[c]), -1)
				s.narrowCell(a.known[i], int32(c))
			}
		}
	}
	return found
}
