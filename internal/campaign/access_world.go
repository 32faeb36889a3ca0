package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"scorehouse/internal/access"
	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// The world of the campaign access: two states that use the same codes for districts, schools and students' numbers, a few years of results
// with corrections, deletions and students who have moved, and people with grants of every kind. Everything that could be seen can be told
// apart: no two students share a name, no two results a score.

// accessWorld is what the oracle knows.
type accessWorld struct {
	states []*accessState
	people []*accessPerson
}

// accessState is one state. ids of students, districts and schools count from 1 in each.
type accessState struct {
	tenant   tenant.Tenant
	letter   string // stands in the names of its students
	students int
	results  []accessResult
}

// accessSchool names a school; its id in the warehouse is its place in accessSchools.
type accessSchool struct{ district, school string }

var (
	accessDistricts = []string{"0042", "0043", "0044", "0045"}
	accessSchools   = schoolsOfAccess()
	accessGrades    = []edu.Grade{3, 5}
)

const (
	studentsOfAClass = 7 // of each school and grade
	newestVersion    = 3
)

// schoolsOfAccess gives the first three districts the same three school codes, the last one another.
func schoolsOfAccess() (all []accessSchool) {
	for _, d := range accessDistricts[:3] {
		for _, s := range []string{"0117", "0118", "0119"} {
			all = append(all, accessSchool{d, s})
		}
	}
	return append(all, accessSchool{"0045", "0201"})
}

// accessResult is one version of one result.
type accessResult struct {
	student  int
	at       accessSchool
	grade    edu.Grade
	year     edu.AcademicYear
	kind     edu.AssessmentType
	subject  edu.Subject
	score    int // 0: an interim block, which has none
	from, to int // versions, to not included
}

func (r accessResult) holds() bool { return r.from <= newestVersion && newestVersion < r.to }

const forever = 1<<31 - 1

// accessMark is the last name of a student, which nothing else looks like.
func (s *accessState) mark(student int) string { return fmt.Sprintf("Zqx%s%04d", s.letter, student) }

// code is what the state knows a student by; no log may hold it either.
func (s *accessState) code(student int) string { return fmt.Sprintf("Zqc%s%07d", s.letter, student) }

func (s *accessState) group(student int) string { return "g-" + strconv.Itoa(student%3) }

func newAccessWorld() *accessWorld {
	random := rand.New(rand.NewPCG(1, 20261124))
	w := &accessWorld{states: []*accessState{
		{tenant: tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}, letter: "T"},
		{tenant: tenant.Tenant{ID: "hemlock", StateCode: "HM", Name: "State of Hemlock"}, letter: "H"},
	}}
	score := 11_111
	for _, s := range w.states {
		for _, at := range accessSchools {
			for _, g := range accessGrades {
				for range studentsOfAClass {
					s.students++
					for _, r := range resultsOf(random, s.students, at, g) {
						if r.kind != edu.InterimBlock {
							score += 3
							if score%1000 == 0 {
								score++
							}
							r.score = score
						}
						s.results = append(s.results, r)
					}
				}
			}
		}
	}
	w.people = accessPeople(random)
	return w
}

// resultsOf draws the life of one student: results of two years, some of the earlier one elsewhere, some corrected, deleted or late.
func resultsOf(random *rand.Rand, student int, home accessSchool, grade edu.Grade) []accessResult {
	elsewhere := func() accessSchool { return accessSchools[random.IntN(len(accessSchools))] }
	var all []accessResult
	add := func(at accessSchool, year edu.AcademicYear, kind edu.AssessmentType, subject edu.Subject) {
		r := accessResult{student: student, at: at, grade: grade, year: year, kind: kind, subject: subject, from: 1, to: forever}
		switch random.IntN(12) {
		case 0: // first delivered with another school, then corrected
			before := r
			before.at, before.to = elsewhere(), 2
			all = append(all, before)
			r.from = 2
		case 1: // deleted
			r.to = 2 + random.IntN(2)
		case 2: // late
			r.from = 2 + random.IntN(2)
		case 3: // corrected in the last version, to another school
			before := r
			before.to = newestVersion
			all = append(all, before)
			r.at, r.from = elsewhere(), newestVersion
		}
		all = append(all, r)
	}
	add(home, 2026, edu.Summative, edu.Math)
	add(home, 2026, edu.Summative, edu.ELA)
	before := home
	if random.IntN(4) == 0 {
		before = elsewhere()
	}
	add(before, 2025, edu.Summative, edu.Math)
	if random.IntN(2) == 0 {
		add(home, 2026, edu.InterimComprehensive, edu.Math)
	}
	if random.IntN(3) == 0 {
		add(home, 2026, edu.InterimBlock, edu.Math)
	}
	return all
}

// accessPerson is somebody with grants, and what must be known to ask as that person.
type accessPerson struct {
	name   string
	grants access.Grants
	token  string // of the session
}

// accessPeople draws people: half of them with students of one institution, the others with anything, also nothing and what is malformed.
func accessPeople(random *rand.Rand) (all []*accessPerson) {
	roles := []access.Role{
		access.PII, access.PII, access.PII, access.General, access.AllStates, access.SARExtracts, access.SRSExtracts, access.SRCExtracts, access.AuditXML,
		access.ItemExtract, access.SuperUser, access.DataLoad, access.None,
	}
	draw := func(role access.Role) access.Grant {
		g := access.Grant{Role: role, Tenant: []tenant.ID{"tamarack", "hemlock"}[random.IntN(2)]}
		if at := accessSchools[random.IntN(len(accessSchools))]; random.IntN(4) > 0 {
			if g.District = at.district; random.IntN(3) > 0 {
				g.School = at.school
			}
		}
		switch random.IntN(40) {
		case 0: // a school without its district gives nothing
			g.District = ""
		case 1: // nor does an institution that does not exist
			g.District, g.School = "9999", ""
		case 2:
			g.Tenant = "nowhere"
		}
		return g
	}
	for i := range 300 {
		p := &accessPerson{name: "person-" + strconv.Itoa(i)}
		if i%2 == 0 {
			p.grants = append(p.grants, draw(access.PII))
		}
		for range random.IntN(4) {
			p.grants = append(p.grants, draw(roles[random.IntN(len(roles))]))
		}
		all = append(all, p)
	}
	return all
}

// What follows is the oracle: who may see what, said as plainly as it can be, in other words than the product's.

// mayView reports whether a person may look at lists and reports of students somewhere in a state.
func (p *accessPerson) mayView(id tenant.ID) bool {
	return slices.ContainsFunc(p.grants, func(g access.Grant) bool {
		return g.Role == access.PII && g.Tenant == id && !(g.School != "" && g.District == "")
	})
}

// mayCompare reports whether a person may look at a state's numbers.
func (p *accessPerson) mayCompare(id tenant.ID) bool {
	return slices.ContainsFunc(p.grants, func(g access.Grant) bool {
		return g.Tenant == id && g.Role != access.None && g.Role != access.DataLoad && !(g.School != "" && g.District == "")
	})
}

// administers reports whether a person may use operators' pages of a state.
func (p *accessPerson) administers(id tenant.ID) bool {
	return slices.ContainsFunc(p.grants, func(g access.Grant) bool {
		return g.Role == access.SuperUser && g.Tenant == id && g.District == "" && g.School == ""
	})
}

// sees reports whether a person may see the students of a school.
func (p *accessPerson) sees(id tenant.ID, at accessSchool) bool {
	return slices.ContainsFunc(p.grants, func(g access.Grant) bool {
		return g.Role == access.PII && g.Tenant == id &&
			(g.District == "" && g.School == "" || g.District == at.district && g.School == "" || g.District == at.district && g.School == at.school)
	})
}

// visible are the results of a state that hold now and that a person may see.
func (s *accessState) visible(p *accessPerson) (all []accessResult) {
	for _, r := range s.results {
		if r.holds() && p.sees(s.tenant.ID, r.at) {
			all = append(all, r)
		}
	}
	return all
}

// listed are the students of one list, and the year that it shows when none is asked for.
func (s *accessState) listed(at accessSchool, grade edu.Grade, year edu.AcademicYear, kind edu.AssessmentType, subject edu.Subject, group string) map[int]bool {
	var here []accessResult
	newest, newestOfKind := edu.AcademicYear(0), edu.AcademicYear(0)
	for _, r := range s.results {
		if !r.holds() || r.at != at || r.grade != grade {
			continue
		}
		here = append(here, r)
		newest = max(newest, r.year)
		if r.kind == kind {
			newestOfKind = max(newestOfKind, r.year)
		}
	}
	switch {
	case year == 0 && newestOfKind != 0:
		year = newestOfKind
	case year == 0:
		year = newest
	}
	students := map[int]bool{}
	for _, r := range here {
		if r.year == year && r.kind == kind && (subject == "" || r.subject == subject) && (group == "" || s.group(r.student) == group) {
			students[r.student] = true
		}
	}
	return students
}
