-- Every district and every school of the state, by name. $1 version. One row: district code, district name, school code, school name; the last two
-- are empty in the row of a district.
select d.code, d.name, '', ''
from district d
where d.from_version <= $1 and d.to_version > $1
union all
select d.code, d.name, s.code, s.name
from school s
join district d on d.district_id = s.district_id and d.from_version <= $1 and d.to_version > $1
where s.from_version <= $1 and s.to_version > $1
