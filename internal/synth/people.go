package synth

import "scorehouse/internal/edu"

// Level is what kind of place a person's grants are for.
type Level string

// The levels.
const (
	SchoolLevel   Level = "school"
	DistrictLevel Level = "district"
	StateLevel    Level = "state"
)

// Person is somebody the demo's sign-in page offers.
type Person struct {
	Key         string // short and stable: teacher, principal, district, state
	Name        string
	Title       string
	Sees        string // one sentence
	Level       Level
	DistrictID  string // empty for the state person
	SchoolID    string // empty for the district and the state person
	Institution string // name of the school, district or state
}

// People returns the four people of the demo: a teacher and a principal of two schools of a middling district,
// which is also the district of the third; and one for the state. All of them may see aggregates of the state.
func (s *State) People() []Person {
	d := s.districts[s.demo]
	home := s.zones[d.firstZone]
	elementary, middle := s.schools[home.schools[0]], s.schools[home.schools[1]]
	return []Person{
		{
			Key: "teacher", Name: "Amina Okafor", Title: "Teacher", Level: SchoolLevel,
			DistrictID: d.code, SchoolID: elementary.code, Institution: elementary.name,
			Sees: "May see comparisons in the whole state, and the students of " + elementary.name + ".",
		},
		{
			Key: "principal", Name: "Karl Lindqvist", Title: "Principal", Level: SchoolLevel,
			DistrictID: d.code, SchoolID: middle.code, Institution: middle.name,
			Sees: "May see comparisons in the whole state, and the students of " + middle.name + ".",
		},
		{
			Key: "district", Name: "Rosa Treviño", Title: "District assessment coordinator", Level: DistrictLevel,
			DistrictID: d.code, Institution: d.name,
			Sees: "May see comparisons in the whole state, and the students of every school of " + d.name + ".",
		},
		{
			Key: "state", Name: "Thao Nguyễn", Title: "State assessment director", Level: StateLevel,
			Institution: s.config.Name,
			Sees:        "May see comparisons in the whole state, and every student of it.",
		},
	}
}

// Corners names the places and students with which tests and demonstrations show the awkward cases.
type Corners struct {
	SmallDistrict   edu.District // too few students to be shown
	OneStudent      Place        // a school with exactly one student
	LongDistrict    edu.District // a name of 60 characters
	LongSchool      Place        // a name of 60 characters
	QuotedSchool    Place        // a name with quotation marks
	SharedCode      [2]Place     // two schools with one code
	OneSubject      string       // identifier of a student who sits mathematics only
	SameName        [2]string    // identifiers of two students of one name in one class
	LongStudentName string       // identifier of a student whose names have 35 characters each
	Class           Place        // the school of these students; they are in grade 4 in the last year
}

// Place is a school in its district.
type Place struct {
	District edu.District
	School   edu.School
}

// Corners returns the awkward corners of the state. Every state has them.
func (s *State) Corners() Corners {
	island, tiny := len(s.zones)-2, len(s.zones)-1
	demo := s.districts[s.demo]
	home := s.zones[demo.firstZone]
	c := Corners{
		SmallDistrict: s.district(s.zones[tiny].district),
		OneStudent:    s.placeOf(s.zones[island].schools[0]),
		SharedCode:    [2]Place{s.placeOf(0), s.placeOf(s.zones[tiny].schools[0])},
		OneSubject:    s.id(s.corner + oneSubjectCorner),
		SameName:      [2]string{s.id(s.corner), s.id(s.corner + 1)},
		Class:         s.placeOf(home.schools[0]),

		LongStudentName: s.id(s.corner + 2),
	}
	for i := range s.districts {
		if s.districts[i].name == longDistrictName {
			c.LongDistrict = s.district(i)
		}
	}
	for i := range s.schools {
		switch s.schools[i].name {
		case longSchoolName:
			c.LongSchool = s.placeOf(i)
		case quotedSchoolName:
			c.QuotedSchool = s.placeOf(i)
		}
	}
	return c
}

func (s *State) id(student int) string { return string(s.appendID(nil, student)) }

func (s *State) district(i int) edu.District {
	return edu.District{ID: s.districts[i].code, Name: s.districts[i].name}
}

func (s *State) placeOf(school int) Place {
	sch := s.schools[school]
	return Place{s.district(sch.district), edu.School{ID: sch.code, Name: sch.name}}
}
