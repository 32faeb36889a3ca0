package synth

import (
	"slices"
	"sort"

	"scorehouse/internal/edu"
)

// The states. No real state has these codes.
const (
	StateCode = edu.StateCode("TK")
	StateName = "State of Tamarack"

	// The second state of the demo, for people who work with several.
	HemlockCode = edu.StateCode("HM")
	HemlockName = "State of Hemlock"
)

// MinStudents is the smallest state: below it the awkward corners would not fit.
const MinStudents = 200

// Config says what to make. Zero fields take their defaults.
type Config struct {
	// Seed chooses the state; the same Config always gives the same files.
	Seed uint64

	// Code and Name are the state's. Default StateCode and StateName.
	Code edu.StateCode
	Name string

	// Students is how many different students the files name, over all years. Default 30,000, at least
	// MinStudents, at most 50 million. About seven ninths of them are tested in any one year: the others were in
	// grade 9, 10 or 12, or not yet in grade 3.
	Students int

	// Years are the academic years with summative results. Default 2025 and 2026.
	Years []edu.AcademicYear

	// InterimYears is in how many of the last years interim assessments are given. Default 1.
	InterimYears int

	// Blocks is how many interim blocks there are per subject and grade, at most MaxBlocks. Default 2.
	Blocks int

	// NoInterims leaves interim comprehensive assessments and interim blocks out.
	NoInterims bool

	// CRLF ends lines of the CSV files with CR LF instead of LF.
	CRLF bool
}

func (c Config) withDefaults() Config {
	if c.Code == "" {
		c.Code, c.Name = StateCode, StateName
	}
	if c.Students == 0 {
		c.Students = 30_000
	}
	c.Students = min(max(c.Students, MinStudents), 50_000_000)
	if len(c.Years) == 0 {
		c.Years = []edu.AcademicYear{2025, 2026}
	}
	c.Years = slices.Compact(slices.Sorted(slices.Values(c.Years)))
	if c.InterimYears == 0 {
		c.InterimYears = 1
	}
	if c.Blocks == 0 {
		c.Blocks = 2
	}
	c.Blocks = min(max(c.Blocks, 0), MaxBlocks)
	return c
}

// State is a synthetic state. It holds its places and how many students live where; students and outcomes are
// computed when files are written. It is safe for concurrent use.
type State struct {
	config    Config
	seed      stream
	cohorts   []edu.Grade // grade in the last year of the students of each cohort
	districts []district
	schools   []school
	zones     []zone
	cells     []uint32 // first student of each zone and cohort, zone by zone; ends with the number of students
	regular   int      // students before the two corner zones: those who may move
	demo      int      // the district of the demo people
	corner    int      // first of the students who bear cornerNames
}

// district is a responsible district and the habits of its students' records.
type district struct {
	code, name string
	profile    profile
	effect     int // on ability, in thousandths of a standard deviation
	firstZone  int
	zones      int
}

// school is a responsible school.
type school struct {
	district  int
	code      string
	groupCode string // begins the ids of its student groups; like code, but unique in the state
	name      string
	csv       []byte   // the first five fields of its students' rows, with the comma behind them
	locations [][]byte // two fields each: where assessments are taken
	effect    int      // on ability, in thousandths of a standard deviation
	interims  int      // 0 to 99: schools with low numbers give interim assessments
	window    int      // how far into a window its testing begins, in thousandths
	standard  bool     // gives interims under standard conditions
}

// zone is where students live: it decides the three schools they go through.
type zone struct {
	district int
	schools  [3]int // elementary, middle, high; the same school three times where it has all grades
	weight   int
}

// school returns the school of a grade.
func (z zone) school(g edu.Grade) int {
	switch {
	case g <= 5:
		return z.schools[0]
	case g <= 8:
		return z.schools[1]
	}
	return z.schools[2]
}

// cellSize is how many students of a grade live in a usual zone: those of an elementary school.
const cellSize = 70

// tinyDistrict is how many students of each cohort the district has that is too small to be shown: one in each
// tested grade.
const tinyDistrict = 1

// New makes a state. It does not fail: numbers out of range are brought into range.
func New(c Config) *State {
	c = c.withDefaults()
	s := &State{config: c, seed: streamOf(c.Seed)}
	s.cohorts = cohortsOf(c.Years)
	s.placeDistricts(c.Students / len(s.cohorts))
	s.placeStudents()
	s.describeSchools()
	return s
}

// cohortsOf lists the grades, in the last year, of the students who are tested in any of the years.
func cohortsOf(years []edu.AcademicYear) []edu.Grade {
	last := years[len(years)-1]
	var cohorts []edu.Grade
	for _, y := range years {
		for _, g := range edu.TestedGrades {
			cohorts = append(cohorts, g+edu.Grade(last-y))
		}
	}
	slices.Sort(cohorts)
	return slices.Compact(cohorts)
}

// placeDistricts lays out districts, zones and schools for so many students per grade: a few big districts, many
// small ones, and the corner zones at the end.
func (s *State) placeDistricts(perGrade int) {
	zones := max(perGrade/(cellSize*4/5), 5)
	count := min(max(power(zones, 74), 4), zones-1)
	share := 0
	for k := range count {
		share += 1_000_000 / (k + 1)
	}
	free, given := zones-count, 0
	for k := range count {
		n := free * (1_000_000 / (k + 1)) / share
		given += n
		s.addDistrict(k, count, 1+n)
	}
	for d := 0; given < free; given, d = given+1, d+1 { // what rounding left over
		s.widen(d)
	}
	s.demo = s.middlingDistrict()
	for d := range s.districts {
		s.placeZones(d, count)
	}
	s.nameCorners()
	s.placeCorners()
}

// power returns n to the power of percent/100, rounded down; by whole numbers, the same on every machine.
func power(n, percent int) int {
	// x^100 <= n^percent, compared through logarithms base 2 in 1/1024.
	return sort.Search(n, func(x int) bool { return log2(x+1)*100 > log2(n)*percent })
}

// log2 returns 1024 times the base-2 logarithm, rounded down.
func log2(n int) int {
	whole := 0
	for m := n; m > 1; m >>= 1 {
		whole++
	}
	x, fraction := uint64(n)<<(31-whole), 0 // 1 <= x/2^31 < 2
	for range 10 {
		x = x * x >> 31
		fraction <<= 1
		if x >= 1<<32 {
			x >>= 1
			fraction |= 1
		}
	}
	return whole<<10 | fraction
}

func (s *State) addDistrict(rank, count, zones int) {
	r := s.seed.derive(uint64(rank)*8 + 1)
	d := district{
		code:    code(string(s.config.Code)+"-D", 10+rank, 3),
		name:    s.districtName(rank),
		profile: profileOf(rank, count, &r),
		zones:   zones,
	}
	d.effect = r.normal()*20/100 - (d.profile.disadvantage-430)*45/100
	s.districts = append(s.districts, d)
}

func (s *State) widen(d int) { s.districts[d].zones++ }

// middlingDistrict returns a district of middling size among those with more than one elementary school.
func (s *State) middlingDistrict() int {
	many := 0
	for many < len(s.districts) && s.districts[many].zones > 1 {
		many++
	}
	return max(many-1, 0) / 2
}

// placeZones gives a district its zones and schools. Two elementary schools share a middle school, four a high
// school; small districts in the lower third have one school for all grades.
func (s *State) placeZones(d, count int) {
	r := s.seed.derive(uint64(d)*8 + 2)
	dist := &s.districts[d]
	dist.firstZone = len(s.zones)
	size := 300 + 700*(count-d)/count // small districts have small schools
	allGrades := dist.zones == 1 && d > count*2/3 && d != s.demo
	for z := range dist.zones {
		w := max(size*(400+r.below(800)+r.below(400))/1000, 40)
		zone := zone{district: d, weight: w}
		switch {
		case allGrades:
			k := s.addSchool(d, dist.place()+" School")
			zone.schools = [3]int{k, k, k}
		default:
			zone.schools[0] = s.addSchool(d, s.schoolName(d, z, "Elementary School"))
			zone.schools[1] = s.shared(d, z, 1, 2)
			zone.schools[2] = s.shared(d, z, 2, 4)
		}
		s.zones = append(s.zones, zone)
	}
}

// shared returns the middle (level 1) or high school (level 2) of the z-th zone: that of the zone before it, or
// a new one when that has enough zones.
func (s *State) shared(d, z, level, zones int) int {
	if z%zones != 0 {
		return s.zones[len(s.zones)-1].schools[level]
	}
	kind := [...]string{"", "Middle School", "High School"}[level]
	if s.districts[d].zones <= zones {
		return s.addSchool(d, s.districts[d].place()+" "+kind)
	}
	return s.addSchool(d, s.schoolName(d, level*100_000+z, kind))
}

func (s *State) addSchool(d int, name string) int {
	serial := len(s.schools)
	c := code(string(s.config.Code)+"-", 101+serial, 4)
	s.schools = append(s.schools, school{district: d, code: c, groupCode: c, name: name})
	return serial
}

// nameCorners gives long and quoted names to places that every state has.
func (s *State) nameCorners() {
	demo := &s.districts[s.demo]
	s.districts[(s.demo+1)%len(s.districts)].name = longDistrictName
	second := s.zones[demo.firstZone+min(1, demo.zones-1)]
	s.schools[second.schools[2]].name = longSchoolName
	quoted := 0
	if s.demo == 0 {
		quoted = 1
	}
	s.schools[s.zones[s.districts[quoted].firstZone].schools[0]].name = quotedSchoolName
}

// placeCorners adds the school with one student, in the demo district, and the district too small to be shown,
// whose school bears a code that a school of another district has too.
func (s *State) placeCorners() {
	island := s.addSchool(s.demo, "Heron Island School")
	s.zones = append(s.zones, zone{district: s.demo, schools: [3]int{island, island, island}})

	rank := len(s.districts)
	s.addDistrict(rank, rank+1, 1)
	s.districts[rank].firstZone = len(s.zones)
	only := s.addSchool(rank, s.districts[rank].place()+" School")
	s.schools[only].code = s.schools[0].code
	s.zones = append(s.zones, zone{district: rank, schools: [3]int{only, only, only}})
}

// placeStudents says how many students of each cohort live in each zone. The two corner zones come last.
func (s *State) placeStudents() {
	n := len(s.cohorts)
	last := len(s.zones) - 2
	island, tiny := make([]int, n), make([]int, n)
	cornerStudents := 1
	for c, g := range s.cohorts {
		if slices.Contains(edu.TestedGrades, g) {
			tiny[c] = tinyDistrict
			cornerStudents += tinyDistrict
		}
		if g == 5 {
			island[c] = 1
		}
	}
	s.regular = s.config.Students - cornerStudents
	s.spread(last)
	s.corner = int(s.cells[s.districts[s.demo].firstZone*n+slices.Index(s.cohorts, 4)])
	at := s.regular
	for _, counts := range [][]int{island, tiny} {
		for _, k := range counts {
			s.cells = append(s.cells, uint32(at))
			at += k
		}
	}
	s.cells = append(s.cells, uint32(at))
}

// spread divides the regular students over the cells of the first zones, in proportion to their weights.
func (s *State) spread(zones int) {
	r := s.seed.derive(3)
	weights := make([]uint64, 0, zones*len(s.cohorts))
	var total uint64
	for _, z := range s.zones[:zones] {
		for range s.cohorts {
			w := uint64(z.weight * (88 + r.below(25)))
			weights = append(weights, w)
			total += w
		}
	}
	s.cells = make([]uint32, 0, len(weights)+2*len(s.cohorts)+1)
	var sum uint64
	for _, w := range weights {
		s.cells = append(s.cells, uint32(sum*uint64(s.regular)/total))
		sum += w
	}
}

// cell returns the first student of a zone and cohort, and the student after the last.
func (s *State) cell(zone, cohort int) (from, to int) {
	k := zone*len(s.cohorts) + cohort
	return int(s.cells[k]), int(s.cells[k+1])
}

// zoneOf returns the zone in which a student was born into the files.
func (s *State) zoneOf(student int) int {
	n := len(s.cohorts)
	return sort.Search(len(s.zones), func(z int) bool { return int(s.cells[(z+1)*n]) > student })
}

// Students returns how many different students the state's files name.
func (s *State) Students() int { return s.config.Students }
