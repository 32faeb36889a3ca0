package campaign

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
)

// numbersPublished is what is released of the present state. Its counts are made by the plain walk.
type numbersPublished struct {
	shelf atomic.Pointer[release.Shelf]
}

// publish releases both years of a state. Its numbers must be new: caches know releases by them.
func (p *numbersPublished) publish(w *numbersWorld, minN int) error {
	opened := map[int64]*release.Released{}
	var headings []release.Heading
	for i, year := range []edu.AcademicYear{2026, 2025} {
		counts := w.disclosed(year, minN)
		d, err := decide.Release(counts, nil)
		if err != nil {
			return err
		}
		answers, err := disclosure.Open(d, counts)
		if err != nil {
			return err
		}
		h := release.Heading{ID: int64(2*w.newest + i), Year: year, Number: 1, Kind: release.Final, At: time.Date(int(year), 9, 1, 0, 0, 0, 0, time.UTC), Subjects: edu.Subjects}
		opened[h.ID] = &release.Released{ID: h.ID, Year: year, Kind: h.Kind, At: h.At, Answers: answers}
		headings = append(headings, h)
	}
	p.shelf.Store(release.NewShelf(headings, func(_ context.Context, h release.Heading) (*release.Released, error) { return opened[h.ID], nil }))
	return nil
}

// disclosed counts what a release of a year is decided from.
func (w *numbersWorld) disclosed(year edu.AcademicYear, minN int) *disclosure.Counts {
	policy := disclosure.DefaultPolicy()
	policy.MinN = minN
	var schools []disclosure.Row
	for i, d := range w.schools {
		schools = append(schools, disclosure.Row{District: int32(d), School: int32(i + 1)})
	}
	subjects := []disclosure.SubjectLevels{{Subject: edu.Math, Levels: 4}, {Subject: edu.ELA, Levels: 4}}
	n := disclosure.NewCounts(disclosure.NewCatalogue(policy, []edu.Grade{3, 4, 5}), year, subjects, schools)
	for _, r := range w.newestOfEach() {
		a := numbersAssessments[r.assessment-1]
		if a.year != year {
			continue
		}
		subject, row := n.Subject(a.subject), n.Row(schools[r.school-1])
		for q := range n.Catalogue.Len() {
			if r.among(n.Catalogue.Options(disclosure.Question(q))) {
				n.Levels(subject, row, disclosure.Question(q))[r.level-1]++
			}
		}
	}
	n.Sum()
	return n
}

// among reports whether a result is one of those that have all the options.
func (r *numbersResult) among(options []disclosure.Option) bool {
	values := map[disclosure.Attribute]int16{disclosure.Grade: int16(r.grade), disclosure.LimitedEnglish: int16(r.flags[0]), disclosure.IEP: int16(r.flags[1]), disclosure.Section504: int16(r.flags[2]),
		disclosure.EconomicDisadvantage: int16(r.flags[3]), disclosure.Migrant: int16(r.flags[4]), disclosure.Ethnicity: int16(r.ethnicity), disclosure.Sex: int16(r.sex)}
	return !slices.ContainsFunc(options, func(o disclosure.Option) bool { return !slices.Contains(o.Values, values[o.Attribute]) })
}

// Shelf makes it what readers of releases read.
func (p *numbersPublished) Shelf(context.Context, tenant.ID) (*release.Shelf, error) {
	return p.shelf.Load(), nil
}

// Link makes it what readers of releases read.
func (p *numbersPublished) Link(context.Context, string) (release.Link, error) {
	return release.Link{}, fault.New(fault.NotFound, "This link opens nothing.")
}

// checkTold compares what everybody is told of a cell with the exact counts.
func checkTold(a disclosure.Answer, students, filtered map[int]int, minN int) error {
	all, n := 0, 0
	for level := range students {
		all, n = all+students[level], n+filtered[level]
	}
	if a.Visibility != disclosure.Shown {
		if a.Students != 0 || a.OutOf != 0 || a.Levels != nil || a.AtOrAbove != (disclosure.Band{}) {
			return fmt.Errorf("numbers where none may be: %+v", a)
		}
		if a.Visibility == disclosure.NoStudents && n > 0 {
			return fmt.Errorf("%d students, but nobody is told of", n)
		}
		return nil
	}
	if n < minN || a.Students != n || a.OutOf != 0 && a.OutOf != all {
		return fmt.Errorf("%d of %d students told, but %d of %d counted, and groups of less than %d are withheld", a.Students, a.OutOf, n, all, minN)
	}
	above := 0
	for i, b := range a.Levels {
		if err := inBand(b, filtered[i+1], n); err != nil {
			return fmt.Errorf("level %d: %w", i+1, err)
		}
		if i >= 2 {
			above += filtered[i+1]
		}
	}
	return inBand(a.AtOrAbove, above, n)
}

func inBand(b disclosure.Band, k, n int) error {
	if percent := (200*k + n) / (2 * n); percent < b.Low || percent > b.High {
		return fmt.Errorf("%d of %d are %d %%, not %d to %d", k, n, percent, b.Low, b.High)
	}
	return nil
}
