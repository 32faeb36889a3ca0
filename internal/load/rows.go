package load

import (
	"scorehouse/internal/crash"
	"scorehouse/internal/feed"
	"scorehouse/internal/staging"
)

// bufferSize is how many bytes of tuples are handed to a COPY at once.
const bufferSize = 256 << 10

// rows turns accepted rows into tuples for the two COPY streams, numbers the schools they name, and notes which rows have
// their student in common with others.
type rows struct {
	staged  *staging.Attempt
	claims  int
	outcome []byte
	student []byte

	schools []staging.School
	seen    []int64          // line of the last row of each school
	numbers map[string]int32 // by district and school code
	key     []byte
	repeats repeats
}

func newRows(staged *staging.Attempt, claims int, csvSize int64) *rows {
	const bytesPerRow = 500
	return &rows{
		staged: staged, claims: claims,
		outcome: make([]byte, 0, bufferSize+64<<10), student: make([]byte, 0, bufferSize+64<<10),
		numbers: make(map[string]int32), repeats: newRepeats(int(csvSize / bytesPerRow)),
	}
}

// add takes in one row.
func (r *rows) add(row *feed.Row) (err error) {
	r.repeats.see(row.StudentCode, int32(row.Line))
	claims := r.claims
	if !row.Creates() {
		claims = 0
	}
	r.outcome = feed.AppendOutcome(r.outcome, row, r.school(row), claims)
	if len(r.outcome) >= bufferSize {
		crash.Point(crash.Copying)
		if r.outcome, err = r.staged.SendOutcomes(r.outcome); err != nil {
			return err
		}
	}
	if row.Creates() {
		r.student = feed.AppendStudent(r.student, row)
		if len(r.student) >= bufferSize {
			r.student, err = r.staged.SendStudents(r.student)
		}
	}
	return err
}

// flush sends what is left.
func (r *rows) flush() (err error) {
	if len(r.outcome) > 0 {
		crash.Point(crash.Copying)
		if r.outcome, err = r.staged.SendOutcomes(r.outcome); err != nil {
			return err
		}
	}
	if len(r.student) > 0 {
		r.student, err = r.staged.SendStudents(r.student)
	}
	return err
}

// school returns the number of a row's school, in order of first appearance, and keeps the row's names.
func (r *rows) school(row *feed.Row) int32 {
	r.key = append(append(append(r.key[:0], row.DistrictCode...), 0), row.SchoolCode...)
	n, ok := r.numbers[string(r.key)]
	if !ok {
		n = int32(len(r.schools)) + 1
		r.numbers[string(r.key)] = n
		r.schools = append(r.schools, staging.School{Number: n, DistrictCode: string(row.DistrictCode), Code: string(row.SchoolCode)})
		r.seen = append(r.seen, 0)
	}
	r.seen[n-1] = row.Line
	s := &r.schools[n-1]
	if s.Name != string(row.SchoolName) {
		s.Name = string(row.SchoolName)
	}
	if s.DistrictName != string(row.DistrictName) {
		s.DistrictName = string(row.DistrictName)
	}
	return n
}

// named returns the schools with the names of their last rows; the name of a district is that of its last row in any school.
func (r *rows) named() []staging.School {
	last := make(map[string]int, len(r.schools)) // by district code, position of the school seen last
	for i, s := range r.schools {
		if j, ok := last[s.DistrictCode]; !ok || r.seen[i] > r.seen[j] {
			last[s.DistrictCode] = i
		}
	}
	for i := range r.schools {
		r.schools[i].DistrictName = r.schools[last[r.schools[i].DistrictCode]].DistrictName
	}
	return r.schools
}
