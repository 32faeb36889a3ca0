package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
)

func TestAListCanShowTheStudentsOfALevelTogetherOrThoseCloseToACut(t *testing.T) {
	t.Parallel()
	w := smallClass()
	w.results[0].score = 2110 // Ann in Math, level 4, likely 2080 to 2150: level 4 begins at 2100
	w.results[5].score = 1770 // Bo in ELA, level 3, likely 1740 to 1810: on both sides of 1800
	r := w.stored(t)
	for _, c := range []struct {
		what   string
		change func(*StudentListQuestion)
		want   string
	}{
		{"by level", func(q *StudentListQuestion) { q.View, q.Subject = ByLevel, edu.ELA }, "1:1 2:1 3:1 | Cy Ann Bo"},
		{"by level of the first subject", func(q *StudentListQuestion) { q.View = ByLevel }, "2:1 3:1 4:1 | Bo Di Ann"},
		{"by level, each sorted", func(q *StudentListQuestion) { q.View, q.Sort = ByLevel, "-name" }, "2:1 3:1 4:1 | Bo Di Ann"},
		{"close to a cut", func(q *StudentListQuestion) { q.View = NearCut }, "of 4 | Bo Ann"},
		{"close to a cut in a subject", func(q *StudentListQuestion) { q.View, q.Subject, q.Sort = NearCut, edu.Math, "-score.Math" }, "of 3 | Ann"},
		{"close to a cut, of a group", func(q *StudentListQuestion) { q.View, q.GroupID = NearCut, "g2" }, "of 1 | Bo"},
	} {
		l, err := r.StudentList(t.Context(), classReader, question(c.change))
		if err != nil {
			t.Fatal(err)
		}
		var head, names []string
		for _, g := range l.Levels {
			head = append(head, fmt.Sprintf("%d:%d", g.Level, g.Students))
		}
		if l.View == NearCut {
			head = append(head, fmt.Sprintf("of %d", l.Considered))
			if len(l.Shape) > 0 || l.Students != len(l.Rows) {
				t.Errorf("%s: %d distributions, %d students in %d rows", c.what, len(l.Shape), l.Students, len(l.Rows))
			}
		}
		for _, row := range l.Rows {
			names = append(names, row.Student.First)
		}
		if got := strings.Join(head, " ") + " | " + strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	l, err := r.StudentList(t.Context(), classReader, question(func(*StudentListQuestion) {}))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range l.Rows {
		for s, result := range row.Results {
			want := map[string][]int{"Ann Math": {3}, "Bo " + string(edu.ELA): {2}}[row.Student.First+" "+string(s)]
			if !slices.Equal(result.Otherwise, want) {
				t.Errorf("%s in %s could be %v, want %v", row.Student.First, s, result.Otherwise, want)
			}
		}
	}
	if _, err := r.StudentList(t.Context(), classReader, question(func(q *StudentListQuestion) { q.Type, q.View = edu.InterimBlock, NearCut })); !fault.Is(err, fault.Invalid) {
		t.Errorf("blocks close to a cut: %v, want invalid", err)
	}
}

func TestLevelsReachedAreThoseOnTheOtherSideOfEachCut(t *testing.T) {
	t.Parallel()
	s := Scale{Min: 1200, Max: 2400, Levels: []edu.PerformanceLevel{{Number: 1, CutPoint: 1200}, {Number: 2, CutPoint: 1400}, {Number: 3, CutPoint: 1800}, {Number: 4, CutPoint: 2100}}}
	for _, c := range []struct {
		level         int
		low, it, high int16
		want          []int
	}{
		{1, 1200, 1210, 1399, nil}, {1, 1200, 1210, 1400, []int{2}}, {2, 1400, 1410, 1799, nil}, {2, 1399, 1410, 1800, []int{1, 3}},
		{3, 1390, 1900, 2110, []int{1, 2, 4}}, {4, 2100, 2110, 2400, nil}, {0, 1390, 1400, 1410, nil},
	} {
		if got := s.reached(Result{Level: c.level, Score: edu.Score{Value: c.it, Low: c.low, High: c.high}}); !slices.Equal(got, c.want) {
			t.Errorf("level %d, %d to %d: reaches %v, want %v", c.level, c.low, c.high, got, c.want)
		}
	}
}
