-- Students by name or identifier, for readers who see some students of the state: from the results of their districts and schools to the students.
--
-- $1 version, $2-$4 the reader's scope, $5 patterns that the names of a student match, $6 an identifier, $7 at most so many.
-- One row: a student with where the newest result of the scope is. The folding of names is that of searchable (find.go).
with seen as (
  select distinct on (o.student_id) o.student_id, o.district_id, o.school_id, o.grade, o.academic_year
  from assessment_outcome o
  where o.from_version <= $1 and o.to_version > $1
    and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  order by o.student_id, o.taken_on desc, o.batch_id desc
)
select s.student_id, s.code, coalesce(s.first_name, ''), coalesce(s.middle_name, ''), coalesce(s.last_name, ''), o.grade, o.academic_year,
  d.code, d.name, c.code, c.name
from seen o
join student s on s.student_id = o.student_id and s.from_version <= $1 and s.to_version > $1
cross join lateral (select concat_ws(' ', '', s.last_name, s.first_name, s.middle_name)) as n (names)
join district d on d.district_id = o.district_id and d.from_version <= $1 and d.to_version > $1
join school c on c.school_id = o.school_id and c.from_version <= $1 and c.to_version > $1
where s.code = $6
  or translate(lower(case when octet_length(names) = char_length(names) then names
    else regexp_replace(normalize(names, NFD), '[\u0300-\u036f]', '', 'g') end), 'đĐłŁøØı-''’,.', 'ddllooi     ') like all ($5::text[])
order by s.last_name, s.first_name, s.middle_name, s.code
limit $7
