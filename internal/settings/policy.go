package settings

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
)

// policyName is the name of the disclosure policy in the document of all subjects (docs/formats/settings.md).
const policyName = "disclosure"

// policy reads the disclosure policy. One that cannot be read is not replaced by the defaults, which may show more: until it is mended nothing is released, and everybody is told
// what the public is told.
func (s *Settings) policy(where string, subject edu.Subject, text json.RawMessage) {
	if string(text) == "null" {
		return
	}
	if subject != "" {
		s.fail(where, "%s holds for the whole state: put it into the document of all subjects. Until then nothing is released", policyName)
		s.close(where + ": " + policyName)
		return
	}
	p, err := disclosure.ParsePolicy(text)
	if err != nil {
		s.fail(where, "%s. Until it is mended nothing is released", strings.Replace(err.Error(), "disclosure policy", policyName, 1))
		s.close(where + ": " + policyName)
		return
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(text, &given) // it is an object
	if _, ok := given["min_n"]; !ok {
		p.MinN = 0
	}
	of := map[edu.Subject]int{}
	for name, n := range p.MinNOf {
		of[subjectNamed(string(name))] = n
	}
	p.MinNOf = of
	p.StrictForAll = p.StrictForAll || s.disclosure.StrictForAll // where two rows are about all subjects
	s.disclosure = p
}

// close makes everybody the strict audience, since it is not known who else should be.
func (s *Settings) close(what string) {
	s.unread = append(s.unread, what)
	s.disclosure.StrictForAll = true
}

// raise makes the smallest numbers those of the disclosure policy where they are larger than those of min_cell_size. Where both are set the larger holds.
func (s *Settings) raise() {
	p, before := s.disclosure, MinN{maps.Clone(s.MinN.bySubject), s.MinN.others}
	if p.MinN > 0 {
		s.larger("", before, p.MinN)
		for subject := range before.bySubject {
			s.larger(subject, before, p.MinN)
		}
	}
	for _, subject := range slices.Sorted(maps.Keys(p.MinNOf)) {
		s.larger(subject, before, p.MinNOf[subject])
	}
}

// larger shows nothing smaller than n students of a subject, nor than before.
func (s *Settings) larger(subject edu.Subject, before MinN, n int) {
	held := before.Of(subject)
	if n < held {
		s.warn("custom_metadata of all subjects: "+policyName, "a smallest number of %d is less than that of %s, which holds: %d", n, sizeName, held)
	}
	s.show(subject, max(held, n))
}
