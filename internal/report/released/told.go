package released

import (
	"context"
	"strconv"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
)

// Of returns what everybody is told of a state, for the reports of people who are signed in.
func Of(s Source, id tenant.ID) report.Releases { return ofState{s, id} }

type ofState struct {
	source Source
	id     tenant.ID
}

func (o ofState) Years(ctx context.Context) ([]edu.AcademicYear, error) {
	return o.source.Years(ctx, o.id)
}

func (o ofState) Told(ctx context.Context, year edu.AcademicYear) (*report.Told, error) {
	r, err := o.source.Newest(ctx, o.id, year)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &report.Told{Key: strconv.FormatInt(r.ID, 10), Subjects: map[edu.Subject]report.ToldSubject{}}
	for _, d := range r.Answers.Decision.Subjects {
		t.Subjects[d.Subject] = report.ToldSubject{Kind: string(r.Kind), At: r.At, Answers: r.Answers}
	}
	return t, nil
}
