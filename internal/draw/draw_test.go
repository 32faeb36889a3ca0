package draw

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// math3 is the scale of a grade 3 mathematics assessment; cuts are not evenly spaced.
var math3 = Scale{Min: 2189, Max: 2621, Standard: 3, Levels: []Level{
	{1, "Minimal Understanding", 2189}, {2, "Partial Understanding", 2381}, {3, "Adequate Understanding", 2436}, {4, "Thorough Understanding", 2501}}}

var math5 = Scale{Min: 2219, Max: 2700, Standard: 3, Levels: []Level{
	{1, "Minimal Understanding", 2219}, {2, "Partial Understanding", 2455}, {3, "Adequate Understanding", 2528}, {4, "Thorough Understanding", 2579}}}

func charts() map[string]List {
	spread := Spread{[]int{24, 22, 33, 21}, 3}
	axis := NewAxis(240, 44, 57, spread, Spread{[]int{61, 20, 14, 5}, 3}, Spread{[]int{0, 0, 40, 60}, 3})
	history := []Slot{
		{"2023–24", "Grade 3", "2024", "Gr. 3", math3, &Score{2401, 2379, 2423}},
		{Label: "2024–25", ShortLabel: "2025"},
		{"2025–26", "Grade 5", "2026", "Gr. 5", math5, &Score{2541, 2515, 2560}},
	}
	return map[string]List{
		"full bar":                      FullBar(spread, 304, 32, "54% at or above the standard"),
		"full bar, all in one level":    FullBar(Spread{[]int{0, 0, 0, 100}, 3}, 304, 32, ""),
		"aligned bar":                   axis.Bar(spread, 20, ""),
		"aligned bar, nobody below":     axis.Bar(Spread{[]int{0, 0, 40, 60}, 3}, 20, ""),
		"aligned axis without a bar":    axis.Empty(),
		"head of the aligned bars":      axis.Head("Below", "Standard", "At or above"),
		"score, wide":                   ScoreFigure(math3, Score{2472, 2451, 2490}, 640, "Standard", "Score 2472"),
		"score, narrow":                 ScoreFigure(math3, Score{2472, 2451, 2490}, 340, "Standard", "Score 2472"),
		"score at the end of the scale": ScoreFigure(math3, Score{2189, 2189, 2210}, 640, "Standard", "Score 2189"),
		"band":                          Band(math3, Score{2472, 2451, 2490}, 140, 32, ""),
		"head of the bands":             BandHead(math3, 140, ""),
		"history with a gap":            History(history, 640, "Standard", "no result", "Two results"),
		"history narrow":                History(history, 200, "Standard", "no result", "Two results"),
		"claim below":                   ClaimIcon(1),
		"claim near":                    ClaimIcon(2),
		"claim above":                   ClaimIcon(3),
		"swatch of level 1":             Swatch(1, 4, 3, "1"),
	}
}

func TestChartsAreAsReviewed(t *testing.T) {
	t.Parallel()
	for name, list := range charts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", strings.NewReplacer(" ", "-", ",", "").Replace(name)+".txt")
			got := dump(list)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("chart %q differs from %s (run the test with -update, then review):\n%s", name, file, diff)
			}
			if err := sound(list); err != nil {
				t.Error(err)
			}
		})
	}
}

// dump writes a list one mark a line.
func dump(l List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "canvas %g by %g %q\n", l.Width, l.Height, l.Alt)
	for _, m := range l.Marks {
		switch m := m.(type) {
		case Rect:
			fmt.Fprintf(&b, "rect %s at %.1f,%.1f size %.1f,%.1f %s\n", m.Fill, m.X, m.Y, m.W, m.H, m.Stroke)
		case Line:
			fmt.Fprintf(&b, "line %s %.1f,%.1f to %.1f,%.1f width %g\n", m.Ink, m.X1, m.Y1, m.X2, m.Y2, m.Width)
		case Polygon:
			fmt.Fprintf(&b, "polygon %s", m.Fill)
			for _, p := range m.Points {
				fmt.Fprintf(&b, " %.1f,%.1f", p.X, p.Y)
			}
			b.WriteByte('\n')
		case Circle:
			fmt.Fprintf(&b, "circle %s %s at %.1f,%.1f radius %g\n", m.Fill, m.Stroke, m.X, m.Y, m.R)
		case Text:
			box := m.box()
			fmt.Fprintf(&b, "text %q %s from %.1f to %.1f baseline %.1f size %g\n", m.Text, m.Ink, box.x1, box.x2, m.Y, m.Size)
		}
	}
	return b.String()
}

// sound says whether every mark lies on the canvas and no text overlaps another.
func sound(l List) error {
	const hair = 0.05
	var texts []Text
	for _, m := range l.Marks {
		b := m.box()
		if b.x1 < -hair || b.y1 < -hair || b.x2 > l.Width+hair || b.y2 > l.Height+hair {
			return fmt.Errorf("%#v leaves the canvas of %g by %g", m, l.Width, l.Height)
		}
		if t, ok := m.(Text); ok {
			for _, other := range texts {
				if b.overlaps(other.box(), 0) {
					return fmt.Errorf("text %q overlaps %q", t.Text, other.Text)
				}
			}
			texts = append(texts, t)
		}
	}
	return nil
}

func TestNothingLeavesTheCanvasAndNoLabelsOverlap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spread := spreads().Draw(t, "spread")
		width := float64(rapid.IntRange(120, 900).Draw(t, "width"))
		others := rapid.SliceOfN(spreads(), 0, 4).Draw(t, "others")
		axis := NewAxis(width, 44, rapid.IntRange(-1, 100).Draw(t, "reference"), append(others, spread)...)
		lists := []List{FullBar(spread, width, 32, ""), axis.Bar(spread, 20, ""), axis.Empty(), axis.Head("Below", "Standard", "At or above")}

		scale := scales().Draw(t, "scale")
		score := scores(scale).Draw(t, "score")
		lists = append(lists, Band(scale, score, width, 32, ""), BandHead(scale, width, ""))
		figure := float64(rapid.IntRange(280, 900).Draw(t, "figure"))
		lists = append(lists, ScoreFigure(scale, score, figure, "Standard", ""))

		var slots []Slot
		for range rapid.IntRange(0, 9).Draw(t, "slots") {
			slot := Slot{Label: "2024–25", Sub: "Grade 4", ShortLabel: "2025", ShortSub: "Gr. 4"}
			if rapid.Bool().Draw(t, "has a score") {
				slot.Scale = scales().Draw(t, "scale of slot")
				s := scores(slot.Scale).Draw(t, "score of slot")
				slot.Score = &s
			}
			slots = append(slots, slot)
		}
		lists = append(lists, History(slots, figure, "Standard", "no result", ""))
		for _, l := range lists {
			if err := sound(l); err != nil {
				t.Fatalf("%v\n%s", err, dump(l))
			}
		}
	})
}

// spreads generates percents of two to six levels that add up to 100.
func spreads() *rapid.Generator[Spread] {
	return rapid.Custom(func(t *rapid.T) Spread {
		n, left := rapid.IntRange(2, 6).Draw(t, "levels"), 100
		s := Spread{Percents: make([]int, n), Standard: n/2 + 1}
		for i := range n - 1 {
			s.Percents[i] = rapid.IntRange(0, left).Draw(t, "percent")
			left -= s.Percents[i]
		}
		s.Percents[n-1] = left
		return s
	})
}

func scales() *rapid.Generator[Scale] {
	return rapid.Custom(func(t *rapid.T) Scale {
		n := rapid.IntRange(2, 6).Draw(t, "levels")
		s := Scale{Min: float64(rapid.IntRange(0, 2400).Draw(t, "min")), Standard: n/2 + 1}
		cut := s.Min
		for i := range n {
			name := rapid.SampledFrom([]string{"Level", "Minimal Understanding", "Đạt một phần yêu cầu", "Extraordinarilylongword"}).Draw(t, "name")
			s.Levels = append(s.Levels, Level{i + 1, name, cut})
			cut += float64(rapid.IntRange(0, 300).Draw(t, "step"))
		}
		s.Max = cut
		return s
	})
}

func scores(s Scale) *rapid.Generator[Score] {
	return rapid.Custom(func(t *rapid.T) Score {
		value := float64(rapid.IntRange(int(s.Min)-50, int(s.Max)+50).Draw(t, "value"))
		return Score{value, value - float64(rapid.IntRange(0, 200).Draw(t, "down")), value + float64(rapid.IntRange(0, 200).Draw(t, "up"))}
	})
}

func TestTextIsMeasuredWithTheTypeface(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		bold bool
		want float64
	}{
		{"0123456789", false, 4970}, // figures are tabular
		{"Nguyễn", false, Measure("Nguyên", 1000, false)},
		{"a\u0301", false, Measure("a", 1000, false)}, // combining marks have no width
		{"学", false, 1000},
	} {
		if got := Measure(c.text, 1000, c.bold); got != c.want {
			t.Errorf("Measure(%q) = %g, want %g", c.text, got, c.want)
		}
	}
	if Measure("Standard", 13, true) <= Measure("Standard", 13, false) {
		t.Error("semibold is not wider than regular")
	}
}

func TestSVGHasNoStylesAndEscapesText(t *testing.T) {
	t.Parallel()
	l := List{Width: 10, Height: 10, Alt: `a "quote" & <tag>`}
	l.add(Text{Text: "<b>&", Size: Small, Ink: Dark}, Rect{W: 5, H: 5, Fill: BelowFar})
	got := SVG(l, Options{Class: "x"})
	want := `<svg class="draw x" width="10" height="10" viewBox="0 0 10 10" role="img" aria-label="a &#34;quote&#34; &amp; &lt;tag&gt;">` +
		`<text x="0" y="0" class="t-ink">&lt;b&gt;&amp;</text><rect x="0" y="0" width="5" height="5" class="f-bf" fill="url(#p-bf)"/></svg>`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SVG (-want +got):\n%s", diff)
	}
	if strings.Contains(got, "style") {
		t.Error("SVG has a style")
	}
}

func TestLevelsTakeTheirInkFromTheStandard(t *testing.T) {
	t.Parallel()
	for levels, want := range map[int]string{
		2: "bf af", 3: "bf an af", 4: "bf bn an af", 5: "bf bn an am af", 6: "bf bm bn an am af",
	} {
		var got []string
		for level := 1; level <= levels; level++ {
			got = append(got, string(LevelInk(level, levels, levels/2+1)))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%d levels: inks %s, want %s", levels, s, want)
		}
	}
}
