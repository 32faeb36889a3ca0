package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

// smallClass is one school with four students: Ann and Bo have both subjects, Bo also an invalid newer one; Cy has ELA only
// and an invalid result; Di's only Math is partial. There are interim results of two days, and blocks.
func smallClass() *world {
	w := &world{
		districts: []string{"Lakeside"},
		schools:   []worldSchool{{1, "A", "Oak"}, {1, "B", "Elm"}},
		assessments: []worldAssessment{
			{edu.Summative, edu.Math, 2026, "Concepts"}, {edu.Summative, edu.ELA, 2026, "Reading"}, {edu.Summative, edu.Math, 2025, "Concepts"},
			{edu.InterimComprehensive, edu.Math, 2026, "Concepts"}, {edu.InterimBlock, edu.Math, 2026, "Fractions"}, {edu.InterimBlock, edu.Math, 2026, "Block 10"},
			{edu.InterimBlock, edu.ELA, 2026, "Listening"},
		},
		students: []worldStudent{
			{"Ann", "Young", []edu.Group{{ID: "g1", Name: "Room 1"}}}, {"Bo", "abbot", []edu.Group{{ID: "g2", Name: "Room 2"}, {ID: "g1", Name: "Room 1"}}},
			{"Cy", "Moss", nil}, {"Di", "Moss", nil},
		},
	}
	add := func(student, assessment, day int, level int16, change ...func(*worldResult)) {
		r := worldResult{student: student, assessment: assessment, school: 1, batch: 1, from: 1, to: forever, day: day, grade: 5,
			level: level, score: 1000 + 300*level + int16(student), complete: edu.Yes}
		for _, c := range change {
			c(&r)
		}
		w.results = append(w.results, r)
	}
	invalid := func(r *worldResult) { r.condition = edu.ConditionInvalid }
	add(1, 1, 3, 4)
	add(1, 2, 4, 2, func(r *worldResult) { r.accommodations = []byte{0, 6, 0, 4, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0, 0} })
	add(1, 3, 3, 3, func(r *worldResult) { r.grade = 4 })
	add(2, 1, 3, 2)
	add(2, 1, 9, 1, invalid)
	add(2, 2, 4, 3)
	add(3, 2, 4, 1, invalid)
	add(4, 1, 5, 3, func(r *worldResult) { r.complete = edu.No })
	add(1, 4, 1, 2)
	add(1, 4, 2, 3, func(r *worldResult) { r.condition = edu.ConditionStandardized })
	add(2, 4, 1, 1)
	add(1, 5, 1, 0)
	add(1, 5, 2, 0)
	add(1, 6, 2, 0)
	add(2, 7, 2, 0)
	return w
}

var classReader = scope.Scope{Tenant: "tamarack", Aggregates: true, Schools: []scope.School{{District: "D1", School: "A"}}}

func question(change func(*StudentListQuestion)) StudentListQuestion {
	q := StudentListQuestion{District: "D1", School: "A", Grade: 5}
	change(&q)
	return q
}

// brief says a list in one line per row.
func brief(l StudentList) []string {
	var lines []string
	for _, row := range l.Rows {
		line := row.Key + " " + row.Student.First
		for _, s := range l.Subjects {
			if r := row.Results[s]; r != nil {
				line += fmt.Sprintf(" %s %s %d", s, r.Taken.Format("0102"), r.Level)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestAListShowsEveryStudentWithAResultAndTheOneThatCounts(t *testing.T) {
	t.Parallel()
	l, err := smallClass().stored(t).StudentList(t.Context(), classReader, question(func(*StudentListQuestion) {}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"key-2 Bo Math 0503 2 ELA 0504 3", "key-3 Cy ELA 0504 1", "key-4 Di Math 0505 3", "key-1 Ann Math 0503 4 ELA 0504 2"}
	if diff := cmp.Diff(want, brief(l)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	ann := l.Rows[3].Results[edu.Math]
	if ann.LevelName != "Advanced" || ann.Score != (edu.Score{Value: 2201, Low: 2171, High: 2241}) || len(ann.Claims) != 1 || ann.Claims[0].Claim.Name != "Concepts" || ann.Claims[0].LevelName == "" {
		t.Errorf("Ann's result is %+v", ann)
	}
	if l.Rows[1].Results[edu.ELA].Condition != edu.ConditionInvalid || l.Rows[2].Results[edu.Math].Complete != edu.No {
		t.Error("the status of results is lost")
	}
	if diff := cmp.Diff([]edu.Group{{ID: "g1", Name: "Room 1"}, {ID: "g2", Name: "Room 2"}}, l.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if l.Shape[0].Students != 3 || l.Shape[1].Students != 2 || l.Shape[0].Levels[3].Count != 1 {
		t.Errorf("the shape of the class is %+v", l.Shape)
	}
	if s := l.Scales[edu.Math]; s.Min != 1200 || s.Levels[0].CutPoint != 1200 || s.Levels[3].CutPoint != 2100 || s.Claims[0].Name != "Concepts" {
		t.Errorf("the scale is %+v", s)
	}
	if diff := cmp.Diff(edu.AssessmentTypes, l.Types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestListsAreSortedAsAskedAndMissingValuesComeLast(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	for sort, want := range map[string]string{
		"":            "Bo Cy Di Ann",
		"name":        "Bo Cy Di Ann",
		"-name":       "Ann Di Cy Bo",
		"score.Math":  "Bo Di Ann Cy",
		"-score.Math": "Ann Di Bo Cy",
		"level.ELA":   "Cy Ann Bo Di",
		"-level.ELA":  "Bo Ann Cy Di",
		"date":        "Bo Cy Ann Di",
		"status":      "Cy Di Bo Ann",
	} {
		l, err := r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Sort = sort }))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range l.Rows {
			got = append(got, row.Student.First)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("sort %q: %v, want %s", sort, got, want)
		}
	}
	for _, sort := range []string{"x", "score", "claim.x", "claim.0", "name.x", "-", "--name"} {
		if _, err := r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Sort = sort })); !fault.Is(err, fault.Invalid) {
			t.Errorf("sort %q: %v, want invalid", sort, err)
		}
	}
	l, err := r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Sort, q.Subject = "-claim.1", edu.Math }))
	if err != nil || len(l.Rows) != 3 || !slices.IsSortedFunc(l.Rows, func(a, b StudentRow) int {
		return b.Results[edu.Math].Claims[0].Level - a.Results[edu.Math].Claims[0].Level
	}) {
		t.Errorf("sort by claim: %v, %v", brief(l), err)
	}
}

func TestListsCanBeNarrowed(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	for name, c := range map[string]struct {
		change func(*StudentListQuestion)
		want   string
	}{
		"to a subject":                      {func(q *StudentListQuestion) { q.Subject = edu.ELA }, "Bo Cy Ann"},
		"to a group":                        {func(q *StudentListQuestion) { q.GroupID = "g1" }, "Bo Ann"},
		"to complete results":               {func(q *StudentListQuestion) { q.Filters.Complete = []edu.Flag{edu.No} }, "Di"},
		"a filter by grade changes nothing": {func(q *StudentListQuestion) { q.Filters.Grades = []edu.Grade{3} }, "Bo Cy Di Ann"},
		"to nobody":                         {func(q *StudentListQuestion) { q.GroupID = "g9" }, ""},
		"to a year without results":         {func(q *StudentListQuestion) { q.Year = 2019 }, ""},
	} {
		l, err := r.StudentList(t.Context(), classReader, question(c.change))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range l.Rows {
			got = append(got, row.Student.First)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
		if len(l.Groups) != 2 && l.Year == 2026 {
			t.Errorf("%s: %d groups to choose from, want 2", name, len(l.Groups))
		}
	}
}

func TestInterimResultsHaveARowPerDayAndBlocksOnePerStudent(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	l, err := r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Type = edu.InterimComprehensive }))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"key-2 Bo Math 0501 1", "key-1 Ann Math 0502 3", "key-1 Ann Math 0501 2"}, brief(l)); diff != "" {
		t.Errorf("interim (-want +got):\n%s", diff)
	}
	l, err = r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Type = edu.InterimBlock }))
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != edu.Math || len(l.Rows) != 1 || len(l.Shape) != 0 {
		t.Fatalf("blocks of %s have %d rows, want Ann's in Math", l.Subject, len(l.Rows))
	}
	if diff := cmp.Diff([]string{"Fractions", "Block 10"}, l.Blocks); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	if got := l.Rows[0].Blocks["Fractions"]; len(got) != 2 || got[0].Taken.Day() != 2 || got[0].Level != 0 || got[0].Claims[0].LevelName == "" {
		t.Errorf("Ann's fractions are %+v, want two, the newer first", got)
	}
}

func TestListsRefuseWhatIsNotTheReaders(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	for _, c := range []struct {
		name string
		s    scope.Scope
		q    StudentListQuestion
		want fault.Kind
	}{
		{"another tenant", scope.Scope{Tenant: "hemlock", Aggregates: true, AllStudents: true}, question(func(*StudentListQuestion) {}), fault.NotFound},
		{"no students", anybody, question(func(*StudentListQuestion) {}), fault.Forbidden},
		{"another school", classReader, question(func(q *StudentListQuestion) { q.School = "B" }), fault.Forbidden},
		{"an unknown school", everybody, question(func(q *StudentListQuestion) { q.School = "Z" }), fault.NotFound},
		{"no school", everybody, question(func(q *StudentListQuestion) { q.School = "" }), fault.Invalid},
	} {
		if _, err := r.StudentList(t.Context(), c.s, c.q); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAReportShowsTheNewestOpportunityAndAllOthers(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	report, err := r.StudentReport(t.Context(), classReader, StudentReportQuestion{StudentID: 1})
	if err != nil {
		t.Fatal(err)
	}
	if report.Type != edu.Summative || report.Year != 2026 || report.Grade != 5 || report.Student.First != "Ann" || report.Place.School.Name != "Oak" || report.Place.District.ID != "D1" {
		t.Errorf("report is of %s in %v %v, grade %v at %v", report.Student.First, report.Type, report.Year, report.Grade, report.Place)
	}
	if len(report.Subjects) != 2 || len(report.Missing) != 0 {
		t.Fatalf("%d subjects and %v missing, want 2 and none", len(report.Subjects), report.Missing)
	}
	math, ela := report.Subjects[0], report.Subjects[1]
	if math.Result.Level != 4 || len(math.History) != 2 || math.History[0].Year != 2025 || math.History[1].AssessmentID != math.Result.AssessmentID || math.History[0].Scale.Max != 2400 {
		t.Errorf("Math is %+v", math)
	}
	if diff := cmp.Diff([]string{"Braille", "Calculator"}, ela.Accommodations); diff != "" {
		t.Errorf("accommodations (-want +got):\n%s", diff)
	}
	var got []string
	for _, o := range report.Opportunities {
		day := "-"
		if !o.Taken.IsZero() {
			day = o.Taken.Format("20060102")
		}
		got = append(got, fmt.Sprintf("%s %d %s %v", o.Type.Slug(), o.Year, day, o.Current))
	}
	want := []string{"summative 2026 20260504 true", "blocks 2026 - false", "interim 2026 20260502 false", "interim 2026 20260501 false", "summative 2025 20250503 false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("opportunities (-want +got):\n%s", diff)
	}
}

func TestAReportCanBeOfAnyOpportunity(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	interim, err := r.StudentReport(t.Context(), classReader, StudentReportQuestion{StudentID: 1, Type: edu.InterimComprehensive, Year: 2026, Taken: "20260501"})
	if err != nil {
		t.Fatal(err)
	}
	if len(interim.Subjects) != 1 || interim.Subjects[0].Result.Level != 2 || len(interim.Subjects[0].History) != 2 || !slices.Equal(interim.Missing, []edu.Subject{edu.ELA}) {
		t.Errorf("interim is %+v", interim)
	}
	blocks, err := r.StudentReport(t.Context(), classReader, StudentReportQuestion{StudentID: 1, Type: edu.InterimBlock})
	if err != nil {
		t.Fatal(err)
	}
	var names []string // in the order of the catalogue, which has no "Block 10"
	for _, b := range blocks.Subjects[0].Blocks {
		names = append(names, fmt.Sprintf("%s %d", block(b), b.Taken.Day()))
	}
	if diff := cmp.Diff([]string{"Fractions 2", "Fractions 1", "Block 10 2"}, names); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	invalid, err := r.StudentReport(t.Context(), classReader, StudentReportQuestion{StudentID: 3})
	if err != nil {
		t.Fatal(err)
	}
	if s := invalid.Subjects[0]; s.Result.Condition != edu.ConditionInvalid || len(s.History) != 1 || !slices.Equal(invalid.Missing, []edu.Subject{edu.Math}) {
		t.Errorf("the invalid result is %+v", invalid)
	}
}

func TestReportsOfOthersAndOfNobodyAreTheSame(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	elsewhere := scope.Scope{Tenant: "tamarack", Aggregates: true, Schools: []scope.School{{District: "D1", School: "B"}}}
	for _, c := range []struct {
		name string
		s    scope.Scope
		q    StudentReportQuestion
	}{
		{"another tenant", scope.Scope{Tenant: "hemlock", AllStudents: true}, StudentReportQuestion{StudentID: 1}},
		{"another school", elsewhere, StudentReportQuestion{StudentID: 1}},
		{"no students", anybody, StudentReportQuestion{StudentID: 1}},
		{"nobody", classReader, StudentReportQuestion{StudentID: 99}},
		{"no such year", classReader, StudentReportQuestion{StudentID: 1, Year: 2019}},
		{"no such day", classReader, StudentReportQuestion{StudentID: 1, Type: edu.InterimComprehensive, Taken: "20200101"}},
	} {
		_, err := r.StudentReport(t.Context(), c.s, c.q)
		if !fault.Is(err, fault.NotFound) || err.Error() != "There is no such report." {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
