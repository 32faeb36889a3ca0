-- Counted summative results of one academic year, by part of an institution, subject and level.
--
-- The view counted_outcome decides what counts: a student once per year and subject, by the newest valid result anywhere in the
-- state, so that parts add up to their whole. Filters apply to that result.
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
from counted_outcome o
where o.version = $1
  and o.academic_year = $2
  and ($4::int is null or o.district_id = $4)
  and ($5::int is null or o.school_id = $5)
group by 1, 2, 3
