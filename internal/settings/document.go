package settings

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// Row is a row of custom_metadata. Subject is empty where the document is about all subjects.
type Row struct{ State, Subject, Document string }

// Text is a row of own_text.
type Text struct{ Language, Key, Text string }

// sizeName is the name that decides how much is shown.
const sizeName = "min_cell_size"

// read understands the document of a row.
func (s *Settings) read(row Row) {
	where := "custom_metadata of all subjects"
	subject := subjectNamed(row.Subject)
	if subject != "" {
		where = "custom_metadata of " + string(subject)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal([]byte(row.Document), &parts); err != nil || parts == nil {
		s.broken(where, subject, row.Document, err)
		return
	}
	s.part(where, subject, parts)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		switch name {
		case sizeName, "colors":
		case "theme": // before the colours of single subjects
		case "branding":
			s.brand(where, parts[name])
		case "subjects":
			s.subjects(where, parts[name])
		case policyName:
			s.policy(where, subject, parts[name])
		default:
			s.warn(where, "%q means nothing here", name)
		}
	}
}

// subjects reads the parts of the layout with one document for the whole state.
func (s *Settings) subjects(where string, text json.RawMessage) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		s.broken(where+": subjects", "", string(text), err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		inside, subject := where+": subjects: "+name, subjectNamed(name)
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(all[name], &parts); err != nil || parts == nil {
			s.broken(inside, subject, string(all[name]), err)
			continue
		}
		s.part(inside, subject, parts)
		for _, key := range slices.Sorted(maps.Keys(parts)) {
			if key == policyName {
				s.policy(inside, subject, parts[key])
			} else if key != sizeName && key != "colors" && key != "theme" {
				s.warn(inside, "%q means nothing here", key)
			}
		}
	}
}

// part reads what may be set for all subjects or for one.
func (s *Settings) part(where string, subject edu.Subject, parts map[string]json.RawMessage) {
	if text, ok := parts[sizeName]; ok {
		s.size(where, subject, text)
	}
	if text, ok := parts["theme"]; ok {
		s.theme(where, subject, text)
	}
	if text, ok := parts["colors"]; ok {
		s.colors(where, subject, text)
	}
}

// subjectNamed is a subject as the warehouse writes it.
func subjectNamed(name string) edu.Subject {
	name = strings.TrimSpace(name)
	if known, ok := edu.ParseSubject(name); ok {
		return known
	}
	return edu.Subject(name)
}

// size reads min_cell_size. Groups must be larger than it, so the smallest number shown is one more. Zero, null and none leave the default.
func (s *Settings) size(where string, subject edu.Subject, text json.RawMessage) {
	if string(text) == "null" {
		return
	}
	size, err := strconv.Atoi(strings.Trim(string(text), `"`))
	switch {
	case err != nil || size < 0 || size >= nothingShown:
		s.fail(where, "%s is %.40s: use a whole number, 0 for the default of %d. Until then everybody is shown what has been published, and nothing is released", sizeName, text, tenant.DefaultMinN-1)
		s.close(where + ": " + sizeName)
		s.show(subject, nothingShown)
		return
	case size == 0:
		return
	case size < tenant.DefaultMinN-1:
		s.warn(where, "%s is %d, less than the default of %d: small groups can tell about single students", sizeName, size, tenant.DefaultMinN-1)
	}
	s.show(subject, size+1)
}

// show sets the smallest number shown.
func (s *Settings) show(subject edu.Subject, n int) {
	if subject == "" {
		s.MinN.others = n
		return
	}
	s.MinN.bySubject[subject] = n
}

var (
	sizeMentioned   = regexp.MustCompile(`(?i)min_?cell`)
	policyMentioned = regexp.MustCompile(`(?i)disclosure|strict_for_all`)
	sizeReadable    = regexp.MustCompile(`"min_cell_size"\s*:\s*"?([0-9]{1,9})"?\s*[,}\n]`)
)

// broken takes from a document that is no JSON the one thing that must not be lost: the largest min_cell_size in it, for everything the document is about, and
// never less than the default. Where one is mentioned that cannot be read, everybody is shown only what has been published.
func (s *Settings) broken(where string, subject edu.Subject, document string, err error) {
	what := "it is not a JSON object"
	if err != nil {
		what = "it cannot be read (" + err.Error() + ")"
	}
	if policyMentioned.MatchString(document) {
		s.close(where + ": " + policyName)
	}
	found := sizeReadable.FindAllStringSubmatch(document, -1)
	if len(found) == 0 && !sizeMentioned.MatchString(document) {
		s.fail(where, "%s and is not used", what)
		return
	}
	n := tenant.DefaultMinN
	for _, f := range found {
		size, _ := strconv.Atoi(f[1]) // of up to nine digits
		n = max(n, size+1)
	}
	if len(found) < len(sizeMentioned.FindAllString(document, -1)) {
		n = nothingShown
		s.close(where + ": " + sizeName)
		s.fail(where, "%s; it says something of %s that cannot be read, so everybody is shown what has been published, and nothing is released, until it is mended", what, sizeName)
	} else {
		s.fail(where, "%s; only its largest %s is used", what, sizeName)
	}
	s.show(subject, n)
	if subject == "" {
		for of, held := range s.MinN.bySubject {
			s.MinN.bySubject[of] = max(held, n)
		}
	}
}
