package gallery

import "scorehouse/internal/draw"

// Chart is one chart of the gallery.
type Chart struct {
	Title string
	List  draw.List
}

// mathScale is the scale of a mathematics assessment of a grade, with the cut scores of a fictional state.
func mathScale(grade int, names [4]string) draw.Scale {
	cuts := map[int][5]float64{
		3: {2189, 2381, 2436, 2501, 2621}, 4: {2204, 2411, 2485, 2549, 2659}, 5: {2219, 2455, 2528, 2579, 2700},
		6: {2235, 2473, 2552, 2610, 2748}, 7: {2250, 2484, 2567, 2635, 2778}, 8: {2265, 2504, 2586, 2653, 2802}, 11: {2280, 2543, 2628, 2718, 2862},
	}[grade]
	s := draw.Scale{Min: cuts[0], Max: cuts[4], Standard: 3}
	for i, n := range names {
		s.Levels = append(s.Levels, draw.Level{Number: i + 1, Name: n, Cut: cuts[i]})
	}
	return s
}

// plainNames and longNames are level names as tenants write them.
var (
	plainNames = [4]string{"Level 1", "Level 2", "Level 3", "Level 4"}
	longNames  = [4]string{"Minimal Understanding", "Partial Understanding", "Adequate Understanding", "Thorough Understanding"}
)

// Charts returns every chart.
func Charts() []Chart {
	spreads := []draw.Spread{
		{Percents: []int{24, 22, 33, 21}, Standard: 3}, {Percents: []int{61, 20, 14, 5}, Standard: 3},
		{Percents: []int{3, 9, 38, 50}, Standard: 3}, {Percents: []int{1, 1, 97, 1}, Standard: 3},
	}
	axis := draw.NewAxis(248, 44, 54, spreads...)
	charts := []Chart{{"Head of aligned bars", axis.Head("Below", "Standard", "At or above standard")}}
	for _, s := range spreads {
		charts = append(charts, Chart{"Aligned bar", axis.Bar(s, 20, "")})
	}
	charts = append(charts, Chart{"No bar", axis.Empty()})
	for _, n := range []int{2, 3, 5, 6} {
		s := draw.Spread{Standard: n/2 + 1}
		for range n {
			s.Percents = append(s.Percents, 100/n)
		}
		s.Percents[0] += 100 - n*(100/n)
		charts = append(charts, Chart{"Full bar, other numbers of levels", draw.FullBar(s, 320, 32, "")})
	}
	for _, width := range []float64{680, 340} {
		for _, names := range [][4]string{plainNames, longNames} {
			charts = append(charts, Chart{"Score", draw.ScoreFigure(mathScale(4, names), draw.Score{Value: 2472, Low: 2451, High: 2490}, width, "Standard", "")})
		}
		charts = append(charts,
			Chart{"Score at the lowest end", draw.ScoreFigure(mathScale(8, plainNames), draw.Score{Value: 2265, Low: 2265, High: 2301}, width, "Standard", "")},
			Chart{"Score far out, wide band", draw.ScoreFigure(mathScale(8, plainNames), draw.Score{Value: 2790, Low: 2690, High: 2802}, width, "Standard", "")},
			Chart{"History", draw.History(sampleSlots(), width, "Standard", "no result", "")})
	}
	for _, score := range []draw.Score{{Value: 2472, Low: 2451, High: 2490}, {Value: 2204, Low: 2204, High: 2230}, {Value: 2659, Low: 2600, High: 2659}} {
		charts = append(charts, Chart{"Score in a cell", draw.Band(mathScale(4, plainNames), score, 148, 32, "")})
	}
	charts = append(charts, Chart{"Head of scores in cells", draw.BandHead(mathScale(4, plainNames), 148, "")})
	for level := 1; level <= 3; level++ {
		charts = append(charts, Chart{"Claim", draw.ClaimIcon(level)})
	}
	return append(charts, Chart{"Partial", draw.PartialIcon()}, Chart{"Invalid", draw.InvalidIcon()})
}

func sampleSlots() []draw.Slot {
	at := func(v, low, high float64) *draw.Score { return &draw.Score{Value: v, Low: low, High: high} }
	return []draw.Slot{
		{Label: "2021–22", Sub: "Grade 3", ShortLabel: "2022", ShortSub: "Gr. 3", Scale: mathScale(3, plainNames), Score: at(2401, 2379, 2423)},
		{Label: "2022–23", Sub: "Grade 4", ShortLabel: "2023", ShortSub: "Gr. 4", Scale: mathScale(4, plainNames), Score: at(2462, 2441, 2480)},
		{Label: "2023–24", ShortLabel: "2024"},
		{Label: "2024–25", Sub: "Grade 6", ShortLabel: "2025", ShortSub: "Gr. 6", Scale: mathScale(6, plainNames), Score: at(2548, 2520, 2571)},
		{Label: "2025–26", Sub: "Grade 7", ShortLabel: "2026", ShortSub: "Gr. 7", Scale: mathScale(7, plainNames), Score: at(2570, 2549, 2596)},
	}
}
