-- Counted summative results of one academic year, by part of an institution, subject and level.
--
-- A student counts once per year and subject, by the newest valid result anywhere in the state (day taken, then
-- batch), so that parts add up to their whole. Filters apply to that result.
--
-- $1 version, $2 academic year, $3 what the parts are: 0 districts, 1 schools, 2 grades, $4 district id or null,
-- $5 school id or null; filters, null when not set: $6 grades, $7 limited English, $8 IEP, $9 section 504,
-- $10 economic disadvantage, $11 migrant, $12 ethnicities, $13 sexes, $14 complete.
-- One row: part (district id, school id or grade), subject, level, students, students that pass the filters.
select
  case $3::int when 0 then o.district_id when 1 then o.school_id else o.grade::int end as part,
  o.subject,
  o.performance_level,
  count(*) as students,
  count(*) filter (where
        ($6::smallint[] is null or o.grade = any($6))
    and ($7::smallint[] is null or o.limited_english = any($7))
    and ($8::smallint[] is null or o.iep = any($8))
    and ($9::smallint[] is null or o.section_504 = any($9))
    and ($10::smallint[] is null or o.economic_disadvantage = any($10))
    and ($11::smallint[] is null or o.migrant = any($11))
    and ($12::smallint[] is null or o.ethnicity = any($12))
    and ($13::smallint[] is null or o.sex = any($13))
    and ($14::smallint[] is null or o.complete = any($14))) as filtered
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1
  and o.academic_year = $2 and o.type = 1
  and o.condition in (0, 1) and o.performance_level is not null
  and ($4::int is null or o.district_id = $4)
  and ($5::int is null or o.school_id = $5)
  and not exists (
    select from assessment_outcome n
    where n.student_id = o.student_id
      and n.from_version <= $1 and n.to_version > $1
      and n.academic_year = $2 and n.type = 1 and n.subject = o.subject
      and n.condition in (0, 1) and n.performance_level is not null
      and (n.taken_on, n.batch_id, n.assessment_id) > (o.taken_on, o.batch_id, o.assessment_id))
group by 1, 2, 3
