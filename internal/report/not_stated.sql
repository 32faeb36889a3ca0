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
from counted_outcome o
where o.version = $1
  and o.academic_year = $2
  and ($3::int is null or o.district_id = $3)
  and ($4::int is null or o.school_id = $4)
