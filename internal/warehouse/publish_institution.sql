-- Districts and schools of the batch. $1 version, $2 batch, $3 the last earlier batch that is still to come (0: none).

-- One row per district that the file names, with the names of its last school.
create temporary table district_match on commit drop as
select s.code, s.name, coalesce(c.district_id, nextval('district_id')::int) as district_id,
  case
    when c.district_id is null then 'new'
    when greatest(c.batch_id, f.batch_id) > $2 then 'older'
    when c.name = s.name then 'same'
    else 'changed'
  end as act,
  greatest(c.batch_id, f.batch_id) < $3 as unconfirmed
from (
  select distinct on (district_code) district_code as code, district_name as name
  from staged_school
  order by district_code, school_number desc
) s
left join district c on c.code = s.code and c.to_version = 2147483647
left join confirmed_dimension f on f.dimension = 'district' and f.id = c.district_id;

update district d set to_version = $1
from district_match m
where m.act = 'changed' and d.district_id = m.district_id and d.to_version = 2147483647;

insert into district (district_id, code, name, batch_id, from_version)
select district_id, code, name, $2, $1 from district_match where act in ('new', 'changed') order by district_id;

insert into confirmed_dimension (dimension, id, batch_id)
select 'district', district_id, $2 from district_match where act = 'same' and unconfirmed
on conflict (dimension, id) do update set batch_id = excluded.batch_id;

-- One row per school that the file names, by the number that staged outcomes use.
create temporary table school_match on commit drop as
select s.school_number, d.district_id, s.school_code as code, s.school_name as name,
  coalesce(c.school_id, nextval('school_id')::int) as school_id,
  case
    when c.school_id is null then 'new'
    when greatest(c.batch_id, f.batch_id) > $2 then 'older'
    when c.name = s.school_name then 'same'
    else 'changed'
  end as act,
  greatest(c.batch_id, f.batch_id) < $3 as unconfirmed
from staged_school s
join district_match d on d.code = s.district_code
left join school c on c.district_id = d.district_id and c.code = s.school_code and c.to_version = 2147483647
left join confirmed_dimension f on f.dimension = 'school' and f.id = c.school_id
order by d.district_id, s.school_number;

update school s set to_version = $1
from school_match m
where m.act = 'changed' and s.school_id = m.school_id and s.to_version = 2147483647;

insert into school (school_id, district_id, code, name, batch_id, from_version)
select school_id, district_id, code, name, $2, $1 from school_match where act in ('new', 'changed') order by school_id;

insert into confirmed_dimension (dimension, id, batch_id)
select 'school', school_id, $2 from school_match where act = 'same' and unconfirmed
on conflict (dimension, id) do update set batch_id = excluded.batch_id;

analyze school_match;
