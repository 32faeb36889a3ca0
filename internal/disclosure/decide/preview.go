package decide

import (
	"fmt"
	"slices"

	"scorehouse/internal/disclosure"
)

// Forecast is what a release would do, before it is made: for the people who review it.
type Forecast struct {
	MinN     int
	Decision *disclosure.Decision // with tallies and reasons
	Shares   []disclosure.Share   // by question

	// Beside the newest earlier release of the year; all 0 when there is none.
	Exposed int // cells that were hidden and would be shown
	Lost    int // cells that were shown and would be hidden; their old numbers stay known
	Changed int // of Lost those that changed by few students: wait and release more of them together
}

// Preview decides without releasing: by the policy as it is, then with each other smallest number.
func Preview(now *disclosure.Counts, earlier []Earlier, others ...int) ([]Forecast, error) {
	var all []Forecast
	for i, minN := range append([]int{now.Catalogue.Policy().MinN}, others...) {
		counts := now
		if i > 0 {
			if counts = now.WithMinN(minN); minN < 1 {
				return nil, fmt.Errorf("preview: a smallest number of %d", minN)
			}
		}
		d, err := Release(counts, earlier)
		if err != nil {
			return nil, err
		}
		r, err := disclosure.Open(d, counts)
		if err != nil {
			return nil, err
		}
		f := Forecast{MinN: minN, Decision: d, Shares: r.Shares()}
		if len(earlier) > 0 {
			f.compare(counts, earlier[len(earlier)-1])
		}
		all = append(all, f)
	}
	return all, nil
}

// compare counts what would be seen otherwise than in an earlier release.
func (f *Forecast) compare(now *disclosure.Counts, e Earlier) {
	for i, s := range f.Decision.Subjects {
		f.Changed += s.Tallies[0].Hidden[disclosure.Change] + s.Tallies[1].Hidden[disclosure.Change] + s.Tallies[2].Hidden[disclosure.Change]
		before := slices.IndexFunc(e.Decision.Subjects, func(x disclosure.SubjectDecision) bool { return x.Subject == s.Subject })
		if before < 0 {
			continue
		}
		byKey := map[string]disclosure.Question{}
		for q := range e.Counts.Catalogue.Len() {
			byKey[e.Counts.Catalogue.Key(disclosure.Question(q))] = disclosure.Question(q)
		}
		for q := range now.Catalogue.Len() {
			old, ok := byKey[now.Catalogue.Key(disclosure.Question(q))]
			if !ok {
				continue
			}
			for row, r := range now.Rows {
				there := e.Counts.Row(r)
				if there < 0 || now.Students(i, row, disclosure.Question(q))+e.Counts.Students(before, there, old) == 0 {
					continue
				}
				is, was := f.Decision.Shown(i, row, disclosure.Question(q)), e.Decision.Shown(before, there, old)
				switch {
				case is && !was:
					f.Exposed++
				case was && !is:
					f.Lost++
				}
			}
		}
	}
}
