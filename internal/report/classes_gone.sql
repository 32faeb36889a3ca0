-- Results that hold in a version and no longer in a later one: who had them, and where.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 the later version.
-- One row: student id, school id, grade, academic year, type.
select distinct o.student_id, o.school_id, o.grade, o.academic_year, o.type
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1 and o.to_version <= $5
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
