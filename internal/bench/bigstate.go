package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
)

// bigState is a state of any size, computed from nothing but the number of its students: each has a mathematics and a language result of every
// year; some were tested twice, in another school, some results are invalid, and some students have interim results too. Schools and
// districts differ in size and make-up as those of a real state do. Only ids and results exist, and names that say nothing: there is nobody behind them.
type bigState struct {
	students int
	years    []int16
	schools  []bigSchool
	district []int32 // number of schools of each
}

type bigSchool struct {
	district int32
	first    int // student
	students int
	kind     int    // 0 elementary, 1 middle, 2 high
	poverty  uint64 // percent
}

var bigDay = time.Date(bigYear, 4, 1, 0, 0, 0, 0, time.UTC)

const (
	bigYear      = 2026
	bigDistricts = 300
	bigSchools   = 5000
)

// of returns the state with results of several years, bigYear and those before.
func (s *bigState) of(years int) *bigState {
	for y := 1; y < years; y++ {
		s.years = append(s.years, bigYear-int16(y))
	}
	return s
}

// newBigState lays out a state with results of bigYear.
func newBigState(students int) *bigState {
	s := &bigState{students: students, years: []int16{bigYear}, district: make([]int32, bigDistricts)}
	left := bigSchools - bigDistricts // each has at least one
	weight := 0.0
	for d := range bigDistricts {
		weight += 1 / float64(d+7)
	}
	for d := range bigDistricts {
		s.district[d] = 1 + int32(float64(bigSchools-bigDistricts)/(float64(d+7)*weight))
		left -= int(s.district[d]) - 1
	}
	for d := range left { // what rounding left over
		s.district[d%bigDistricts]++
	}
	total := 0.0
	var sizes []float64
	for d, n := range s.district {
		for range n {
			h := mix(uint64(len(sizes)))
			size := 0.2 + float64(h%1000)/500 // 1 to 11
			sizes = append(sizes, size)
			total += size
			s.schools = append(s.schools, bigSchool{district: int32(d + 1), kind: int(h >> 20 % 4 % 3), poverty: 10 + mix(uint64(d))%50 + h>>32%30})
		}
	}
	sum := 0.0
	for i := range s.schools {
		s.schools[i].first = int(math.Round(sum / total * float64(students)))
		sum += sizes[i]
		s.schools[i].students = int(math.Round(sum/total*float64(students))) - s.schools[i].first
	}
	return s
}

// mix is splitmix64: well distributed bits for a number.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance reports whether bits give a probability of percent, and returns other bits.
func chance(h *uint64, percent uint64) bool {
	*h = mix(*h)
	return *h%100 < percent
}

// bigResult is a row of assessment_outcome.
type bigResult struct {
	student, assessment, district, school int32
	day                                   int32 // since 2000-01-01
	year                                  int16
	kind                                  edu.AssessmentType
	subject                               edu.Subject
	grade, score, level, condition        int16
	sex, ethnicity                        int16
	flags                                 [6]int16 // iep, limited English, section 504, economic disadvantage, migrant, complete
}

var bigGrades = [3][]int16{{3, 4, 5}, {6, 7, 8}, {11}}

// outcomes yields all results in the order of districts and schools, as publications leave them.
func (s *bigState) outcomes(yield func(*bigResult) bool) {
	var r bigResult
	for n, x := range s.schools {
		for at := range x.students * len(s.years) {
			s.describe(&r, n, x.first+at%x.students)
			r.year = s.years[at/x.students]
			back := bigYear - r.year
			h := mix(uint64(r.student)*7919 + uint64(back))
			for _, subject := range edu.Subjects {
				r.subject, r.kind, r.condition, r.day = subject, edu.Summative, 0, 9600-365*int32(back)+int32(h>>8%20)
				r.assessment = assessmentOf(r.year, r.kind, subject, r.grade)
				if chance(&h, 1) {
					r.condition = 3
				}
				if !score(&r, &h, x.poverty, yield) {
					return
				}
			}
			if chance(&h, 2) { // tested again, elsewhere
				moved := s.schools[int(h>>16)%len(s.schools)]
				again := r
				again.day, again.school, again.district = r.day+30, int32(int(h>>16)%len(s.schools)+1), moved.district
				if !score(&again, &h, x.poverty, yield) {
					return
				}
			}
			if chance(&h, 20) {
				interim := r
				interim.kind, interim.day, interim.condition = edu.InterimComprehensive, r.day-100, 1
				interim.assessment = assessmentOf(r.year, interim.kind, interim.subject, interim.grade)
				if !score(&interim, &h, x.poverty, yield) {
					return
				}
			}
		}
	}
}

// describe fills in who a student is.
func (s *bigState) describe(r *bigResult, school, student int) {
	x := s.schools[school]
	h := mix(uint64(student))
	*r = bigResult{student: int32(student + 1), district: x.district, school: int32(school + 1)}
	grades := bigGrades[x.kind]
	r.grade = grades[int(h>>40)%len(grades)]
	r.sex = 1 + int16(h>>20%2)
	if chance(&h, 1) {
		r.sex = 0
	}
	r.ethnicity = []int16{3, 3, 3, 6, 6, 6, 6, 1, 1, 2, 2, 7, 4, 5, 0, 6}[h>>24%16]
	for i, percent := range []uint64{12, 15, 5, x.poverty, 2, 97} {
		r.flags[i] = 1
		if chance(&h, percent) {
			r.flags[i] = 2
		}
		if i < 5 && i != 3 && chance(&h, 3) {
			r.flags[i] = 0
		}
	}
}

func assessmentOf(year int16, kind edu.AssessmentType, subject edu.Subject, grade int16) int32 {
	id := int32(bigYear-year)*100 + int32(grade)*4
	if subject == edu.ELA {
		id++
	}
	if kind != edu.Summative {
		id += 2
	}
	return id
}

func score(r *bigResult, h *uint64, poverty uint64, yield func(*bigResult) bool) bool {
	*h = mix(*h)
	r.score = 1200 + int16(*h%600+*h>>20%600) + int16(100-poverty)/4
	r.level = 1
	for _, cut := range []int16{1600, 1800, 2000} {
		if r.score >= cut {
			r.level++
		}
	}
	return yield(r)
}

// store puts the state into an empty warehouse, as its version 1. Indexes are made after the rows.
func (s *bigState) store(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := s.storeDimensions(ctx, conn.Conn()); err != nil {
		return err
	}
	return fillThenIndex(ctx, conn.Conn(), "assessment_outcome_current", func() error {
		return s.storeOutcomes(ctx, conn.Conn())
	})
}

// fillThenIndex fills a table without its indexes, and makes them then.
func fillThenIndex(ctx context.Context, conn *pgx.Conn, table string, fill func() error) error {
	rows, err := conn.Query(ctx, `select indexname::text, indexdef from pg_indexes where tablename = $1`, table)
	if err != nil {
		return err
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Definition string }])
	if err != nil {
		return err
	}
	for _, x := range indexes {
		if _, err := conn.Exec(ctx, "drop index "+pgx.Identifier{x.Name}.Sanitize()); err != nil {
			return err
		}
	}
	if err := fill(); err != nil {
		return err
	}
	for _, x := range indexes {
		if _, err := conn.Exec(ctx, x.Definition); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, "vacuum analyze "+pgx.Identifier{table}.Sanitize())
	return err
}

// storeStudents gives every student a name. Pages of students need them.
func (s *bigState) storeStudents(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return fillThenIndex(ctx, conn.Conn(), "student_current", func() error {
		_, err := conn.Exec(ctx, `
			insert into student_current (student_id, code, first_name, last_name, birth_on, sex, group_ids, group_names, batch_id, from_version)
			select n, 'K' || lpad(n::text, 9, '0'), (array['Amina', 'Bao', 'Carlos', 'Dana', 'Elif', 'Finn', 'Grace', 'Hana'])[1 + n % 8], 'Name' || n % 9973,
				date '2012-01-01' + n % 2000, n % 3, array['G' || n % 4], array['Room ' || n % 4], 1, 1
			from generate_series(1, $1::int) n`, s.students)
		return err
	})
}

func (s *bigState) storeOutcomes(ctx context.Context, conn *pgx.Conn) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(s.encode(w)) }()
	_, err := conn.PgConn().CopyFrom(ctx, r, `copy assessment_outcome_current (student_id, assessment_id, district_id, school_id, batch_id, from_version,
		taken_on, academic_year, type, grade, enrolled_grade, score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english,
		section_504, economic_disadvantage, migrant, complete, condition, subject, claims) from stdin (format binary)`)
	r.CloseWithError(io.ErrClosedPipe)
	if err != nil {
		return fmt.Errorf("copy results: %w", err)
	}
	return nil
}

func (s *bigState) storeDimensions(ctx context.Context, conn *pgx.Conn) error {
	var districts, schools, tests [][]any
	for d := range s.district {
		districts = append(districts, []any{int32(d + 1), fmt.Sprintf("D%03d", d+1), fmt.Sprintf("District %d", d+1), 1, 1})
	}
	for i, x := range s.schools {
		schools = append(schools, []any{int32(i + 1), x.district, fmt.Sprintf("S%04d", i+1), fmt.Sprintf("School %d", i+1), 1, 1})
	}
	levels, cuts := []string{"Level 1", "Level 2", "Level 3", "Level 4"}, []int16{1600, 1800, 2000}
	for _, year := range s.years {
		for _, kind := range []edu.AssessmentType{edu.Summative, edu.InterimComprehensive} {
			for _, subject := range edu.Subjects {
				for _, g := range edu.TestedGrades {
					id := assessmentOf(year, kind, subject, int16(g))
					tests = append(tests, []any{id, fmt.Sprintf("guid-%d", id), kind, string(subject), year, "1", bigDay, int16(1200), int16(2600),
						levels, cuts, []int16{1}, []string{"Claim"}, []int16{1200}, []int16{2600}, []string{"Below", "Near", "Above"}, 1, 1})
				}
			}
		}
	}
	for _, t := range []struct {
		table   string
		columns string
		rows    [][]any
	}{
		{"publication", "version batch_id kind", [][]any{{1, 1, "publish"}}},
		{"district", "district_id code name batch_id from_version", districts},
		{"school", "school_id district_id code name batch_id from_version", schools},
		{"assessment", "assessment_id guid type subject academic_year form_version effective_on score_min score_max level_names cut_points claim_numbers claim_names claim_score_min claim_score_max claim_level_names batch_id from_version", tests},
	} {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{t.table}, strings.Fields(t.columns), pgx.CopyFromRows(t.rows)); err != nil {
			return fmt.Errorf("copy %s: %w", t.table, err)
		}
	}
	return nil
}

// encode writes the results as PostgreSQL's binary COPY.
func (s *bigState) encode(w io.Writer) error {
	out := bufio.NewWriterSize(w, 256<<10)
	out.WriteString("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	var b []byte
	int2 := func(v int16) { b = binary.BigEndian.AppendUint16(append(b, 0, 0, 0, 2), uint16(v)) }
	int4 := func(v int32) { b = binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(v)) }
	var failed error
	s.outcomes(func(r *bigResult) bool {
		b = append(b[:0], 0, 27)
		for _, v := range []int32{r.student, r.assessment, r.district, r.school, 1, 1, r.day} {
			int4(v)
		}
		for _, v := range []int16{r.year, int16(r.kind), r.grade, r.grade, r.score, r.score - 30, r.score + 30, r.level, r.sex, r.ethnicity, 0} {
			int2(v)
		}
		for _, v := range r.flags {
			int2(v)
		}
		int2(r.condition)
		b = binary.BigEndian.AppendUint32(b, uint32(len(r.subject)))
		b = append(b, r.subject...)
		b = append(b, 0, 0, 0, 20+16*6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 16, 0, 0, 0, 1) // int2[16]
		for i := range int16(16) {
			int2(r.score - i)
		}
		_, failed = out.Write(b)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	out.Write([]byte{0xff, 0xff})
	return out.Flush()
}
