package synth

import "math/bits"

// stream is a splitmix64 generator: cheap, started from any number, the same on every machine.
type stream uint64

// streamOf starts the stream that belongs to some numbers, for example a seed, a student and a year.
func streamOf(keys ...uint64) stream {
	var h uint64
	for _, k := range keys {
		h = mix(h ^ k*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019)
	}
	return stream(h)
}

// derive starts the stream of one purpose of something that has a stream. It leaves s where it is.
func (s stream) derive(key uint64) stream { return stream(mix(uint64(s) ^ key*0xd1342543de82ef95)) }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	return mix(uint64(*s))
}

// below returns a number from 0 to n-1.
func (s *stream) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}

// chance is true in so many of a thousand cases.
func (s *stream) chance(perMille int) bool { return s.below(1000) < perMille }

// normal returns a draw from a nearly normal distribution with mean 0, in thousandths of its standard
// deviation: the sum of four 16-bit numbers, within 3.5 standard deviations.
func (s *stream) normal() int {
	u := s.next()
	sum := int(u&0xffff) + int(u>>16&0xffff) + int(u>>32&0xffff) + int(u>>48)
	return (sum - 2*0xffff) * 1000 / 37837
}

func (s *stream) pick(from []string) string { return from[s.below(len(from))] }
