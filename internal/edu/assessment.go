package edu

import (
	"fmt"
	"strings"
	"time"
)

// AssessmentType says which of the three kinds of assessment a package carries.
type AssessmentType int16

// The assessment types of docs/formats/assessment.md. The numbers are stored in the databases.
const (
	Summative            AssessmentType = 1 // end of year, counted in comparisons
	InterimComprehensive AssessmentType = 2 // same blueprint as summative, given during the year
	InterimBlock         AssessmentType = 3 // one small topic; claim levels only, no overall score
)

// AssessmentTypes lists every type in the order reports show them.
var AssessmentTypes = []AssessmentType{Summative, InterimComprehensive, InterimBlock}

// String returns the value used in vendor files: SUMMATIVE, INTERIM COMPREHENSIVE or INTERIM ASSESSMENT BLOCKS.
func (t AssessmentType) String() string {
	switch t {
	case Summative:
		return "SUMMATIVE"
	case InterimComprehensive:
		return "INTERIM COMPREHENSIVE"
	case InterimBlock:
		return "INTERIM ASSESSMENT BLOCKS"
	}
	return fmt.Sprintf("AssessmentType(%d)", int16(t))
}

// Label returns the words for people: Summative, Interim Comprehensive or Interim Assessment Blocks.
func (t AssessmentType) Label() string {
	switch t {
	case Summative:
		return "Summative"
	case InterimComprehensive:
		return "Interim Comprehensive"
	case InterimBlock:
		return "Interim Assessment Blocks"
	}
	return t.String()
}

// Slug returns the value used in page addresses: summative, interim or blocks.
func (t AssessmentType) Slug() string {
	switch t {
	case Summative:
		return "summative"
	case InterimComprehensive:
		return "interim"
	case InterimBlock:
		return "blocks"
	}
	return ""
}

// HasOverallScore reports whether outcomes of this type carry an overall score and performance level.
func (t AssessmentType) HasOverallScore() bool { return t == Summative || t == InterimComprehensive }

// ParseAssessmentType reads the value of a vendor file; letter case and surrounding spaces do not matter.
// INTERIM ASSESSMENT BLOCK is accepted for the plural. Anything else answers false.
func ParseAssessmentType(s string) (AssessmentType, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "SUMMATIVE":
		return Summative, true
	case "INTERIM COMPREHENSIVE":
		return InterimComprehensive, true
	case "INTERIM ASSESSMENT BLOCKS", "INTERIM ASSESSMENT BLOCK":
		return InterimBlock, true
	}
	return 0, false
}

// ParseAssessmentTypeSlug reads the value of a page address (see Slug).
func ParseAssessmentTypeSlug(s string) (AssessmentType, bool) {
	for _, t := range AssessmentTypes {
		if s == t.Slug() {
			return t, true
		}
	}
	return 0, false
}

// Subject is the academic subject as files write it: Math or ELA. Subjects are data: other values appear
// when a tenant's assessments bring them.
type Subject string

// The two subjects every tenant has.
const (
	Math Subject = "Math"
	ELA  Subject = "ELA"
)

// Subjects lists the subjects in the order reports show them.
var Subjects = []Subject{Math, ELA}

// Label returns the words for people: Mathematics, ELA/Literacy, else the value itself.
func (s Subject) Label() string {
	switch s {
	case Math:
		return "Mathematics"
	case ELA:
		return "ELA/Literacy"
	}
	return string(s)
}

// ParseSubject reads the value of a vendor file, whatever its letter case: math, maths and mathematics are
// Math; ela and english language arts are ELA.
func ParseSubject(s string) (Subject, bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "math", "maths", "mathematics":
		return Math, true
	case "ela", "english language arts":
		return ELA, true
	}
	return "", false
}

// Grade is a year of schooling: 0 is kindergarten, 1 to 12 the grades, 13 the year after.
type Grade int16

// Kindergarten is grade 0, written KG in files.
const Kindergarten Grade = 0

// TestedGrades are the grades in which summative assessments are given.
var TestedGrades = []Grade{3, 4, 5, 6, 7, 8, 11}

// Code returns the two-character code of files: KG, 01 to 13.
func (g Grade) Code() string {
	if g == Kindergarten {
		return "KG"
	}
	return fmt.Sprintf("%02d", int(g))
}

// String returns the words for people: Kindergarten, Grade 3.
func (g Grade) String() string {
	if g == Kindergarten {
		return "Kindergarten"
	}
	return fmt.Sprintf("Grade %d", int(g))
}

// ParseGrade reads KG (or K, 0, 00) and 1 to 13, with or without a leading zero. Anything else answers false.
func ParseGrade(s string) (Grade, bool) {
	s = strings.TrimSpace(s)
	switch s {
	case "KG", "kg", "K", "k", "0", "00":
		return Kindergarten, true
	}
	if len(s) == 2 && s[0] == '0' {
		s = s[1:]
	}
	switch {
	case len(s) == 1 && s[0] >= '1' && s[0] <= '9':
		return Grade(s[0] - '0'), true
	case len(s) == 2 && s[0] == '1' && s[1] >= '0' && s[1] <= '3':
		return Grade(10 + s[1] - '0'), true
	}
	return 0, false
}

// AcademicYear is a year of instruction, named by its spring: 2026 is 2025-26.
type AcademicYear int16

// firstMonth is the month in which academic years begin.
const firstMonth = time.August

// AcademicYearOf returns the academic year that a day is in.
func AcademicYearOf(day time.Time) AcademicYear {
	if day.Month() >= firstMonth {
		return AcademicYear(day.Year() + 1)
	}
	return AcademicYear(day.Year())
}

// String returns the label of the year: 2025–26.
func (y AcademicYear) String() string { return fmt.Sprintf("%d–%02d", int(y)-1, int(y)%100) }

// Claim is a content area scored inside an assessment.
type Claim struct {
	Number int    // 1 to 4, the position in the file
	Name   string // "Concepts & Procedures"; for a block the name of the block
	Min    int16  // lowest possible score
	Max    int16  // highest possible score
}

// PerformanceLevel is a named band of achievement.
type PerformanceLevel struct {
	Number   int    // 1 is the lowest
	Name     string // "Level 3" or the tenant's name
	CutPoint int16  // lowest score of the level; the assessment's minimum for level 1
}

// Assessment is one test of one subject, grade and year.
// Its natural key is the GUID the test vendor assigned.
type Assessment struct {
	GUID          string
	Type          AssessmentType
	Subject       Subject
	Year          AcademicYear
	Period        string // free text, "Spring 2026"; may be empty
	Version       string
	EffectiveDate string // YYYYMMDD, first day of the window
	ScoreMin      int16
	ScoreMax      int16
	Levels        []PerformanceLevel // ascending; empty names are left out
	Claims        []Claim            // ascending by Number; unused claims are left out
	ClaimLevels   []string           // names of the claim levels, lowest first
}

// StandardLevel returns the number of the lowest level that meets the standard: with four levels the third.
// The lower half of the levels (rounded down) is below the standard.
func StandardLevel(levels int) int { return levels/2 + 1 }
