package warehouse

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
)

// describe makes a new version of the assessment when the batch describes it otherwise than the warehouse does, in
// whatever point. A batch that only deletes describes nothing.
func (run *publishing) describe(ctx context.Context, _ Source) error {
	columns := assessmentColumns(run.assessment)
	held, err := run.heldAssessment(ctx, columns)
	if err != nil {
		return err
	}
	run.assessmentID = held.id
	switch {
	case !run.creates || held.newest > run.batch.ID:
		return nil
	case held.same:
		return run.confirmAssessment(ctx, held.newest)
	case held.id == 0:
		if err := run.tx.QueryRow(ctx, `select nextval('assessment_id')::int`).Scan(&run.assessmentID); err != nil {
			return err
		}
	default:
		run.redescribed = held.repeatedDiffers
		_, err := run.tx.Exec(ctx, `update assessment set to_version = $1 where assessment_id = $2 and to_version = 2147483647`, run.done.Version, held.id)
		if err != nil {
			return err
		}
	}
	_, err = run.tx.Exec(ctx, `
		insert into assessment (guid, academic_year, type, subject, period, form_version, effective_on, score_min, score_max,
			level_names, cut_points, claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names,
			assessment_id, batch_id, from_version)
		values ($1, $2, $3, $4, $5, $6, to_date($7, 'YYYYMMDD'), $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		append(columns, run.assessmentID, run.batch.ID, run.done.Version)...)
	return err
}

// heldAssessment is the warehouse's current version of an assessment. The zero value means that there is none.
type heldAssessment struct {
	id              int32
	newest          int32 // the last batch that brought this description
	same            bool  // the batch's description is equal
	repeatedDiffers bool  // year, type or subject differ, which every result repeats
}

func (run *publishing) heldAssessment(ctx context.Context, columns []any) (h heldAssessment, err error) {
	err = run.tx.QueryRow(ctx, `
		select a.assessment_id, greatest(a.batch_id, f.batch_id),
			(academic_year, type, subject, period, form_version, effective_on, score_min, score_max,
				level_names, cut_points, claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names)
			is not distinct from ($2, $3, $4, $5, $6, to_date($7, 'YYYYMMDD'), $8, $9, $10, $11, $12, $13, $14, $15, $16),
			(academic_year, type, subject) is distinct from ($2, $3, $4)
		from assessment a
		left join confirmed_dimension f on f.dimension = 'assessment' and f.id = a.assessment_id
		where a.guid = $1 and a.to_version = 2147483647`, columns...).
		Scan(&h.id, &h.newest, &h.same, &h.repeatedDiffers)
	if errors.Is(err, pgx.ErrNoRows) {
		return heldAssessment{}, nil
	}
	return h, err
}

func (run *publishing) confirmAssessment(ctx context.Context, newest int32) error {
	if newest >= run.batch.Awaited {
		return nil
	}
	_, err := run.tx.Exec(ctx, `
		insert into confirmed_dimension (dimension, id, batch_id) values ('assessment', $1, $2)
		on conflict (dimension, id) do update set batch_id = excluded.batch_id`, run.assessmentID, run.batch.ID)
	return err
}

// assessmentColumns returns the values of the columns guid, academic_year, type, subject, period, form_version,
// effective_on (as YYYYMMDD), score_min, score_max, level_names, cut_points, claim_numbers, claim_names,
// claim_score_min, claim_score_max and claim_level_names.
func assessmentColumns(a edu.Assessment) []any {
	levels, cuts := make([]string, 0, len(a.Levels)), make([]int16, 0, len(a.Levels))
	for i, l := range a.Levels {
		levels = append(levels, l.Name)
		if i > 0 {
			cuts = append(cuts, l.CutPoint)
		}
	}
	n := len(a.Claims)
	numbers, names := make([]int16, 0, n), make([]string, 0, n)
	lowest, highest := make([]int16, 0, n), make([]int16, 0, n)
	for _, c := range a.Claims {
		numbers, names = append(numbers, int16(c.Number)), append(names, c.Name)
		lowest, highest = append(lowest, c.Min), append(highest, c.Max)
	}
	return []any{a.GUID, int16(a.Year), int16(a.Type), string(a.Subject), a.Period, a.Version, a.EffectiveDate, a.ScoreMin, a.ScoreMax,
		levels, cuts, numbers, names, lowest, highest, append([]string{}, a.ClaimLevels...)}
}
