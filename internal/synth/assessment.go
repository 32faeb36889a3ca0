package synth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"scorehouse/internal/edu"
)

// scale is the reporting scale of a subject and grade: invented numbers on one scale for all grades.
type scale struct {
	min, max int
	cuts     [3]int // lowest scores of levels 2, 3 and 4
	mean, sd int    // of the state's students; the mean lies a little below the standard
}

// standard is the lowest score that meets the standard.
func (s scale) standard() int { return s.cuts[1] }

func (s scale) clamp(score int) int { return min(max(score, s.min), s.max) }

// level returns the performance level of a score.
func (s scale) level(score int) int {
	level := 1
	for _, cut := range s.cuts {
		if score >= cut {
			level++
		}
	}
	return level
}

var scales = map[edu.Subject]map[edu.Grade]scale{
	edu.Math: {
		3:  {2150, 2690, [3]int{2390, 2445, 2510}, 2436, 82},
		4:  {2165, 2735, [3]int{2420, 2480, 2555}, 2470, 85},
		5:  {2180, 2775, [3]int{2455, 2515, 2585}, 2500, 90},
		6:  {2195, 2815, [3]int{2480, 2545, 2615}, 2525, 98},
		7:  {2205, 2850, [3]int{2500, 2570, 2640}, 2546, 104},
		8:  {2215, 2880, [3]int{2520, 2590, 2660}, 2562, 110},
		11: {2230, 2940, [3]int{2565, 2635, 2725}, 2592, 118},
	},
	edu.ELA: {
		3:  {2100, 2665, [3]int{2375, 2435, 2495}, 2430, 84},
		4:  {2115, 2705, [3]int{2415, 2475, 2535}, 2469, 88},
		5:  {2130, 2745, [3]int{2445, 2505, 2585}, 2502, 92},
		6:  {2145, 2775, [3]int{2465, 2535, 2620}, 2526, 93},
		7:  {2155, 2805, [3]int{2485, 2555, 2650}, 2547, 97},
		8:  {2165, 2830, [3]int{2495, 2570, 2670}, 2563, 98},
		11: {2180, 2875, [3]int{2505, 2590, 2690}, 2594, 108},
	},
}

var (
	levelNames      = [4]string{"Minimal Understanding", "Partial Understanding", "Adequate Understanding", "Thorough Understanding"}
	claimLevelNames = [3]string{"Below Standard", "At/Near Standard", "Above Standard"}
	claimNames      = map[edu.Subject][]string{
		edu.Math: {"Concepts and Procedures", "Problem Solving and Modeling & Data Analysis", "Communicating Reasoning"},
		edu.ELA:  {"Reading", "Writing", "Listening", "Research & Inquiry"},
	}
)

// MaxBlocks is how many interim blocks each subject and grade has.
const MaxBlocks = 6

// blockTitles are the titles of interim blocks by subject and band of grades (3 to 5, 6 to 8, high school).
var blockTitles = map[edu.Subject][3][MaxBlocks]string{
	edu.Math: {
		{"Operations and Algebraic Thinking", "Numbers and Operations in Base Ten", "Numbers and Operations: Fractions", "Measurement and Data", "Geometry", "Mathematics Performance Task"},
		{"Ratios and Proportional Relationships", "The Number System", "Expressions and Equations", "Geometry", "Statistics and Probability", "Mathematics Performance Task"},
		{"Algebra and Functions: Linear", "Algebra and Functions: Quadratic", "Geometry and Right Triangles", "Interpreting Functions", "Statistics and Probability", "Mathematics Performance Task"},
	},
	edu.ELA: {
		{"Read Literary Texts", "Read Informational Texts", "Brief Writes", "Edit and Revise", "Listen and Interpret", "Research"},
		{"Read Literary Texts", "Read Informational Texts", "Brief Writes", "Editing Language and Vocabulary", "Listen and Interpret", "Research: Analyze Information"},
		{"Read Literary Texts", "Read Informational Texts", "Revision of Argument", "Editing Language and Vocabulary", "Listen and Interpret", "Research: Evaluate Sources"},
	},
}

// test is one assessment: what all rows of a package share.
type test struct {
	state   edu.StateCode
	year    edu.AcademicYear
	kind    edu.AssessmentType
	subject edu.Subject
	grade   edu.Grade
	block   int // from 1; 0 unless kind is InterimBlock

	guid     string
	scale    scale
	claims   int        // scored claims: 1 for a block
	noise    int        // how much of one sitting's score is chance, in thousandths of a standard deviation
	supports []int      // positions in edu.Accommodations that suit the subject
	windows  [][]string // testing days, YYYYMMDD without week-ends; one window per opportunity
	key      uint64     // names the streams of its outcomes
	middle   []byte     // fields 50 to 53 with the commas around them
}

func (s *State) newTest(year edu.AcademicYear, kind edu.AssessmentType, subject edu.Subject, grade edu.Grade, block int) *test {
	t := &test{state: s.config.Code, year: year, kind: kind, subject: subject, grade: grade, block: block}
	t.scale, t.supports = scales[subject][grade], supports[subject]
	t.noise = map[edu.AssessmentType]int{edu.Summative: 270, edu.InterimComprehensive: 330, edu.InterimBlock: 480}[kind]
	t.claims = len(claimNames[subject])
	if kind == edu.InterimBlock {
		t.claims = 1
	}
	t.windows = testingDays(year, kind)
	t.key = uint64(year)<<24 | uint64(kind)<<20 | uint64(t.subjectNumber())<<16 | uint64(grade)<<8 | uint64(block)
	t.guid = guid(s.seed.derive(t.key<<3 | 2))
	t.middle = fmt.Appendf(nil, ",%d,%s,%s,%s,", int(year), kind, subject, grade.Code())
	return t
}

// subjectNumber is the position of the subject in edu.Subjects.
func (t *test) subjectNumber() int {
	if t.subject == edu.Math {
		return 0
	}
	return 1
}

// guid returns an identifier in the form of a UUID of version 8.
func guid(r stream) string {
	a, b := r.next(), r.next()
	return fmt.Sprintf("%08x-%04x-8%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// testingDays lists the days of each window in which an assessment may be taken.
func testingDays(year edu.AcademicYear, kind edu.AssessmentType) [][]string {
	fall, spring := int(year)-1, int(year)
	switch kind {
	case edu.Summative:
		return [][]string{weekdays(spring, time.March, 16, 54)}
	case edu.InterimComprehensive:
		return [][]string{weekdays(fall, time.October, 5, 34), weekdays(spring, time.January, 12, 34)}
	}
	return [][]string{weekdays(fall, time.October, 1, 20), weekdays(fall, time.December, 1, 12), weekdays(spring, time.February, 16, 20)}
}

func weekdays(year int, month time.Month, day, count int) []string {
	var days []string
	for at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); len(days) < count; at = at.AddDate(0, 0, 1) {
		if w := at.Weekday(); w != time.Saturday && w != time.Sunday {
			days = append(days, at.Format("20060102"))
		}
	}
	return days
}

// name returns the base name of the package's files, for example TK-2026-SUM-Math-G04.
func (t *test) name() string {
	kind := map[edu.AssessmentType]string{edu.Summative: "SUM", edu.InterimComprehensive: "ICA", edu.InterimBlock: "IAB"}[t.kind]
	name := fmt.Sprintf("%s-%d-%s-%s-G%s", t.state, int(t.year), kind, t.subject, t.grade.Code())
	if t.block > 0 {
		name += "-B" + strconv.Itoa(t.block)
	}
	return name
}

func (t *test) period() string {
	if t.kind == edu.Summative {
		return fmt.Sprintf("Spring %d", int(t.year))
	}
	return fmt.Sprintf("Interim %d-%02d", int(t.year)-1, int(t.year)%100)
}

// The shape of the metadata file: docs/formats/assessment.md. Numbers are any because a number that does not
// apply is the empty string.
type (
	metadata struct {
		Content                string
		Identification         identification
		Overall                scoreRange
		PerformanceLevels      map[string]performanceLevel
		Claims                 map[string]claim
		ClaimsPerformanceLevel map[string]claimLevel
	}
	identification struct {
		GUID                   string `json:"Guid"`
		Type                   string
		Year                   int
		Period, Version        string
		Subject, EffectiveDate string
	}
	scoreRange       struct{ MinScore, MaxScore any }
	performanceLevel struct {
		Name     string
		CutPoint any `json:",omitempty"`
	}
	claim struct {
		Name               string
		MinScore, MaxScore any
	}
	claimLevel struct{ Name string }
)

// metadata returns the JSON file of the package.
func (t *test) metadata() ([]byte, error) {
	m := metadata{
		Content: "assessment",
		Identification: identification{
			GUID: t.guid, Type: t.kind.String(), Year: int(t.year), Period: t.period(), Version: "V1",
			Subject: string(t.subject), EffectiveDate: t.windows[0][0],
		},
		Overall:                scoreRange{t.scale.min, t.scale.max},
		PerformanceLevels:      map[string]performanceLevel{"Level1": {Name: levelNames[0]}, "Level5": {CutPoint: ""}},
		Claims:                 map[string]claim{},
		ClaimsPerformanceLevel: map[string]claimLevel{},
	}
	for i, cut := range t.scale.cuts {
		m.PerformanceLevels["Level"+strconv.Itoa(i+2)] = performanceLevel{levelNames[i+1], cut}
	}
	for i := range 4 {
		c := claim{"", "", ""}
		if names := claimNames[t.subject]; i < len(names) {
			c = claim{names[i], t.scale.min, t.scale.max}
		}
		m.Claims["Claim"+strconv.Itoa(i+1)] = c
	}
	for i, name := range claimLevelNames {
		m.ClaimsPerformanceLevel["Level"+strconv.Itoa(i+1)] = claimLevel{name}
	}
	if t.kind == edu.InterimBlock {
		t.asBlock(&m)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// asBlock writes metadata the way vendors do for a block, which has no overall score: the first claim is the
// block, the second names the grade, and ranges that do not apply are 0.
func (t *test) asBlock(m *metadata) {
	m.Overall = scoreRange{0, 0}
	for i := range 5 {
		level := performanceLevel{CutPoint: ""}
		if i == 0 {
			level.CutPoint = nil
		}
		m.PerformanceLevels["Level"+strconv.Itoa(i+1)] = level
	}
	m.Claims = map[string]claim{
		"Claim1": {t.title(), t.scale.min, t.scale.max},
		"Claim2": {t.grade.String(), 0, 0},
		"Claim3": {"", 0, 0},
		"Claim4": {"", "", ""},
	}
}

// title returns the title of a block.
func (t *test) title() string { return blockTitles[t.subject][gradeBand(t.grade)][t.block-1] }
