package report

import (
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
)

// Visibility says what of an aggregate a person is told. It is decided in told.go, before any template, file or cache sees a number.
type Visibility int

// The visibilities of a group of results.
const (
	Shown       Visibility = iota // there are numbers
	Withheld                      // held back to protect a small group, this one or another
	NoResults                     // nobody in the group has a result
	InterimOnly                   // no summative result, but interim results exist
	Unanswered                    // everybody is told nothing of this question: Told.Refusal says why, the same in every row
)

// Distribution is how a group of students did on one subject. When Visibility is not Shown every number is zero. It is exact unless Told is set.
type Distribution struct {
	Subject    edu.Subject
	Visibility Visibility
	Students   int                // students with a counted result
	Unfiltered int                // the same without filters; 0 when no filter is set or when it may not be shown
	Levels     []LevelCount       // ascending, one per performance level; none when Told is set
	AtOrAbove  int                // percent at or above the standard, rounded by itself; 0 when Told is set
	Told       *disclosure.Answer // what everybody is told instead of exact numbers: bands of percents; nil where the person is told exactly
	Change     Change             // of AtOrAbove since the year before
}

// Change is how a percent differs from that of the same group and filters a year before. It is known when both years' percents are told as one number, so that it
// never tells more than the pages of the two years do.
type Change struct {
	Known    bool
	Withheld bool // one of the two percents is withheld, or told as a range only
	Untold   bool // of one of the two years nothing is published that answers the question
	Points   int  // this year's percent less that of the year before; 0 unless Known
}

// LevelCount is one performance level of a distribution. Percents of a distribution add up to 100.
type LevelCount struct {
	Level   int
	Name    string
	Count   int
	Percent int
}

// InstitutionLevel says what the rows of a comparison are.
type InstitutionLevel int

// What the rows of a comparison are.
const (
	DistrictsOfState InstitutionLevel = iota
	SchoolsOfDistrict
	GradesOfSchool
)

// Institution is a place in the hierarchy of a tenant. Empty parts are not chosen: a zero District means the state.
type Institution struct {
	StateName string
	District  edu.District
	School    edu.School
}

// Filters narrow the students counted: any value within a list, all lists together. Empty lists do not filter.
// The names of the parameters in page addresses are wire values (docs/formats/filters.md).
type Filters struct {
	Grades               []edu.Grade     // grade
	LimitedEnglish       []edu.Flag      // dmgPrgLep
	IEP                  []edu.Flag      // dmgPrgIep
	Section504           []edu.Flag      // dmgPrg504
	EconomicDisadvantage []edu.Flag      // dmgStsEcd
	Migrant              []edu.Flag      // dmgStsMig
	Ethnicities          []edu.Ethnicity // ethnicity
	Sexes                []edu.Sex       // sex
	Complete             []edu.Flag      // complete
}

// ComparisonQuestion asks how the parts of an institution compare. District and School are codes; empty ones
// are not chosen.
type ComparisonQuestion struct {
	District string
	School   string
	Year     edu.AcademicYear // 0 asks for the newest year with summative results, and for the one before it where there are none yet
	Filters  Filters
	Only     []string // row ids to keep; empty keeps all
	Release  int      // number of a release of the year, as of which rows are told that are not exact; 0 is the newest
}

// Comparison is the answer: a reference row and a row per district, school or grade, in order of name.
type Comparison struct {
	Level     InstitutionLevel
	Place     Institution
	Year      edu.AcademicYear
	Years     []edu.AcademicYear // with results, newest first
	Awaited   edu.AcademicYear   // the year that would be shown if its results were in; 0 when Year was asked for or is that year
	Before    edu.AcademicYear   // the year to which Change of the rows refers; 0 when nothing was assessed in it
	Subjects  []edu.Subject
	Levels    [][]string      // names of the levels of each of Subjects, lowest first
	Told      ToldOf          // of what rows are told that are not exact; zero when all are
	Overall   ComparisonRow   // all rows together, before Only
	Benchmark []ComparisonRow // wider institutions for comparison: the state on a district page, state and district on a school page
	Rows      []ComparisonRow
	NotStated *NotStated // nil where the place is not exact
	Filters   Filters
	Filtered  bool   // a filter is set
	MinN      int    // smallest number of students that everybody is shown; smaller groups are for those who may see each student
	Withheld  int    // rows with at least one withheld cell
	Version   int    // version of the warehouse that answered
	Settings  string // version of what the state has set for itself

	known []toldPart // all parts that there are of the place, with results or without; of a school none
}

// ToldOf says where the rows that are not exact have their answers from.
type ToldOf struct {
	Key      string        // of everything these answers depend on
	Subjects []ToldSubject // one per Comparison.Subjects; zero where nothing is released
	Releases []ToldRelease // of the year, the newest first
	AsOf     int           // the release that was asked for; 0 is the newest
}

// ComparisonRow is one district, school or grade.
type ComparisonRow struct {
	ID       string // district or school code, or the grade's two-character code
	Name     string
	Grade    edu.Grade      // rows that are grades
	Results  []Distribution // one per Comparison.Subjects
	Students bool           // the viewer may open its students
	Exact    bool           // the viewer may see each of its students, and is told exact numbers of the newest version

	at disclosure.Row // what releases call its institution
}

// NotStated holds, per attribute, the percent of the population (unfiltered) whose value is not stated.
type NotStated struct {
	LimitedEnglish, IEP, Section504, EconomicDisadvantage, Migrant, Ethnicity, Sex int
}

// StudentListQuestion asks for the students of one school, grade, year and type with results.
type StudentListQuestion struct {
	District, School string
	Grade            edu.Grade
	Year             edu.AcademicYear // 0 asks for the newest with results of the type
	Type             edu.AssessmentType
	Subject          edu.Subject // empty asks for all subjects together (the overview)
	Filters          Filters
	Sort             string // "name" (default), "score.Math", "level.ELA", "claim.2", "block.NAME", "date", "status"; "-" in front reverses
	View             StudentListView
	GroupID          string // student group; empty is all
	Validity         []Validity
	Only             []string // opaque ids of students to keep; empty keeps all
}

// Validity is how far a result of a list can be trusted. Its names are wire values (docs/formats/filters.md).
type Validity string

// The validities. Summative results are valid or invalid, interim ones standardized or not.
const (
	Valid           Validity = "VA"
	Invalid         Validity = "IN"
	Standardized    Validity = "SD"
	NonStandardized Validity = "NS"
)

// StudentList is the answer: one row per student (interim comprehensive: per student and day).
type StudentList struct {
	Place    Institution
	Grade    edu.Grade
	Year     edu.AcademicYear
	Years    []edu.AcademicYear
	Awaited  edu.AcademicYear // the year that would be shown if its results were in; 0 when a year was asked for or it is that year
	Type     edu.AssessmentType
	Types    []edu.AssessmentType // with results in this school, grade and year
	Subject  edu.Subject
	Subjects []edu.Subject
	Groups   []edu.Group // distinct groups of the students listed before filters
	Filters  Filters
	View     StudentListView
	Levels   []LevelGroup // ByLevel: the groups in which the rows stand
	GroupID  string
	Validity []Validity
	// NotStated is of the results listed, before filters.
	NotStated  NotStated
	Students   int                   // listed; a student with several days counts once
	Considered int                   // NearCut: students before those far from every cut were left out
	Scales     map[edu.Subject]Scale // of the list's assessments
	Shape      []Distribution        // one per subject: the class shape; exact, every reader may see these students; none of NearCut
	Rows       []StudentRow
	Blocks     []string // interim blocks: names in the order of the catalogue (edu.Blocks), the columns; only those with results
	Version    int
}

// Scale is what a score is drawn on.
type Scale struct {
	Min, Max    int16
	Levels      []edu.PerformanceLevel // ascending; the cut point of level 1 is Min
	Claims      []edu.Claim
	ClaimLevels []string
}

// StudentRow is one line of a list of students.
type StudentRow struct {
	Key     string // opaque id for addresses
	Student Student
	Results map[edu.Subject]*Result // nil when there is none
	Blocks  map[string][]Result     // interim blocks: newest first, by block name
}

// Student is who a report is about.
type Student struct {
	Code                string // StudentIdentifier; for staff only
	First, Middle, Last string
	EnrolledGrade       edu.Grade
	Demographics        edu.Demographics
	Ethnicity           edu.Ethnicity
	Groups              []edu.Group
}

// Result is one outcome as reports show it.
type Result struct {
	AssessmentID int
	GUID         string
	Type         edu.AssessmentType
	Subject      edu.Subject
	Year         edu.AcademicYear
	Period       string
	Grade        edu.Grade // of the assessment
	Taken        time.Time // day
	Score        edu.Score // zero for blocks
	Level        int       // 0 for blocks
	LevelName    string
	Otherwise    []int // numbers of the other levels that the error band reaches, lowest first
	Claims       []ClaimResult
	Condition    edu.Condition
	Complete     edu.Flag
}

// ClaimResult is how a student did on one claim, with the words to show.
type ClaimResult struct {
	Claim     edu.Claim
	Score     edu.Score
	Level     int // 1 below, 2 near, 3 above; 0 none
	LevelName string
}

// StudentReportQuestion asks for one student's report. Student is the opaque id of addresses.
type StudentReportQuestion struct {
	StudentID int
	Type      edu.AssessmentType // 0: the newest opportunity's
	Year      edu.AcademicYear   // 0: the newest
	Taken     string             // YYYYMMDD, interim comprehensive: which opportunity; empty is the newest
}

// StudentReport is one assessment opportunity of one student, all subjects.
type StudentReport struct {
	Student       Student
	Place         Institution // of the newest result shown
	Grade         edu.Grade
	Type          edu.AssessmentType
	Year          edu.AcademicYear
	Subjects      []SubjectReport // in the order of edu.Subjects; subjects without result left out
	Missing       []edu.Subject   // subjects without a result in this opportunity
	Opportunities []Opportunity   // everything the student has, newest first
	Version       int
}

// SubjectReport is one subject of a student's report.
type SubjectReport struct {
	Subject        edu.Subject
	Result         Result
	Scale          Scale
	Accommodations []string     // labels of supports made available, sorted
	History        []PastResult // same subject and type, oldest first, including Result; comparable results only
	Blocks         []Result     // interim blocks: all, by block name, newest first within
}

// PastResult is a result of a student's history with the scale it was measured on: cut points move from grade
// to grade.
type PastResult struct {
	Result
	Scale Scale
}

// Opportunity is one thing a reader can switch to.
type Opportunity struct {
	Type    edu.AssessmentType
	Year    edu.AcademicYear
	Grade   edu.Grade
	Taken   time.Time // zero for blocks (all blocks of a year are one opportunity)
	Current bool
}
