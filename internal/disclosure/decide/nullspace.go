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
		if i := c * x.change.planes; x.to == release && x.change.lo[i] == x.change.hi[i] && e.at[x.from][c] >= 0 {
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
		y[i] = float64(sum * e.scale[i])
	}
}

// transposed puts the transposed matrix times y into x.
func (e *equations) transposed(y, x []float64) {
	clear(x)
	for i, v := range y {
		v = float64(v * e.scale[i])
		for _, u := range e.members[e.from[i]:e.from[i+1]] {
			if u < 0 {
				x[^u] -= v
			} else {
				x[u] += v
			}
		}
	}
}

// project returns a random vector projected on the null space, by conjugate gradients, and after how many iterations; false when it has not come near enough. The products
// are rounded before they are added, so that every processor finds the same.
func (e *equations) project(seed uint64) (x []float64, iterations int, near bool) {
	r := rand.New(rand.NewPCG(seed, 5))
	x = make([]float64, e.unknowns)
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
	enough, last := norm*1e-24, norm*1e-20
	for ; norm > enough && iterations < maxIterations; iterations++ {
		e.transposed(direction, step)
		e.times(step, image)
		alpha := norm / dot(direction, image)
		for i := range residual {
			residual[i] -= float64(alpha * image[i])
		}
		for i := range x {
			x[i] -= float64(alpha * step[i])
		}
		next := dot(residual, residual)
		beta := next / norm
		norm = next
		for i := range direction {
			direction[i] = residual[i] + float64(beta*direction[i])
		}
	}
	if !(norm <= enough) || math.IsInf(norm, 0) { // not a number, too
		return nil, iterations, false
	}
	e.times(x, residual) // what is carried along may have drifted
	return x, iterations, dot(residual, residual) <= last
}

// maxIterations is after how many a projection is given up.
var maxIterations = 6000

// determinedAt is what a coordinate is below that counts as zero.
const determinedAt = 1e-5

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v * b[i])
	}
	return sum
}

// fixDetermined notes the numbers of students, and how they changed, that all sums of all releases together determine. It answers whether there are any, and whether that could be found out.
func (s *system) fixDetermined(a *auditor) (found, settled bool) {
	e := s.equations(a)
	if e.unknowns == 0 {
		return false, true
	}
	x, iterations, near := e.project(1)
	if a.iterations = max(a.iterations, iterations); !near {
		return false, false
	}
	for i, l := range a.layers {
		for c, u := range e.at[i] {
			if u >= 0 && math.Abs(x[u]) < determinedAt {
				found = true
				s.narrow(a.known[i], int32(c), 0, int64(l.students[c]), int64(l.students[c]), -1)
				s.narrowCell(a.known[i], int32(c))
			}
		}
	}
	for _, link := range a.links {
		before, after := a.layers[link.from].students, a.layers[link.to].students
		for c, u := range e.at[link.from] {
			v, d := e.at[link.to][c], link.change.at(int32(c), 0)
			if u >= 0 && v >= 0 && u != v && d[0] < d[1] && math.Abs(x[u]-x[v]) < determinedAt {
				found = true
				s.narrow(link.change, int32(c), 0, int64(after[c]-before[c]), int64(after[c]-before[c]), -1)
				s.narrowCell(link.change, int32(c))
			}
		}
	}
	return found, true
}
