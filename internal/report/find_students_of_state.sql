-- Students by name or identifier, for readers who see all students of the state: from the students to their newest results.
--
-- $1 version, $2-$4 the reader's scope (all students, hence not looked at again), $5 patterns that the names of a student match, $6 an identifier,
-- $7 at most so many. One row: a student with where the newest result is. The folding of names is that of searchable (find.go).
with named as (
  select s.student_id, s.code, s.first_name, s.middle_name, s.last_name
  from student s
  where s.from_version <= $1 and s.to_version > $1 and s.code = $6
  union
  (select s.student_id, s.code, s.first_name, s.middle_name, s.last_name
  from student s,
    lateral (select concat_ws(' ', '', s.last_name, s.first_name, s.middle_name)) as n (names)
  where s.from_version <= $1 and s.to_version > $1
    and translate(lower(case when octet_length(names) = char_length(names) then names
      else regexp_replace(normalize(names, NFD), '[\u0300-\u036f]', '', 'g') end), 'đĐłŁøØı-''’,.', 'ddllooi     ') like all ($5::text[])
  order by s.last_name, s.first_name, s.middle_name, s.code
  limit $7)
)
select n.student_id, n.code, coalesce(n.first_name, ''), coalesce(n.middle_name, ''), coalesce(n.last_name, ''), o.grade, o.academic_year,
  d.code, d.name, c.code, c.name
from named n
cross join lateral (
  select o.district_id, o.school_id, o.grade, o.academic_year
  from assessment_outcome o
  where o.student_id = n.student_id and o.from_version <= $1 and o.to_version > $1
    and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  order by o.taken_on desc, o.batch_id desc
  limit 1
) o
join district d on d.district_id = o.district_id and d.from_version <= $1 and d.to_version > $1
join school c on c.school_id = o.school_id and c.from_version <= $1 and c.to_version > $1
order by n.last_name, n.first_name, n.middle_name, n.code
limit $7
