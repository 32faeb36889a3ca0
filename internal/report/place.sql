-- Where a result was: names of its district and school. $1 version, $2 district id, $3 school id.
-- One row: district code, district name, school code, school name.
select d.code, d.name, s.code, s.name
from district d
join school s on s.from_version <= $1 and s.to_version > $1 and s.school_id = $3
where d.from_version <= $1 and d.to_version > $1 and d.district_id = $2
