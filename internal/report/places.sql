-- Schools with their districts. $1 version, $2 school ids. One row: school id, district code, district name, school code, school name.
select s.school_id, d.code, d.name, s.code, s.name
from school s
join district d on d.district_id = s.district_id and d.from_version <= $1 and d.to_version > $1
where s.from_version <= $1 and s.to_version > $1 and s.school_id = any($2::int[])
