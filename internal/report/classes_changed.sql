-- Classes (school, grade, academic year, type) in which anything that a student's report shows has changed since a version: a result of any kind of
-- one of the students, since a report shows earlier ones too; a name; an assessment; a school or district of any of the results, by whose codes it is
-- decided who may see them. Where little has changed, indexes lead to it.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 the earlier version, $6 students who have lost results.
-- One row: school id, grade, academic year, type.
with renamed as materialized (
  select s.school_id
  from school s
  join district d on d.district_id = s.district_id and d.from_version <= $1 and d.to_version > $1
  where s.from_version <= $1 and s.to_version > $1 and (s.from_version > $5 or d.from_version > $5)
), changed as materialized (
  select o.student_id
  from assessment_outcome o
  where o.from_version <= $1 and o.to_version > $1 and o.from_version > $5
    and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  union
  select o.student_id
  from assessment_outcome o
  where o.from_version <= $1 and o.to_version > $1 and o.school_id in (select r.school_id from renamed r)
    and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  union
  select s.student_id from student s where s.from_version <= $1 and s.to_version > $1 and s.from_version > $5
  union
  select unnest($6::int[])
)
select o.school_id, o.grade, o.academic_year, o.type
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and o.student_id in (select c.student_id from changed c)
union
select o.school_id, o.grade, o.academic_year, o.type
from assessment_outcome o
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and exists (select from assessment a where a.from_version <= $1 and a.to_version > $1 and a.from_version > $5)
  and o.assessment_id in (select a.assessment_id from assessment a where a.from_version <= $1 and a.to_version > $1 and a.from_version > $5)
