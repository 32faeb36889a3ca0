-- Which parts of an institution have interim results (comprehensive or blocks) in a year, by subject.
--
-- $1 version, $2 academic year, $3 what the parts are: 0 districts, 1 schools, 2 grades, $4 district id or null,
-- $5 school id or null.
-- One row: part (district id, school id or grade), subject.
select distinct
  case $3::int when 0 then o.district_id when 1 then o.school_id else o.grade::int end as part,
  o.subject
from interim_outcome o
where o.version = $1
  and o.academic_year = $2
  and ($4::int is null or o.district_id = $4)
  and ($5::int is null or o.school_id = $5)
