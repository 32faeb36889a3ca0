-- How many counted summative results of an institution and year do not state an attribute; counted as in counts.sql,
-- without filters.
--
-- $1 version, $2 academic year, $3 district id or null, $4 school id or null.
-- One row in all: results, then of them those without limited English, IEP, section 504, economic disadvantage,
-- migrant, ethnicity, sex.
select
  count(*),
  count(*) filter (where o.limited_english = 0),
  count(*) filter (where o.iep = 0),
  count(*) filter (where o.section_504 = 0),
  count(*) filter (where o.economic_disadvantage = 0),
  count(*) filter (where o.migrant = 0),
  count(*) filter (where o.ethnicity = 0),
  count(*) filter (where o.sex = 0)
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1
  and o.academic_year = $2 and o.type = 1
  and o.condition in (0, 1) and o.performance_level is not null
  and ($3::int is null or o.district_id = $3)
  and ($4::int is null or o.school_id = $4)
  and not exists (
    select from assessment_outcome n
    where n.student_id = o.student_id
      and n.from_version <= $1 and n.to_version > $1
      and n.academic_year = $2 and n.type = 1 and n.subject = o.subject
      and n.condition in (0, 1) and n.performance_level is not null
      and (n.taken_on, n.batch_id, n.assessment_id) > (o.taken_on, o.batch_id, o.assessment_id))
