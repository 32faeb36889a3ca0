-- Places where assessments were taken. A place without code and name is no place.

create temporary table location_match on commit drop as
select distinct coalesce(location_code, '') as code, coalesce(location_name, '') as name, null::int as location_id
from staged_outcome
where operation = 1 and (location_code <> '' or location_name <> '');

insert into location (code, name)
select nullif(code, ''), nullif(name, '') from location_match order by code, name
on conflict (code, name) do nothing;

update location_match m set location_id = l.location_id
from location l
where coalesce(l.code, '') = m.code and coalesce(l.name, '') = m.name;

analyze location_match;
