-- Students of the batch. $1 version, $2 batch, $3 the last earlier batch that is still to come (0: none), $4 whether
-- confirmations matter: a later batch is published already, or an earlier one is still to come.

-- One row per student with a create row.
create temporary table student_match on commit drop as
select s.line, s.code, coalesce(c.student_id, nextval('student_id')::int) as student_id,
  case
    when c.student_id is null then 'new'
    when greatest(c.batch_id, f.batch_id) > $2 then 'older'
    when (c.external_id, c.first_name, c.middle_name, c.last_name, c.birth_on, c.sex, c.group_ids, c.group_names)
      is not distinct from
      (s.external_id, s.first_name, s.middle_name, s.last_name, s.birth_on, s.sex, s.group_ids, s.group_names) then 'same'
    else 'changed'
  end as act,
  greatest(c.batch_id, f.batch_id) < $3 as unconfirmed,
  c.ctid as held_at
from staged_student s
left join student_current c on c.code = s.code
left join confirmed_dimension f on $4 and f.dimension = 'student' and f.id = c.student_id
order by s.line;

analyze student_match (code, student_id, act);

update student s set to_version = $1
from student_match m
where m.act = 'changed' and s.ctid = m.held_at and s.to_version = 2147483647;

insert into student_current (student_id, code, external_id, first_name, middle_name, last_name, birth_on, sex, group_ids, group_names,
  batch_id, from_version)
select m.student_id, s.code, s.external_id, s.first_name, s.middle_name, s.last_name, s.birth_on, s.sex, s.group_ids, s.group_names,
  $2, $1
from student_match m
join staged_student s on s.line = m.line
where m.act in ('new', 'changed')
order by s.line;

insert into confirmed_dimension (dimension, id, batch_id)
select 'student', student_id, $2 from student_match where act = 'same' and unconfirmed
on conflict (dimension, id) do update set batch_id = excluded.batch_id;
