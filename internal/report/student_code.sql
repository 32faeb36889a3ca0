-- The number here of the student whom the state knows by a code, if the reader may see a result of the student.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 the code. One row, or none.
select distinct s.student_id
from student s
join assessment_outcome o on o.student_id = s.student_id and o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
where s.code = $5 and s.from_version <= $1 and s.to_version > $1
