package synth_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"scorehouse/internal/edu"
	"scorehouse/internal/synth"
)

// everyone reads all rows of a state of the last year's summative packages, Math and ELA.
func everyone(t *testing.T, s *synth.State, year edu.AcademicYear) []record {
	t.Helper()
	var all []record
	for p := range s.Packages() {
		if p.Type == edu.Summative && p.Year == year {
			all = append(all, rows(t, p)...)
		}
	}
	return all
}

func at(r record, p synth.Place) bool {
	return r.get("ResponsibleDistrictIdentifier") == p.District.ID && r.get("ResponsibleSchoolIdentifier") == p.School.ID
}

func TestEveryStateHoldsTheAwkwardCorners(t *testing.T) {
	t.Parallel()
	for _, students := range []int{synth.MinStudents, 1500} {
		for seed := range uint64(2) {
			s := synth.New(synth.Config{Seed: seed, Students: students})
			for _, year := range []edu.AcademicYear{2025, 2026} {
				checkCorners(t, s.Corners(), everyone(t, s, year), year)
			}
		}
	}
}

func checkCorners(t *testing.T, c synth.Corners, all []record, year edu.AcademicYear) {
	t.Helper()
	small, one := map[edu.Subject]int{}, map[string]bool{}
	subjects := map[string]map[string]bool{}
	names := map[string]record{}
	places := map[synth.Place]bool{}
	letters := map[*unicode.RangeTable]bool{}
	single := false
	for _, r := range all {
		subject, id := edu.Subject(r.get("AssessmentAcademicSubject")), r.get("StudentIdentifier")
		if r.get("ResponsibleDistrictIdentifier") == c.SmallDistrict.ID {
			small[subject]++
		}
		if at(r, c.OneStudent) {
			one[id] = true
		}
		if subjects[id] == nil {
			subjects[id] = map[string]bool{}
		}
		subjects[id][string(subject)] = true
		names[id] = r
		places[synth.Place{
			District: edu.District{ID: r.get("ResponsibleDistrictIdentifier"), Name: r.get("OrganizationName")},
			School:   edu.School{ID: r.get("ResponsibleSchoolIdentifier"), Name: r.get("NameOfInstitution")},
		}] = true
		for _, script := range []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew} {
			if first, _ := utf8.DecodeRuneInString(r.get("LastOrSurname")); unicode.Is(script, first) {
				letters[script] = true
			}
		}
		single = single || utf8.RuneCountInString(r.get("LastOrSurname")) == 1
	}
	for _, subject := range edu.Subjects {
		if n := small[subject]; n == 0 || n > 10 {
			t.Errorf("%d: the small district has %d results in %s, want 1 to 10", int(year), n, subject)
		}
	}
	if len(one) != 1 {
		t.Errorf("%d: the school with one student has %d", int(year), len(one))
	}
	for _, p := range []synth.Place{c.OneStudent, c.LongSchool, c.QuotedSchool, c.SharedCode[0], c.SharedCode[1], c.Class} {
		if !places[p] {
			t.Errorf("%d: no rows for %+v", int(year), p)
		}
	}
	if c.SharedCode[0].School.ID != c.SharedCode[1].School.ID || c.SharedCode[0].District == c.SharedCode[1].District {
		t.Errorf("schools with one code: %+v", c.SharedCode)
	}
	if n, m := utf8.RuneCountInString(c.LongDistrict.Name), utf8.RuneCountInString(c.LongSchool.School.Name); n != 60 || m != 60 {
		t.Errorf("long names have %d and %d characters, want 60", n, m)
	}
	if !letters[unicode.Arabic] || !letters[unicode.Hebrew] || !single {
		t.Errorf("%d: Arabic %v, Hebrew %v, surname of one letter %v", int(year), letters[unicode.Arabic], letters[unicode.Hebrew], single)
	}
	checkCornerStudents(t, c, subjects, names)
}

func checkCornerStudents(t *testing.T, c synth.Corners, subjects map[string]map[string]bool, names map[string]record) {
	t.Helper()
	if got := subjects[c.OneSubject]; len(got) != 1 || !got["Math"] {
		t.Errorf("the student with one subject has %v", got)
	}
	a, b := names[c.SameName[0]], names[c.SameName[1]]
	if c.SameName[0] == c.SameName[1] || a.get("FirstName") != b.get("FirstName") || a.get("LastOrSurname") != b.get("LastOrSurname") || a.get("Group1Id") != b.get("Group1Id") || a.get("LastOrSurname") == "" {
		t.Errorf("two of one name in one class: %v %v", c.SameName, a.get("Group1Id"))
	}
	for _, column := range []string{"FirstName", "MiddleName", "LastOrSurname"} {
		if n := utf8.RuneCountInString(names[c.LongStudentName].get(column)); n != 35 {
			t.Errorf("the long %s has %d characters, want 35", column, n)
		}
	}
}

func TestTheDemoPeopleSeeSchoolsWithEveryKindOfResult(t *testing.T) {
	t.Parallel()
	s := synth.New(synth.Config{Students: 8000})
	people := s.People()
	if len(people) != 4 {
		t.Fatalf("got %d people, want 4", len(people))
	}
	kinds := map[string]map[edu.AssessmentType]int{}
	for p := range s.Packages() {
		if p.Year != 2026 {
			continue
		}
		for _, r := range rows(t, p) {
			for _, who := range people[:2] {
				if r.get("ResponsibleDistrictIdentifier") == who.DistrictID && r.get("ResponsibleSchoolIdentifier") == who.SchoolID {
					if kinds[who.Key] == nil {
						kinds[who.Key] = map[edu.AssessmentType]int{}
					}
					kinds[who.Key][p.Type]++
				}
			}
		}
	}
	for _, who := range people[:2] {
		for _, kind := range edu.AssessmentTypes {
			if n := kinds[who.Key][kind]; n < 30 {
				t.Errorf("the %s of %s sees %d results of type %s, want at least 30", who.Title, who.Institution, n, kind.Label())
			}
		}
	}
}

func TestSomeStudentsOfEverySizeOfStateBearUnmistakableNames(t *testing.T) {
	t.Parallel()
	for _, students := range []int{synth.MinStudents, 2000} {
		found := map[string]int{}
		for p := range synth.New(synth.Config{Seed: 3, Students: students, NoInterims: true}).Packages() {
			var text strings.Builder
			if err := p.WriteCSV(&text); err != nil {
				t.Fatal(err)
			}
			for _, name := range synth.Canaries() {
				found[name] += strings.Count(text.String(), ","+name+",")
			}
		}
		if len(found) != len(synth.Canaries()) || found[synth.Canaries()[0]] == 0 {
			t.Errorf("%d students: rows with each canary: %v", students, found)
		}
	}
}
