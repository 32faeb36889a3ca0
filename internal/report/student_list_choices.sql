-- What a reader can choose for one school and grade. $1 version, $2-$4 the reader's scope, $5 school id, $6 grade.
-- One row: academic year, type, subject with results.
select distinct o.academic_year, o.type, o.subject
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and o.school_id = $5 and o.grade = $6
