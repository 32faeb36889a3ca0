-- Every district of the state. $1 version. One row: id, code, name.
select d.district_id, d.code, d.name
from district d
where d.from_version <= $1 and d.to_version > $1
