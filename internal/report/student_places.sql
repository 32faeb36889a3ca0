-- The schools in which one student has results that the reader may see.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 student id. One row: a school, with its district.
select d.code, c.code
from (
  select distinct o.district_id, o.school_id
  from assessment_outcome o
  where o.from_version <= $1 and o.to_version > $1
    and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
    and o.student_id = $5
) as at
join district d on d.district_id = at.district_id and d.from_version <= $1 and d.to_version > $1
join school c on c.school_id = at.school_id and c.from_version <= $1 and c.to_version > $1
order by d.code, c.code
