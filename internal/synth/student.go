package synth

import (
	"strconv"

	"scorehouse/internal/edu"
)

// student is one student as the files of one year describe them.
type student struct {
	index   int
	who     stream // belongs to the student, the same in all years
	school  *school
	home    *district // where the student was first met: decides demographics
	effect  int       // of district and school, on ability
	grade   edu.Grade
	section int  // the class within school and grade, from 0
	moved   bool // lives elsewhere than at first
	corner  bool // bears one of cornerNames

	name personName
	edu.Demographics
	born bool // the birthdate is stated
	year int  // of birth
	day  int  // of birth, days after 1 September of year-1
}

// describe fills st with the student of an index, as of a year. zone is the student's first zone, section the
// class if the student has not moved.
func (s *State) describe(st *student, index, zone int, year edu.AcademicYear, grade edu.Grade, section int) {
	st.index, st.grade, st.section = index, grade, section
	st.who = s.seed.derive(uint64(index)<<8 + 7)
	st.home = &s.districts[s.zones[zone].district]
	now := s.zoneIn(st.who, index, zone, year)
	st.moved, st.corner = now != zone, s.isCorner(index)
	if st.moved {
		st.section = 0
	}
	st.school = &s.schools[s.zones[now].school(grade)]
	st.effect = st.school.effect + s.districts[st.school.district].effect
	s.identify(st)
	st.asOf(year)
	st.birth(year)
}

// zoneIn returns where a student lives in a year: some two in a hundred move once, mostly to another district.
func (s *State) zoneIn(who stream, index, zone int, year edu.AcademicYear) int {
	years := s.config.Years
	r := who.derive(1)
	if len(years) == 1 || index >= s.regular || s.isCorner(index) || !r.chance(22) {
		return zone
	}
	if year < years[1+r.below(len(years)-1)] {
		return zone
	}
	to := s.zoneOf(r.below(s.regular)) // where students are many, many move to
	if s.zones[to].district == s.zones[zone].district {
		to = s.zoneOf(r.below(s.regular))
	}
	return to
}

func (s *State) isCorner(index int) bool {
	return index >= s.corner && index < s.corner+len(cornerNames)
}

// identify draws what never changes: ethnicity, sex and name.
func (s *State) identify(st *student) {
	r := st.who.derive(2)
	e := ethnicityOf(r.below(1000), &st.home.profile.ethnicity)
	st.Race = raceOf(e, &r)
	st.Sex = edu.Male
	switch k := r.below(1000); {
	case k < 484:
		st.Sex = edu.Female
	case k >= 990:
		st.Sex = edu.SexNotStated
	}
	from := drawOrigin(e, &r)
	first := from.male
	if st.Sex == edu.Female || st.Sex == edu.SexNotStated && r.chance(500) {
		first = from.female
	}
	st.name = personName{First: r.pick(first), Last: r.pick(from.last)}
	switch k := r.below(100); {
	case k < 50:
		st.name.Middle = r.pick(first)
	case k < 62:
		st.name.Middle = r.pick(first)[:1]
		if st.name.Middle[0] >= 0x80 { // not a letter by itself
			st.name.Middle = ""
		}
	}
	if st.name.Middle == st.name.First {
		st.name.Middle = ""
	}
	if second := r.below(100); e == edu.Hispanic && second < 45 {
		st.name.Last += " " + r.pick(from.last)
	} else if second < 4 {
		st.name.Last += "-" + r.pick(from.last)
	}
	if st.index%canaryEvery == 0 {
		st.name.Last = canaryNames[st.index/canaryEvery%len(canaryNames)]
	}
	if st.corner {
		st.name = cornerNames[st.index-s.corner]
	}
}

func ethnicityOf(k int, cumulative *[8]int) edu.Ethnicity {
	for e, upTo := range cumulative {
		if k < upTo {
			return edu.Ethnicity(e)
		}
	}
	return edu.White
}

// raceOf returns the flags a file carries for a derived ethnicity.
func raceOf(e edu.Ethnicity, r *stream) edu.Race {
	var race edu.Race
	if e == edu.EthnicityNotStated {
		return race
	}
	for i := range race {
		race[i] = edu.No
	}
	position := [8]int{0, 3, 2, 0, 1, 4, 5, 6}[e]
	race[position] = edu.Yes
	switch e {
	case edu.Hispanic:
		switch r.below(4) {
		case 0:
			race[5] = edu.Yes
		case 1: // no race stated beside the ethnicity
			for i := 1; i < len(race); i++ {
				race[i] = edu.NotStated
			}
		}
	case edu.TwoOrMoreRaces:
		a := 1 + r.below(4)
		race[a], race[5] = edu.Yes, edu.Yes
	}
	return race
}

func drawOrigin(e edu.Ethnicity, r *stream) *origin {
	k := r.below(100)
	for _, w := range originsOf[e] {
		if k -= w.weight; k < 0 {
			return w.origin
		}
	}
	return &english
}

// asOf draws the programmes of a year. Most stay as they are from year to year.
func (st *student) asOf(year edu.AcademicYear) {
	p := &st.home.profile
	r := st.who.derive(3)
	changes := st.who.derive(uint64(year)<<8 + 4)
	disadvantaged := r.chance(p.disadvantage) != changes.chance(40)
	st.EconomicDisadvantage = flag(disadvantaged, r.chance(15))

	rate := [8]int{60, 90, 260, 330, 15, 160, 15, 40}[st.Race.Ethnicity()] * p.english / 100
	left := 70 * max(int(st.grade)-3, 0) // learners leave the programme as they grow
	st.LimitedEnglish = flag(r.chance(rate) && !r.chance(left), r.chance(10))

	iep := 105
	if st.Sex == edu.Male {
		iep = 165
	}
	hasIEP := r.chance(iep) != changes.chance(8)
	st.IEP = flag(hasIEP, r.chance(8))
	st.Section504 = flag(r.chance(50) && !hasIEP, p.no504 || r.chance(10))
	st.Migrant = flag(r.chance(p.migrant), p.noMigrant || r.chance(10))
}

// flag returns a Flag, not stated when blank.
func flag(yes, blank bool) edu.Flag {
	switch {
	case blank:
		return edu.NotStated
	case yes:
		return edu.Yes
	}
	return edu.No
}

// birth draws a birthdate that fits the grade: who is in grade 3 in spring 2026 was born from 2 September 2016
// to 1 September 2017; a few were held back a year.
func (st *student) birth(year edu.AcademicYear) {
	r := st.who.derive(5)
	st.day = 1 + r.below(365)
	st.year = int(year) - int(st.grade) - 6
	if r.chance(30) {
		st.year--
	}
	st.born = !r.chance(4)
}

// appendBirth appends YYYYMMDD, nothing when not stated.
func (st *student) appendBirth(b []byte) []byte {
	if !st.born {
		return b
	}
	month, day, year := 9, st.day+1, st.year-1
	for day > monthDays[month] {
		day -= monthDays[month]
		if month++; month > 12 {
			month, year = 1, year+1
		}
	}
	b = strconv.AppendInt(b, int64(year), 10)
	return append(b, byte('0'+month/10), byte('0'+month%10), byte('0'+day/10), byte('0'+day%10))
}

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// appendID appends the student's identifier: ten digits that say nothing, different for every student.
func (s *State) appendID(b []byte, index int) []byte {
	return appendDigits(b, uint64(uint32(index)*2654435761^uint32(s.seed)), 10)
}

// appendExternalID appends the identifier of another system, which three in a hundred students lack.
func (s *State) appendExternalID(b []byte, st *student) []byte {
	r := st.who.derive(6)
	if r.chance(30) {
		return b
	}
	b = append(b, 'X')
	return appendDigits(b, uint64(uint32(st.index)*2246822519^uint32(s.seed>>32)), 10)
}

func appendDigits(b []byte, n uint64, digits int) []byte {
	var d [20]byte
	for i := digits - 1; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, d[:digits]...)
}

// appendGroups appends the twenty fields of student groups with the comma behind each: the class, for many
// students a second group, for some a programme, for a few none.
func (st *student) appendGroups(b []byte, year edu.AcademicYear) []byte {
	r := st.who.derive(uint64(year)<<8 + 9)
	if r.chance(10) && !st.corner {
		return append(b, ",,,,,,,,,,,,,,,,,,,,"...)
	}
	b = st.appendClass(b)
	empty := 18
	if r.chance(550) {
		b = st.appendSecondGroup(b, r.below(6))
		empty -= 2
		if r.chance(300) {
			p := programs[r.below(len(programs))]
			b = append(append(append(b, st.school.groupCode...), '-'), p[0]...)
			b = append(append(append(b, ','), p[1]...), ',')
			empty -= 2
		}
	}
	return append(b, ",,,,,,,,,,,,,,,,,,"[:empty]...)
}

// appendClass appends id and name of the class, for example TK-0421-G4-2 and "Ms. Okafor, Room 12".
func (st *student) appendClass(b []byte) []byte {
	b = append(b, st.school.groupCode...)
	b = append(b, "-G"...)
	b = strconv.AppendInt(b, int64(st.grade), 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(st.section+1), 10)
	k := st.section*11 + int(st.grade)*7 + len(st.school.name)*3 + st.school.window
	b = append(b, `,"`...)
	b = append(b, [...]string{"Ms. ", "Mr. ", "Mrs. ", "Ms. ", "Mx. "}[k%5]...)
	b = append(b, teachers[k%len(teachers)]...)
	b = append(b, ", Room "...)
	b = strconv.AppendInt(b, int64(int(st.grade)*20+st.section+1), 10)
	return append(b, `",`...)
}

func (st *student) appendSecondGroup(b []byte, k int) []byte {
	b = append(b, st.school.groupCode...)
	b = append(b, "-G"...)
	b = strconv.AppendInt(b, int64(st.grade), 10)
	if st.grade <= 5 {
		b = append(b, "-R"...)
		b = append(b, byte('1'+k))
		b = append(b, ",Reading group "...)
		return append(append(b, birds[k]...), ',')
	}
	b = append(b, "-P"...)
	b = append(b, byte('1'+k))
	b = append(b, ",Mathematics "...)
	b = strconv.AppendInt(b, int64(st.grade), 10)
	b = append(b, " Period "...)
	return append(b, byte('1'+k), ',')
}
