package population

import (
	"cmp"
	"context"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// Distribution returns how many students of a whole institution are on each level, without regard to its parts: counts whose Part is 0, by subject
// and level.
func (x *Index) Distribution(ctx context.Context, version int, q report.CountQuestion) ([]report.Count, error) {
	counts, err := x.Counts(ctx, version, q)
	if err != nil {
		return nil, err
	}
	bySubject := map[edu.Subject][]report.Count{}
	for _, n := range counts {
		n.Part = 0
		bySubject[n.Subject] = append(bySubject[n.Subject], n)
	}
	var all []report.Count
	for _, n := range bySubject {
		all = append(all, merged(n)...)
	}
	slices.SortFunc(all, func(a, b report.Count) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
	})
	return all, nil
}

// Change is a count of the year asked about beside that of the year before. Either may be zero, not both.
type Change struct {
	Part        int
	Subject     edu.Subject
	Level       int
	Now, Before int // students that pass the filters
}

// Changes returns how the counts of an institution's parts changed since the year before, by part, subject and level. Both years are those of one version.
func (x *Index) Changes(ctx context.Context, version int, q report.CountQuestion) ([]Change, error) {
	now, err := x.Counts(ctx, version, q)
	if err != nil {
		return nil, err
	}
	q.Year--
	before, err := x.Counts(ctx, version, q)
	if err != nil {
		return nil, err
	}
	type key struct {
		part    int
		subject edu.Subject
		level   int
	}
	byKey := map[key]Change{}
	for i, counts := range [][]report.Count{now, before} {
		for _, n := range counts {
			k := key{n.Part, n.Subject, n.Level}
			c := byKey[k]
			c.Part, c.Subject, c.Level = n.Part, n.Subject, n.Level
			if i == 0 {
				c.Now = n.Filtered
			} else {
				c.Before = n.Filtered
			}
			byKey[k] = c
		}
	}
	var all []Change
	for _, c := range byKey {
		if c.Now+c.Before > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
	})
	return all, nil
}
