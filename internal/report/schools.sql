-- Every school of a district. $1 version, $2 district id. One row: id, code, name.
select s.school_id, s.code, s.name
from school s
where s.from_version <= $1 and s.to_version > $1 and s.district_id = $2
