package decide

import (
	"math"
	"math/rand/v2"
)

// The second audit. Bounds follow one sum at a time; sums put together can determine a number that none of them bounds. The hidden numbers that fit all sums
// are a solution plus any vector of the null space of the sums; a number is determined exactly when it is the same in all, that is, when its coordinate is
// zero in every vector of the null space. A random vector projected on the null space has a zero there and, but for chance of measure zero, nowhere else.

// equations are the groups with hidden members, as a sparse matrix: +1 for parts, -1 for the total.
type equations struct {
	unknowns []int32 // cells
	at       []int32 // by cell: which unknown, -1
	from     []int32 // by equation: where its members begin; ends with their number
	members  []int32 // unknowns; the complement of one is the total
	scale    []float64
}

// equations returns the sums over what is not known.
func (s *system) equations(b *bounds) *equations {
	e := &equations{at: make([]int32, len(s.rule)), from: []int32{0}}
	for c := range s.rule {
		e.at[c] = -1
		if b.lo[c*b.planes] < b.hi[c*b.planes] && s.matters(int32(c)) {
			e.at[c] = int32(len(e.unknowns))
			e.unknowns = append(e.unknowns, int32(c))
		}
	}
	var room []int32
	s.each(func(g int32) {
		room = s.members(g, room)
		if u := e.at[room[0]]; u >= 0 {
			e.members = append(e.members, ^u)
		}
		for _, c := range room[1:] {
			if u := e.at[c]; u >= 0 {
				e.members = append(e.members, u)
			}
		}
		if n := int32(len(e.members)) - e.from[len(e.from)-1]; n > 0 {
			e.from = append(e.from, int32(len(e.members)))
			e.scale = append(e.scale, 1/math.Sqrt(float64(n)))
		}
	})
	return e
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
	x := make([]float64, len(e.unknowns))
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
	enough := norm * 1e-24
	for range maxIterations {
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

// fixDetermined notes the numbers of students that all sums together determine. It answers false when there are none.
func (s *system) fixDetermined(b *bounds, l *layer) bool {
	e := s.equations(b)
	if len(e.unknowns) == 0 {
		return false
	}
	found := false
	for i, v := range e.project(1) {
		if c := e.unknowns[i]; math.Abs(v) < determinedAt {
			found = true
			s.narrow(b, c, 0, int64(l.students[c]), int64(l.students[c]), -1)
			s.narrowCell(b, c)
		}
	}
	return found
}
