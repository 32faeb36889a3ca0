package load

// Suspects returns the lines that a file with these students would make suspect, with room for few at first.
func Suspects(students []string) []int32 {
	r := newRepeats(0)
	for i, s := range students {
		r.see([]byte(s), int32(i+2))
	}
	return r.lines
}
