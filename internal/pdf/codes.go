package pdf

import (
	"cmp"
	"math/bits"
	"slices"
)

// code is the bits of a symbol, the first one lowest.
type code struct {
	bits uint32
	n    uint8
}

const (
	endOfBlock  = 256
	lengthCodes = 29
)

// codes are those of a block of RFC 1951 with its own codes: every symbol has one.
type codes struct {
	letter   [endOfBlock + 1]code
	length   [256]code // of a length less 3, with its extra bits
	distance [30]code
	head     []byte // of the block, whole bytes
	headBits uint64 // and the rest
	headRest uint
	counted  *counting // for the making of codes
}

// Codes for the operators of pages and for objects, counted on ten thousand reports (TestCount writes them).
var (
	pageCodes = newCodes(
		"egilkgklklholpkklkmlkkmommlmijijfkjiimkihghjlifhgffffffffgjjiljpplijjjjjjllmkjppjkjkimnljoplilpppjkikjjikjpkiijjljikiknkpkpppppplnmonppkkpppppmppppppppppppmlpnpppooppopmpnpppppppppppppppppppppppppnpppppppplmppppppppnnmnmnmppppppppommmnmppppppppppnpppppppppnoeefffggfgghghhkiklmmmlmnnnmo",
		"plmkhjgfggffeeeeeeeeeeeeefinpo")
	objectCodes = newCodes(
		"flpnppppppkpppppplpppppppnppppjpepppppppkkpolljhfefffffffflljpjppjjklnlojlohjmlljojjimoonnmjnjpppijijhmjkimlijiijnijijllljmppppppppppppppppppppppppppppppppppppppmpmpopnpopnpppomopppppoppnppmplpppmpopppopppppppnpppnpppopnpppnlmompppopmnmpmpopnpmopppppppppllopeeeffefghhgghhhijlmnononnnmp",
		"popnklfighefefeeeedeeeffeffkkm")
)

// The bases and extra bits of lengths and distances.
var (
	lengthBase, lengthExtra = lengths()
	distanceBase, _         = distances()
)

func lengths() (lengthBase, lengthExtra [lengthCodes]int) {
	for k, base := 0, 3; k < lengthCodes-1; k++ {
		if k >= 8 {
			lengthExtra[k] = k/4 - 1
		}
		lengthBase[k] = base
		base += 1 << lengthExtra[k]
	}
	lengthBase[lengthCodes-1] = 258
	return
}

func distances() (distanceBase, distanceExtra [30]int) {
	for k, base := 0, 1; k < len(distanceBase); k++ {
		if k >= 4 {
			distanceExtra[k] = k/2 - 1
		}
		distanceBase[k] = base
		base += 1 << distanceExtra[k]
	}
	return
}

// distanceCode returns the code of a distance and how many extra bits it has.
func distanceCode(distance int) (k int, extra uint) {
	d := uint(distance - 1)
	if d < 4 {
		return int(d), 0
	}
	n := uint(bits.Len(d)) - 1
	return int(2*n + d>>(n-1)&1), n - 1
}

// newCodes makes codes from the lengths of those of letters, the end and lengths, and of those of distances: a letter each, a for none.
func newCodes(symbols, distances string) *codes {
	c := &codes{}
	all, far := lengthsOf(symbols), lengthsOf(distances)
	if len(all) != endOfBlock+1+lengthCodes || len(far) != len(distanceBase) {
		panic("pdf: codes for other symbols than the format has")
	}
	given := canonical(all)
	copy(c.letter[:], given)
	for k := range lengthCodes {
		last := lengthBase[k] + 1<<lengthExtra[k]
		for length := lengthBase[k]; length < last && length <= 258; length++ {
			one := given[endOfBlock+1+k]
			one.bits |= uint32(length-lengthBase[k]) << one.n
			one.n += uint8(lengthExtra[k])
			c.length[length-3] = one
		}
	}
	copy(c.distance[:], canonical(far))
	c.header(all, far)
	return c
}

func lengthsOf(letters string) []uint8 {
	all := make([]uint8, len(letters))
	for i := range letters {
		all[i] = letters[i] - 'a'
	}
	return all
}

// bitLengths are the lengths of the codes of a Huffman tree, none longer than most.
func bitLengths(often []int, most int) []uint8 {
	often = slices.Clone(often)
	for i := range often {
		often[i] = max(often[i], 1)
	}
	for {
		lengths, deepest := tree(often)
		if deepest <= most {
			return lengths
		}
		for i := range often {
			often[i] = often[i]/2 + 1
		}
	}
}

func tree(often []int) (lengths []uint8, deepest int) {
	type node struct{ often, first, left, right int }
	nodes := make([]node, len(often))
	var open []int
	for i, n := range often {
		nodes[i] = node{n, i, -1, -1}
		open = append(open, i)
	}
	for len(open) > 1 {
		slices.SortStableFunc(open, func(a, b int) int {
			return cmp.Or(cmp.Compare(nodes[a].often, nodes[b].often), cmp.Compare(nodes[a].first, nodes[b].first))
		})
		a, b := nodes[open[0]], nodes[open[1]]
		nodes = append(nodes, node{a.often + b.often, min(a.first, b.first), open[0], open[1]})
		open = append(open[2:], len(nodes)-1)
	}
	lengths = make([]uint8, len(often))
	var walk func(i, depth int)
	walk = func(i, depth int) {
		if nodes[i].left < 0 {
			lengths[i] = uint8(max(depth, 1))
			deepest = max(deepest, depth)
			return
		}
		walk(nodes[i].left, depth+1)
		walk(nodes[i].right, depth+1)
	}
	walk(open[0], 0)
	return lengths, deepest
}

// counting counts what occurs, so that codes can be made for more of the kind.
type counting struct {
	symbols   [endOfBlock + 1 + lengthCodes]int
	distances [30]int
}

func (c *counting) literals(b []byte) {
	for _, v := range b {
		c.symbols[v]++
	}
}

func (c *counting) match(length, distance int) {
	k := lengthCodes - 1
	for lengthBase[k] > length {
		k--
	}
	c.symbols[endOfBlock+1+k]++
	c.distances[distance]++
}

// letters are the lengths of the codes that suit what was counted, as newCodes reads them.
func (c *counting) letters() (symbols, distances string) {
	c.symbols[endOfBlock] += 10
	write := func(often []int) string {
		lengths := bitLengths(often, 15)
		for i := range lengths {
			lengths[i] += 'a'
		}
		return string(lengths)
	}
	return write(c.symbols[:]), write(c.distances[:])
}

// canonical gives codes of some lengths, as the format has it.
func canonical(lengths []uint8) []code {
	var count, next [16]uint32
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	for n := 1; n < 16; n++ {
		next[n] = (next[n-1] + count[n-1]) << 1
	}
	all := make([]code, len(lengths))
	for i, n := range lengths {
		if n > 0 {
			all[i] = code{bits.Reverse32(next[n]) >> (32 - n), n}
			next[n]++
		}
	}
	return all
}

// header writes the beginning of the one block of a stream: the lengths of the codes, in codes of their own.
func (c *codes) header(symbols, distances []uint8) {
	lengths := append(slices.Clone(symbols), distances...)
	type step struct{ symbol, extra, bits int }
	var steps []step
	for i := 0; i < len(lengths); {
		run := 1
		for i+run < len(lengths) && lengths[i+run] == lengths[i] && run < 7 {
			run++
		}
		steps = append(steps, step{symbol: int(lengths[i])})
		i++
		if run > 3 { // the first, then the same again 3 to 6 times
			steps = append(steps, step{16, run - 1 - 3, 2})
			i += run - 1
		}
	}
	often := make([]int, 19)
	for _, s := range steps {
		often[s.symbol]++
	}
	own := bitLengths(often, 7)
	given := canonical(own)
	w := &squeezing{codes: c, out: make([]byte, 1024)}
	put := func(v, n int) {
		w.bits |= uint64(v) << w.n
		w.n += uint(n)
		w.flush()
	}
	put(1|2<<1, 3) // the last block, with codes of its own
	put(len(symbols)-257, 5)
	put(len(distances)-1, 5)
	put(19-4, 4)
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		put(int(own[i]), 3)
	}
	for _, s := range steps {
		put(int(given[s.symbol].bits), int(given[s.symbol].n))
		put(s.extra, s.bits)
	}
	c.head, c.headBits, c.headRest = w.out[:w.at], w.bits, w.n
}
