package released

import (
	"context"

	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
)

// Of returns what everybody is told of a state, for the reports of people who are signed in.
func Of(s Source, id tenant.ID) report.Releases { return ofState{s, id} }

type ofState struct {
	source Source
	id     tenant.ID
}

func (o ofState) Shelf(ctx context.Context) (report.Shelf, error) {
	s, err := o.source.Shelf(ctx, o.id)
	return shelf{s}, err
}

// shelf is a release.Shelf as reports read it.
type shelf struct{ *release.Shelf }

func (s shelf) Told(ctx context.Context, year edu.AcademicYear, number int) (*report.Told, error) {
	v, err := s.View(ctx, year, number)
	if err != nil || len(v.Parts) == 0 {
		return nil, err
	}
	t := &report.Told{Key: v.Key(), Subjects: map[edu.Subject]report.ToldSubject{}}
	for _, p := range v.Parts {
		t.Subjects[p.Subject] = report.ToldSubject{Kind: string(p.Release.Kind), At: p.Release.At, MinN: p.Release.Answers.Decision.Catalogue.Policy().MinNFor(p.Subject), Answers: p.Release.Answers}
	}
	for _, h := range v.Releases {
		t.Releases = append(t.Releases, report.ToldRelease{Number: h.Number, Kind: string(h.Kind), At: h.At})
	}
	return t, nil
}
