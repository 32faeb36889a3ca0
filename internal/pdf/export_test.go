package pdf

// Count has everything counted that is written quickly; it returns a function that gives the codes for it.
func Count() func() [4]string {
	pages, objects := &counting{}, &counting{}
	s := &squeezer{base: 1}
	counters = func(b []byte, c *codes) {
		with := *c
		with.counted = pages
		if c == objectCodes {
			with.counted = objects
		}
		s.squeeze(nil, b, &with)
	}
	return func() [4]string {
		var all [4]string
		all[0], all[1] = pages.letters()
		all[2], all[3] = objects.letters()
		return all
	}
}
