package population

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// world is a warehouse in memory: what tests put into PostgreSQL, and the plain oracle that answers the questions of report.Counter by walking
// over all of it. It shares no code with the index.
type world struct {
	schools  []int32 // the district of each; the id of the first school is 1
	results  []*result
	versions int // the newest
}

// result is a row of assessment_outcome.
type result struct {
	student, assessment int
	school              int32
	batch               int
	from, to            int
	day                 int
	kind                edu.AssessmentType
	subject             edu.Subject
	year                edu.AcademicYear
	condition           edu.Condition
	level               int16 // 0 is none
	grade               edu.Grade
	lep, iep, p504      edu.Flag
	econ, migrant       edu.Flag
	complete            edu.Flag
	sex                 edu.Sex
	ethnicity           edu.Ethnicity
}

const forever = 1<<31 - 1

func (r *result) holds(version int) bool { return r.from <= version && version < r.to }

func (r *result) countable() bool {
	return r.kind == edu.Summative && r.condition.Counted() && r.level > 0
}

// size says how large a world is drawn.
type size struct{ districts, schools, students, publishes, rows int }

// drawSize draws a small world, now and then one whose schools take several words of a bitmap.
func drawSize(r *rand.Rand) size {
	s := size{districts: 1 + r.IntN(4), schools: 1 + r.IntN(4), students: 1 + r.IntN(40), publishes: 1 + r.IntN(4), rows: 1 + r.IntN(60)}
	if r.IntN(10) == 0 {
		s.schools, s.students, s.rows = 1+r.IntN(2), 400, 700
	}
	return s
}

// drawWorld draws a state: students who move and are tested more than once, results of every type and condition, and publications one after another that
// open rows, close rows and replace rows; batches do not arrive in the order in which they are published.
func drawWorld(r *rand.Rand, s size) *world {
	w := &world{}
	for d := range s.districts {
		for range 1 + r.IntN(s.schools) {
			w.schools = append(w.schools, int32(d+1))
		}
	}
	batches := r.Perm(s.publishes)
	for v := 1; v <= s.publishes; v++ {
		w.publish(r, s, batches[v-1]+1)
	}
	return w
}

// publish makes the next version.
func (w *world) publish(r *rand.Rand, s size, batch int) {
	w.versions++
	for _, x := range w.results {
		if x.to == forever && r.IntN(12) == 0 {
			x.to = w.versions // deleted
		}
	}
	for range r.IntN(s.rows + 1) {
		x := w.drawResult(r, s.students)
		x.batch, x.from, x.to = batch, w.versions, forever
		held := slices.IndexFunc(w.results, func(y *result) bool {
			return y.to == forever && y.student == x.student && y.assessment == x.assessment && y.day == x.day
		})
		if held >= 0 {
			if w.results[held].from == w.versions {
				continue // one row per result and publication
			}
			w.results[held].to = w.versions
		}
		w.results = append(w.results, x)
	}
}

// assessments of the world, by id less one.
var assessments = []struct {
	kind    edu.AssessmentType
	subject edu.Subject
	year    edu.AcademicYear
}{
	{edu.Summative, edu.Math, 2026}, {edu.Summative, edu.Math, 2026}, {edu.Summative, edu.ELA, 2026}, {edu.Summative, "Science", 2026},
	{edu.Summative, edu.Math, 2025}, {edu.Summative, edu.ELA, 2025}, {edu.InterimComprehensive, edu.Math, 2026}, {edu.InterimBlock, edu.ELA, 2026},
	{edu.InterimBlock, edu.ELA, 2024},
}

func (w *world) drawResult(r *rand.Rand, students int) *result {
	flag := func() edu.Flag { return edu.Flag(r.IntN(3)) }
	id := 1 + r.IntN(len(assessments))
	a := assessments[id-1]
	return &result{
		student: 1 + r.IntN(students), assessment: id, school: 1 + int32(r.IntN(len(w.schools))), day: 1 + r.IntN(3),
		kind: a.kind, subject: a.subject, year: a.year,
		condition: edu.Condition([]int{0, 0, 0, 0, 1, 2, 3}[r.IntN(7)]), level: int16(r.IntN(6)), grade: edu.Grade([]int{0, 3, 3, 4, 5, 11, 13}[r.IntN(7)]),
		lep: flag(), iep: flag(), p504: flag(), econ: flag(), migrant: flag(), complete: flag(),
		sex: edu.Sex(r.IntN(3)), ethnicity: edu.Ethnicity(r.IntN(8)),
	}
}

func (w *world) district(r *result) int32 { return w.schools[r.school-1] }

// counted returns what counts in a version: of each student, year and subject the newest valid summative result.
func (w *world) counted(version int) []*result {
	type one struct {
		student int
		year    edu.AcademicYear
		subject edu.Subject
	}
	newest := map[one]*result{}
	for _, r := range w.results {
		if !r.holds(version) || !r.countable() {
			continue
		}
		k := one{r.student, r.year, r.subject}
		old := newest[k]
		if old == nil || cmp.Or(cmp.Compare(r.day, old.day), cmp.Compare(r.batch, old.batch), cmp.Compare(r.assessment, old.assessment)) > 0 {
			newest[k] = r
		}
	}
	var all []*result
	for _, r := range w.results {
		if newest[one{r.student, r.year, r.subject}] == r {
			all = append(all, r)
		}
	}
	return all
}

func passes(r *result, f report.Filters) bool {
	return oneOf(f.Grades, r.grade) && oneOf(f.LimitedEnglish, r.lep) && oneOf(f.IEP, r.iep) && oneOf(f.Section504, r.p504) &&
		oneOf(f.EconomicDisadvantage, r.econ) && oneOf(f.Migrant, r.migrant) && oneOf(f.Ethnicities, r.ethnicity) && oneOf(f.Sexes, r.sex) &&
		oneOf(f.Complete, r.complete)
}

func oneOf[T comparable](values []T, v T) bool {
	return len(values) == 0 || slices.Contains(values, v)
}

func (w *world) within(r *result, q report.CountQuestion) bool {
	return r.year == q.Year && (q.DistrictID == 0 || int(w.district(r)) == q.DistrictID) && (q.SchoolID == 0 || int(r.school) == q.SchoolID)
}

func (w *world) part(r *result, q report.CountQuestion) int {
	return [...]int{int(w.district(r)), int(r.school), int(r.grade)}[q.Parts]
}

// answers are the answers to a question, in order.
type answers struct {
	Counts    []report.Count
	Presences []report.Presence
	NotStated report.NotStatedCounts
}

func (a *answers) sort() {
	slices.SortFunc(a.Counts, func(a, b report.Count) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
	})
	slices.SortFunc(a.Presences, func(a, b report.Presence) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject))
	})
}

// answer is the oracle.
func (w *world) answer(version int, q report.CountQuestion) answers {
	var a answers
	counts := map[report.Count]report.Count{}
	for _, r := range w.counted(version) {
		if !w.within(r, q) {
			continue
		}
		k := report.Count{Part: w.part(r, q), Subject: r.subject, Level: int(r.level)}
		n := counts[k]
		n.Students++
		if passes(r, q.Filters) {
			n.Filtered++
		}
		counts[k] = n
		m := &a.NotStated
		m.Results++
		for _, x := range []struct {
			missing bool
			count   *int
		}{
			{r.lep == 0, &m.LimitedEnglish}, {r.iep == 0, &m.IEP}, {r.p504 == 0, &m.Section504}, {r.econ == 0, &m.EconomicDisadvantage},
			{r.migrant == 0, &m.Migrant}, {r.ethnicity == 0, &m.Ethnicity}, {r.sex == 0, &m.Sex},
		} {
			if x.missing {
				*x.count++
			}
		}
	}
	for k, n := range counts {
		k.Students, k.Filtered = n.Students, n.Filtered
		a.Counts = append(a.Counts, k)
	}
	for _, r := range w.results {
		p := report.Presence{Part: w.part(r, q), Subject: r.subject}
		if r.holds(version) && r.kind != edu.Summative && w.within(r, q) && !slices.Contains(a.Presences, p) {
			a.Presences = append(a.Presences, p)
		}
	}
	a.sort()
	return a
}

// drawQuestion draws any question, sensible or not.
func (w *world) drawQuestion(r *rand.Rand) report.CountQuestion {
	q := report.CountQuestion{Parts: report.InstitutionLevel(r.IntN(3)), Year: edu.AcademicYear(2024 + r.IntN(4)), Filters: drawFilters(r)}
	if r.IntN(3) > 0 {
		q.Year = 2026
	}
	switch r.IntN(4) {
	case 0:
		school := r.IntN(len(w.schools))
		q.SchoolID, q.DistrictID = school+1, int(w.schools[school])
	case 1:
		q.DistrictID = 1 + r.IntN(int(w.schools[len(w.schools)-1]))
	case 2:
		q.SchoolID, q.DistrictID = r.IntN(len(w.schools)+2), r.IntN(5)
	}
	return q
}

func drawFilters(r *rand.Rand) report.Filters {
	var f report.Filters
	often := r.IntN(4) // of four
	if r.IntN(4) < often {
		f.Grades = draw(r, edu.Grade(0), 3, 4, 5, 6, 11, 13, 99, -1)
	}
	flags := []*[]edu.Flag{&f.LimitedEnglish, &f.IEP, &f.Section504, &f.EconomicDisadvantage, &f.Migrant, &f.Complete}
	for _, x := range flags {
		if r.IntN(6) < often {
			*x = draw(r, edu.NotStated, edu.No, edu.Yes)
		}
	}
	if r.IntN(4) < often {
		f.Ethnicities = draw(r, edu.Ethnicities...)
	}
	if r.IntN(4) < often {
		f.Sexes = draw(r, edu.SexNotStated, edu.Male, edu.Female)
	}
	return f
}

// draw returns some of the values, none now and then, one of them twice now and then.
func draw[T any](r *rand.Rand, values ...T) []T {
	kept := []T{}
	for range r.IntN(len(values) + 1) {
		kept = append(kept, values[r.IntN(len(values))])
	}
	return kept
}
