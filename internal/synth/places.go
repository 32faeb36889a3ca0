package synth

import (
	"strconv"
	"strings"

	"scorehouse/internal/edu"
)

// profile is how a district's students are distributed, in thousandths.
type profile struct {
	ethnicity    [8]int // cumulative, by the numbers of edu.Ethnicity
	disadvantage int
	migrant      int
	english      int  // factor on the rates of limited English, in percent
	no504        bool // does not report section 504
	noMigrant    bool // does not report migrants
}

// kinds of districts: not stated, Black, Asian, Hispanic, American Indian, Pacific Islander, White, two or more.
var kinds = []struct {
	ethnicity    [8]int
	disadvantage int
	migrant      int
	english      int
}{
	{[8]int{20, 240, 130, 260, 15, 15, 250, 70}, 600, 5, 130}, // city
	{[8]int{25, 75, 130, 105, 5, 10, 585, 65}, 210, 2, 80},    // suburb
	{[8]int{10, 25, 20, 90, 15, 5, 795, 40}, 420, 8, 70},      // country
	{[8]int{15, 20, 15, 430, 10, 5, 475, 30}, 580, 60, 140},   // farms
	{[8]int{10, 10, 10, 50, 430, 5, 420, 65}, 640, 10, 60},    // woods and reservation
	{[8]int{20, 60, 60, 130, 20, 60, 600, 50}, 400, 5, 100},   // harbour
}

// profileOf draws the profile of the district of a rank in size.
func profileOf(rank, count int, r *stream) profile {
	kind := 0 // the biggest is a city
	switch {
	case rank == 0:
	case rank*4 < count:
		kind = [...]int{0, 1, 1, 5}[r.below(4)]
	default:
		kind = [...]int{1, 2, 2, 2, 3, 4, 5}[r.below(7)]
	}
	k := kinds[kind]
	p := profile{
		disadvantage: min(max(k.disadvantage+r.normal()*70/1000, 60), 900),
		migrant:      k.migrant,
		english:      max(k.english+r.normal()*20/1000, 20),
		no504:        r.chance(60),
		noMigrant:    r.chance(100),
	}
	sum := 0
	for i, w := range k.ethnicity {
		sum += w * (600 + r.below(800))
		p.ethnicity[i] = sum
	}
	for i := range p.ethnicity {
		p.ethnicity[i] = p.ethnicity[i] * 1000 / sum
	}
	return p
}

// districtName returns the name of the district of a rank: every rank has another place.
func (s *State) districtName(rank int) string {
	r := s.seed.derive(uint64(rank)*8 + 4)
	return s.placeName(rank) + " " + r.pick(districtEnds)
}

// placeName returns an invented place. The places of the first 360 ranks are single words, later ones have a
// direction before them.
func (s *State) placeName(rank int) string {
	n := len(placeRoots) * len(placeEndings)
	r := s.seed.derive(4)
	k := (rank%n*217 + r.below(n)) % n // 217 and n have no common factor
	name := placeRoots[k%len(placeRoots)] + placeEndings[k/len(placeRoots)%len(placeEndings)]
	directions := []string{"", "North ", "South ", "East ", "West ", "Upper ", "Lower ", "New ", "Old "}
	if lap := rank / n; lap < len(directions) {
		return directions[lap] + name
	}
	return name + " " + strconv.Itoa(rank/n+1)
}

// place returns the place a district is named for.
func (d district) place() string {
	words := strings.Fields(d.name)
	if len(words) > 1 && (strings.Contains(" North South East West Upper Lower New Old ", " "+words[0]+" ")) {
		return words[0] + " " + words[1]
	}
	return words[0]
}

// schoolName returns a name that no other school of the kind in the district has, up to some 600 schools.
func (s *State) schoolName(d, k int, kind string) string {
	n := len(schoolFirst) * len(schoolSecond)
	r := s.seed.derive(uint64(d)*8 + 5)
	at := (k%n*101 + r.below(n)) % n // 101 and n have no common factor
	return schoolFirst[at%len(schoolFirst)] + " " + schoolSecond[at/len(schoolFirst)] + " " + kind
}

// code returns a prefix and a number of at least so many digits.
func code(prefix string, n, digits int) string {
	d := strconv.Itoa(n)
	return prefix + strings.Repeat("0", max(digits-len(d), 0)) + d
}

// describeSchools fills in what rows and outcomes need of each school, once names and codes are settled.
func (s *State) describeSchools() {
	for i := range s.schools {
		sch := &s.schools[i]
		d := s.districts[sch.district]
		r := s.seed.derive(uint64(i)*8 + 6)
		sch.effect = r.normal() * 20 / 100
		sch.interims = r.below(100)
		sch.window = r.below(700)
		sch.standard = r.chance(550)
		for _, f := range []string{string(s.config.Code), d.code, d.name, sch.code, sch.name} {
			sch.csv = append(appendField(sch.csv, f), ',')
		}
		room := strconv.Itoa(1 + r.below(40))
		for _, where := range [][2]string{{"LAB", "Computer Lab"}, {"LIB", "Library"}, {"R" + room, "Room " + room}} {
			sch.locations = append(sch.locations, []byte(sch.groupCode+"-"+where[0]+","+where[1]))
		}
	}
	s.settleDemo()
}

// settleDemo makes the schools of the demo people ordinary ones that give interim assessments.
func (s *State) settleDemo() {
	home := s.zones[s.districts[s.demo].firstZone]
	for _, k := range home.schools {
		s.schools[k].effect /= 4
		s.schools[k].interims = 0
	}
}

// appendField appends a CSV field, quoted where it must be.
func appendField(b []byte, field string) []byte {
	if !strings.ContainsAny(field, ",\"\r\n") {
		return append(b, field...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(field, `"`, `""`)...)
	return append(b, '"')
}

// groups of each kind of student group.
var (
	birds    = strings.Split("Herons|Loons|Terns|Wrens|Plovers|Ospreys", "|")
	programs = [][2]string{{"BAND", "School Band"}, {"CHOIR", "Choir"}, {"ROBOT", "Robotics Club"}, {"CHESS", "After-School Chess"}, {"TUTOR", "Evening Tutoring"}}
)

// gradeBand numbers the three bands of grades: 3 to 5, 6 to 8, high school.
func gradeBand(g edu.Grade) int {
	switch {
	case g <= 5:
		return 0
	case g <= 8:
		return 1
	}
	return 2
}
