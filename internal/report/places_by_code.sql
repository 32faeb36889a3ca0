-- Names of some districts and schools. $1 version, $2 codes of districts, $3 codes of the districts of schools and $4 of the schools themselves.
-- One row: district code, district name, school code, school name; the last two are empty in the row of a district.
select d.code, d.name, '', ''
from district d
where d.from_version <= $1 and d.to_version > $1 and d.code = any($2::text[])
union all
select d.code, d.name, s.code, s.name
from unnest($3::text[], $4::text[]) as wanted (district, school)
join district d on d.code = wanted.district and d.from_version <= $1 and d.to_version > $1
join school s on s.district_id = d.district_id and s.code = wanted.school and s.from_version <= $1 and s.to_version > $1
