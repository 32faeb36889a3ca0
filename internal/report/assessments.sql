-- Assessments by id. $1 version, $2 ids. One row: an assessment.
select a.assessment_id, a.guid, a.type, a.subject, a.academic_year, a.period, a.score_min, a.score_max,
  a.level_names, a.cut_points, a.claim_numbers, a.claim_names, a.claim_score_min, a.claim_score_max, a.claim_level_names
from assessment a
where a.from_version <= $1 and a.to_version > $1 and a.assessment_id = any($2::int[])
