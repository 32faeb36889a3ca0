package attack

// index notes which constraints each number stands in.
func (k *Knowledge) index() {
	k.of, k.queued = make([][]int32, len(k.lo)), make([]bool, len(k.constraints))
	for i, c := range k.constraints {
		for _, n := range c.numbers {
			k.of[n] = append(k.of[n], int32(i))
		}
	}
}

// Narrow follows constraints one at a time until nothing moves any more.
func (k *Knowledge) Narrow() {
	queue := make([]int32, len(k.constraints))
	for i := range queue {
		queue[i] = int32(i)
	}
	k.narrow(queue, nil)
}

// narrow follows constraints, and those that they move. What it changes is noted in undo, unless that is nil. It answers false when the constraints contradict each other.
func (k *Knowledge) narrow(queue []int32, undo *[]change) bool {
	for _, i := range queue {
		k.queued[i] = true
	}
	defer func() { // what is left when it is given up
		for _, i := range queue {
			k.queued[i] = false
		}
	}()
	for steps := 0; len(queue) > 0 && steps < patience*len(k.constraints); steps++ {
		i := queue[0]
		queue = queue[1:]
		k.queued[i] = false
		moved, ok := k.follow(&k.constraints[i], undo)
		if !ok {
			if undo == nil {
				k.contradict = true
			}
			return false
		}
		for _, n := range moved {
			for _, j := range k.of[n] {
				if !k.queued[j] {
					k.queued[j] = true
					queue = append(queue, j)
				}
			}
		}
	}
	return true
}

// patience is how often each constraint is followed on average at most.
const patience = 200

// change is a bound as it was.
type change struct {
	number int32
	lo, hi int64
}

// follow narrows the numbers of a constraint and returns which moved.
func (k *Knowledge) follow(c *constraint, undo *[]change) (moved []int32, ok bool) {
	lo, hi := int64(0), int64(0)
	for i, n := range c.numbers {
		if i < c.plus {
			lo, hi = lo+k.lo[n], hi+k.hi[n]
		} else {
			lo, hi = lo-k.hi[n], hi-k.lo[n]
		}
	}
	if lo > c.hi || hi < c.lo {
		return nil, false
	}
	if lo >= c.lo && hi <= c.hi {
		return nil, true
	}
	for i, n := range c.numbers {
		l, h := k.lo[n], k.hi[n]
		if i < c.plus {
			l, h = max(l, c.lo-(hi-h)), min(h, c.hi-(lo-l))
		} else {
			l, h = max(l, lo+h-c.hi), min(h, hi+l-c.lo)
		}
		if l > h {
			return nil, false
		}
		if l == k.lo[n] && h == k.hi[n] {
			continue
		}
		if undo != nil {
			*undo = append(*undo, change{n, k.lo[n], k.hi[n]})
		}
		if i < c.plus {
			lo, hi = lo+l-k.lo[n], hi+h-k.hi[n]
		} else {
			lo, hi = lo-h+k.hi[n], hi-l+k.lo[n]
		}
		k.lo[n], k.hi[n] = l, h
		moved = append(moved, n)
	}
	return moved, true
}
